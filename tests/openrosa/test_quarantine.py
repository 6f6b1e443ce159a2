"""What the door refuses is kept: once, bounded, and without changing the answer (PROTOCOL §B.3)."""

from __future__ import annotations

import errno
import html
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from server.config import Config
from server.db import db, transaction
from server.events import Event
from server.openrosa.aside import KEPT
from server.publishing.models import FormRow
from server.submissions.models import Quarantined, QuarantinedFile
from tests.arrivals import Phone, enrol, instance, publish, sha256

PHOTO = b"\xff\xd8\xff\xe0 a photo"
STALE = instance("uuid:c", deprecated="uuid:satu")
CASES = [
    ("a form nobody knows", [], instance(form="asing"), "404.1"),
    ("a version never published", [], instance("uuid:b", version="99"), "404.6"),
    ("other bytes under the same id", [instance()], instance(body="<desa>19.06.01.2002</desa>"), "409.1"),
    ("an edit that lost", [instance(), instance("uuid:b", deprecated="uuid:satu")], STALE, "409.9"),
    ("an edit of what nobody knows", [], instance("uuid:b", deprecated="uuid:asing"), "404.5"),
    ("an edit under a known id", [instance(), instance("uuid:b")], instance("uuid:b", deprecated="uuid:satu", body="<desa>x</desa>"), "409.8"),
    ("not XML", [], b"bukan xml", "400.2"),
    ("cut off", [], instance()[:-9], "400.2"),
    ("no form id", [], b"<data><meta><instanceID>a</instanceID></meta></data>", "400.2"),
    ("an id of 256 characters", [], instance("x" * 256), "400.13"),
    ("a long form id", [], instance(form="f" * 5000), "404.1"),
]


def kept(app: Flask) -> list[Quarantined]:
    from sqlalchemy.orm import undefer

    with app.app_context():
        return list(db.session.scalars(select(Quarantined).order_by(Quarantined.id).options(undefer(Quarantined.xml))))


def files(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {file.name: file.sha256 for file in db.session.scalars(select(QuarantinedFile))}


def said(answer: TestResponse) -> str:
    return html.unescape(answer.get_data(as_text=True).partition('<message nature="error">')[2].partition("</message>")[0])


def close(app: Flask, form: int) -> None:
    with app.app_context(), transaction():
        row = db.session.get(FormRow, form)
        assert row is not None
        row.state = "closed"


@pytest.fixture
def bounds(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Set bounds: `bounds(QUARANTINE_RECORDS=1)`."""
    def bound(**values: int) -> None:
        old: Config = app.extensions["pokja.config"]
        monkeypatch.setitem(app.extensions, "pokja.config", Config({**old.values, **values}))

    return bound


@pytest.mark.parametrize(("words", "before", "xml", "code"), CASES, ids=[case[0] for case in CASES])
def test_what_is_refused_is_kept_to_the_byte(app: Flask, project: int, phone: Phone, words: str, before: list[bytes], xml: bytes,
                                             code: str) -> None:
    for earlier in before:
        assert phone.send(earlier).status_code == 201
    answer = phone.send(xml, {"foto.jpg": PHOTO})
    assert (answer.status_code, answer.headers["X-Problem-Code"]) == (int(code.partition(".")[0]), code)
    assert said(answer).endswith(" " + KEPT)
    (row,) = kept(app)
    assert (row.xml, row.xml_sha256, row.code, row.state, row.tries) == (xml, sha256(xml), code, "waiting", 1)
    assert (row.project_id, row.submitter_id, row.device_id, row.size) == (project, phone.id, "hp-1", len(xml) + len(PHOTO))
    assert row.user_agent and row.user_agent.startswith("Werkzeug") and said(answer) == f"{row.message} {KEPT}"
    assert files(app) == {"foto.jpg": sha256(PHOTO)}
    with app.app_context():
        from server import files as place

        assert place.keeper().open(sha256(PHOTO)).read() == PHOTO
        line = db.session.scalars(select(Event).where(Event.action == "submission.quarantine")).one()
        assert (line.actor_id, line.details["quarantineId"], line.details["code"]) == (phone.id, row.id, code)


def test_closed_forms_and_deleted_records_are_kept_too(app: Flask, admin: Any, project: int, form: int, phone: Phone) -> None:
    phone.send(instance())
    assert admin.call("DELETE", f"/v1/projects/{project}/forms/pokja/submissions/uuid%3Asatu").status_code == 200
    assert phone.send(instance()).headers["X-Problem-Code"] == "409.18"
    close(app, form)
    assert phone.send(instance("uuid:dua")).headers["X-Problem-Code"] == "409.2"
    assert [(row.code, row.instance_id, row.area) for row in kept(app)] == [
        ("409.18", "uuid:satu", "19.06.01.2001"), ("409.2", "uuid:dua", "19.06.01.2001")]


def test_the_same_again_is_counted_and_its_files_are_added(app: Flask, phone: Phone) -> None:
    xml = instance(version="99")
    for sent in ({}, {"a.jpg": b"a"}, {"a.jpg": b"a", "b.jpg": b"b"}, {"a.jpg": b"a neu"}):
        assert said(phone.send(xml, sent)).endswith(KEPT)
    (row,) = kept(app)
    assert (row.tries, row.size) == (4, len(xml) + 1 + 1 + 5) and row.last_seen_at >= row.created_at
    assert files(app) == {"a.jpg": sha256(b"a neu"), "b.jpg": sha256(b"b")}
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Event.action == "submission.quarantine")) == 1


def test_the_same_at_once_is_one_record(app: Flask, phone: Phone) -> None:
    xml = instance(version="99")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: phone.send(xml, {"a.jpg": b"a"}), range(8)))
    assert {answer.headers["X-Problem-Code"] for answer in answers} == {"404.6"}
    (row,) = kept(app)
    assert row.tries == 8 and files(app) == {"a.jpg": sha256(b"a")}


def test_the_newest_reason_counts(app: Flask, form: int, phone: Phone) -> None:
    edit = instance("uuid:b", deprecated="uuid:asing")
    phone.send(edit)
    close(app, form)
    phone.send(edit)
    assert [(row.code, row.reason, row.tries) for row in kept(app)] == [("409.2", "formClosed", 2)]


def test_of_whoever_may_not_send_here_nothing_is_kept(app: Flask, project: int, phone: Phone) -> None:
    from server.accounts import store
    from server.accounts.models import AppUser
    from server.projects.store import create

    with app.app_context(), transaction():
        number = create("Lain").id
    stranger = enrol(app, number)
    base = f"/v1/key/{stranger.token}/projects/{project}"
    for xml in (instance(), instance(version="99"), instance(form="asing"), b"bukan xml"):
        answer = stranger.send(xml, base=base)
        assert answer.status_code in (400, 401, 404) and KEPT not in said(answer)
    assert phone.send(instance(form="asing"), base=f"/v1/key/{phone.token}/projects/{number + 1}").headers["X-Problem-Code"] == "404.1"
    with app.app_context(), transaction():
        row = db.session.get(AppUser, phone.id)
        assert row is not None
        store.revoke(row)
    for xml in (instance(version="99"), b"bukan xml"):
        assert phone.send(xml).headers["X-Problem-Code"] == "403.1"
    assert kept(app) == []


def test_trials_are_not_kept(app: Flask, project: int, phone: Phone) -> None:
    from server.publishing import store as publishing

    with app.app_context(), transaction():
        token = publishing.create_draft(publishing.get_form(project, "pokja"), None).draft_token
    base = f"/v1/test/{token}/projects/{project}/forms/pokja/draft"
    assert phone.send(instance(), base=base).status_code == 201
    for xml in (instance(body="<desa>lain</desa>"), b"bukan xml"):
        answer = phone.send(xml, base=base)
        assert answer.status_code in (400, 409) and KEPT not in said(answer)
    assert kept(app) == []


def test_what_is_longer_than_what_is_received_is_not_kept(app: Flask, phone: Phone) -> None:
    assert phone.send(instance(body="<desa>" + "a" * 6_000_000 + "</desa>")).headers["X-Problem-Code"] == "400.2"
    assert kept(app) == []


def test_beyond_the_bounds_nothing_new_is_kept_and_the_log_says_so_once(
        app: Flask, phone: Phone, bounds: Callable[..., None], caplog: pytest.LogCaptureFixture) -> None:
    bounds(QUARANTINE_RECORDS=1)
    first = instance("uuid:1", version="99")
    assert KEPT in said(phone.send(first))
    with caplog.at_level(logging.WARNING, "pokja"):
        for number in (2, 3):
            answer = phone.send(instance(f"uuid:{number}", version="99"))
            assert answer.headers["X-Problem-Code"] == "404.6" and KEPT not in said(answer)
    assert [record.message for record in caplog.records if "quarantine" in record.message] == [
        "the quarantine of project 1 is full (1 records, 0 MB): what is refused from now on is not kept"]
    assert KEPT in said(phone.send(first)), "what is here already is counted all the same"
    assert [row.tries for row in kept(app)] == [2]
    bounds(QUARANTINE_RECORDS=5, QUARANTINE_MB=1)
    assert KEPT in said(phone.send(first, {"a.jpg": b"a" * 1000}))
    assert KEPT not in said(phone.send(first, {"b.jpg": b"b" * (1 << 20)}))
    assert [row.tries for row in kept(app)] == [4] and list(files(app)) == ["a.jpg"]


@pytest.mark.parametrize("broken", ["disk", "database"])
def test_when_keeping_fails_the_refusal_is_what_it_was(app: Flask, phone: Phone, monkeypatch: pytest.MonkeyPatch, broken: str,
                                                       caplog: pytest.LogCaptureFixture) -> None:
    from server.submissions.store import quarantine

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if broken == "disk":
        monkeypatch.setattr(app.extensions["pokja.files"], "keep", full)
    else:
        monkeypatch.setattr(quarantine, "_add_files", full)
    answer = phone.send(instance(version="99"), {"foto.jpg": PHOTO})
    assert (answer.status_code, answer.headers["X-Problem-Code"]) == (404, "404.6")
    assert KEPT not in said(answer) and said(answer).startswith("Version “99” of this form")
    assert kept(app) == [] and files(app) == {}
    assert [record.message for record in caplog.records] == [
        "what was refused could not be kept: [Errno 28] No space left on device"]


def test_what_arrives_after_all_no_longer_waits(app: Flask, project: int, phone: Phone) -> None:
    from server.submissions import store

    edit = instance("uuid:b", deprecated="uuid:satu", body="<desa>19.06.01.2002</desa>")
    assert phone.send(edit).headers["X-Problem-Code"] == "404.5"
    assert phone.send(instance()).status_code == 201 and phone.send(edit).status_code == 201
    with app.app_context():
        assert store.held_counts(project, ("",)) == {"waiting": 0, "arrived": 1, "accepted": 0, "discarded": 0}
        assert [one.state for one in store.held(project, ("",), "arrived")] == ["arrived"]
        assert store.held(project, ("",)) == []


def test_a_record_of_an_unknown_version_has_its_area_by_the_newest_form(app: Flask, project: int, phone: Phone) -> None:
    publish(app, project, version="2")
    phone.send(instance("uuid:b", version="99"))
    phone.send(instance("uuid:c", form="asing"))
    assert [(row.area, row.xml_form_id, row.form_version) for row in kept(app)] == [
        ("19.06.01.2001", "pokja", "99"), ("", "asing", "1")]


def test_a_backup_holds_what_was_refused_and_its_files(app: Flask, phone: Phone, tmp_path: Path) -> None:
    from server import backup
    from server import files as place
    from tests.conftest import make_app

    xml = instance(version="99")
    phone.send(xml, {"foto.jpg": PHOTO})
    with app.app_context():
        backup.write(tmp_path / "cadangan.tar")
        db.session.rollback()
    fresh = make_app(f"sqlite:///{tmp_path / 'fresh.db'}", tmp_path / "fresh")
    with fresh.app_context():
        backup.restore(tmp_path / "cadangan.tar")
        found: IO[bytes] = place.keeper().open(sha256(PHOTO))
        with found:
            assert found.read() == PHOTO
    assert [row.xml for row in kept(fresh)] == [xml] and files(fresh) == {"foto.jpg": sha256(PHOTO)}
