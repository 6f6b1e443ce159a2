"""The one door, as Collect knocks: what is stored, once, and what is answered (PROTOCOL §2.6, the table)."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.arrivals import Phone, enrol, instance, publish, sha256

PHOTO = b"\xff\xd8\xff\xe0 a photo"
WITH_PHOTO = "<desa>19.06.01.2001</desa><foto>foto.jpg</foto>"


def stored(app: Flask) -> list[tuple[str, bool, str | None, str]]:
    """Instance id, current, review state, answers' village of every version, in order of arrival."""
    from server.db import db
    from server.submissions.models import Submission, SubmissionVersion

    with app.app_context():
        rows = db.session.execute(select(
            SubmissionVersion.instance_id, SubmissionVersion.current, Submission.review_state, Submission.area)
            .join(Submission, Submission.id == SubmissionVersion.submission_id).order_by(SubmissionVersion.id))
        return [tuple(row) for row in rows]


def count(app: Flask, model: Any) -> int:
    from server.db import db

    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def files(app: Flask, instance_id: str) -> dict[str, tuple[bool, str | None]]:
    """Name -> (expected, sha256) of a version's files."""
    from server.db import db
    from server.submissions.models import SubmissionAttachment, SubmissionVersion

    with app.app_context():
        rows = db.session.execute(select(SubmissionAttachment).join(
            SubmissionVersion, SubmissionVersion.id == SubmissionAttachment.version_id).where(
            SubmissionVersion.instance_id == instance_id)).scalars()
        return {row.name: (row.expected, row.sha256) for row in rows}


def test_a_filled_form_is_stored_with_what_lists_need(app: Flask, phone: Phone) -> None:
    from server.db import db
    from server.submissions.models import Submission, SubmissionVersion

    xml = instance(body="<desa>19.06.01.2001</desa><periode>2026-S1</periode><jenis>mandiri</jenis><anggota>12</anggota>")
    answer = phone.send(xml)
    assert answer.status_code == 201 and b"OpenRosaResponse" in answer.data
    with app.app_context():
        submission = db.session.scalars(select(Submission)).one()
        version = db.session.scalars(select(SubmissionVersion)).one()
        assert (submission.area, submission.period, submission.kind) == ("19.06.01.2001", "2026-S1", "mandiri")
        assert (submission.instance_id, submission.submitter_id, submission.device_id) == ("uuid:satu", phone.id, "hp-1")
        assert (submission.review_state, submission.edits, submission.trial) == (None, 0, False)
        assert (version.xml, version.xml_sha256, version.current) == (xml, sha256(xml), True)
        assert version.answers["/anggota"] == "12" and version.disagreements == []


def test_a_second_copy_of_an_instance_adds_nothing(app: Flask, phone: Phone) -> None:
    from server.events import Event

    xml = instance(body=WITH_PHOTO)
    for _ in range(3):
        assert phone.send(xml, {"foto.jpg": PHOTO}).status_code == 201
    assert len(stored(app)) == 1
    with app.app_context():
        from server.db import db
        assert db.session.scalar(select(func.count()).where(Event.action.startswith("submission."))) == 1


def test_files_may_come_later_and_a_file_that_no_slot_names_is_kept_as_a_stray(app: Flask, phone: Phone) -> None:
    xml = instance(body=WITH_PHOTO)
    assert phone.send(xml, incomplete=True).status_code == 201
    assert files(app, "uuid:satu") == {"foto.jpg": (True, None)}
    assert phone.send(xml, {"foto.jpg": PHOTO, "lain.jpg": b"lain"}).status_code == 201
    assert files(app, "uuid:satu") == {"foto.jpg": (True, sha256(PHOTO)), "lain.jpg": (False, sha256(b"lain"))}
    assert phone.send(xml, {"foto.jpg": b""}).status_code == 201, "the latest file of a name counts, also an empty one"
    assert files(app, "uuid:satu")["foto.jpg"] == (True, sha256(b""))


def test_the_answer_says_how_many_of_the_files_are_here(phone: Phone) -> None:
    three = "<foto>a.jpg</foto>" + "".join(f"<kegiatan><bukti>{name}.jpg</bukti></kegiatan>" for name in "bc")

    def said(xml: bytes, files: dict[str, bytes] | None = None) -> str:
        answer = phone.send(xml, files)
        assert answer.status_code == 201
        return answer.get_data(as_text=True).partition('<message nature="">')[2].partition("</message>")[0]

    xml = instance(body=three)
    assert said(instance("uuid:tanpa")) == "The record has arrived."
    assert said(xml, {"a.jpg": b"a", "lain.jpg": b"lain"}) == "The record has arrived, with 1 of 3 files."
    assert said(xml, {"a.jpg": b"a", "b.jpg": b"b"}) == "The files have arrived: 2 of 3."
    assert said(xml, {"c.jpg": b""}) == "The files have arrived: 3 of 3."
    assert said(xml, {"c.jpg": b""}) == "The record is here already; nothing is missing."
    edit = instance("uuid:dua", deprecated="uuid:satu", body=three.replace("b.jpg", "d.jpg"))
    assert said(edit, {"c.jpg": b"c"}) == "The corrected record has arrived, with 2 of 3 files."
    assert said(instance("uuid:tanpa"), {"lain.jpg": b"lain"}) == "The files have arrived."


def test_the_receipt_names_what_is_here_by_hash(phone: Phone) -> None:
    xml = instance(body=WITH_PHOTO)
    assert phone.get("forms/pokja/submissions/uuid%3Asatu/receipt").status_code == 404
    phone.send(xml)
    receipt = phone.get("forms/pokja/submissions/uuid%3Asatu/receipt").get_json()
    assert (receipt["instanceId"], receipt["xmlSha256"], receipt["attachments"]) == ("uuid:satu", sha256(xml), [])
    phone.send(xml, {"foto.jpg": PHOTO})
    receipt = phone.get("forms/pokja/submissions/uuid%3Asatu/receipt").get_json()
    assert receipt["attachments"] == [{"name": "foto.jpg", "sha256": sha256(PHOTO), "size": len(PHOTO)}]
    assert receipt["receivedAt"].endswith("Z") and receipt["reviewState"] is None


def test_an_edit_takes_over_the_files_it_does_not_bring(app: Flask, phone: Phone) -> None:
    two = WITH_PHOTO + "<kegiatan><nama>a</nama><bukti>b.jpg</bukti></kegiatan>"
    phone.send(instance("uuid:satu", body=two), {"foto.jpg": PHOTO, "b.jpg": b"b", "lain.jpg": b"lain"})
    edit = instance("uuid:dua", deprecated="uuid:satu", body=two.replace("2001", "2002"))
    assert phone.send(edit, {"b.jpg": b"b neu"}).status_code == 201
    assert stored(app) == [("uuid:satu", False, "edited", "19.06.01.2002"), ("uuid:dua", True, "edited", "19.06.01.2002")]
    assert files(app, "uuid:dua") == {"foto.jpg": (True, sha256(PHOTO)), "b.jpg": (True, sha256(b"b neu"))}
    assert files(app, "uuid:satu")["b.jpg"] == (True, sha256(b"b")), "the older version keeps its own"


CASES = [
    ("other bytes under the same id", [], instance(body="<desa>lain</desa>"), 409, "409.1"),
    ("an edit of what nobody knows", [], instance("uuid:b", deprecated="uuid:asing"), 404, "404.5"),
    ("an edit under a known id", [instance("uuid:b")], instance("uuid:b", deprecated="uuid:satu", body="<desa>x</desa>"),
     409, "409.8"),
    ("an edit that lost", [instance("uuid:b", deprecated="uuid:satu")], instance("uuid:c", deprecated="uuid:satu"), 409, "409.9"),
    ("the original again after an edit", [instance("uuid:b", deprecated="uuid:satu")], instance(), 201, ""),
    ("the edit again", [instance("uuid:b", deprecated="uuid:satu")], instance("uuid:b", deprecated="uuid:satu"), 201, ""),
    ("an edit of the edit", [instance("uuid:b", deprecated="uuid:satu")], instance("uuid:c", deprecated="uuid:b"), 201, ""),
    ("other bytes of a superseded id", [instance("uuid:b", deprecated="uuid:satu")], instance(body="<desa>y</desa>"), 409, "409.9"),
    ("a form nobody knows", [], instance(form="asing"), 404, "404.1"),
    ("a version never published", [], instance("uuid:b", version="99"), 404, "404.6"),
    ("no form id", [], b"<data><meta><instanceID>a</instanceID></meta></data>", 400, "400.2"),
    ("not XML", [], b"bukan xml", 400, "400.2"),
    ("an id of 256 characters", [], instance("x" * 256), 400, "400.13"),
    ("an id of 255 characters", [], instance("x" * 255), 201, ""),
]


@pytest.mark.parametrize(("said", "before", "xml", "status", "code"), CASES, ids=[case[0] for case in CASES])
def test_what_arrives_after_a_first_record(phone: Phone, app: Flask, said: str, before: list[bytes], xml: bytes, status: int,
                                           code: str) -> None:
    for earlier in [instance(), *before]:
        assert phone.send(earlier).status_code == 201
    held = stored(app)
    answer = phone.send(xml)
    assert answer.status_code == status, answer.data
    assert answer.headers.get("X-Problem-Code", "") == code
    assert answer.content_type == "text/xml; charset=utf-8" and b"OpenRosaResponse" in answer.data
    assert (b'nature="error"' in answer.data) == (status != 201)
    assert len(stored(app)) - len(held) in ((0, 1) if status == 201 else (0,))


def test_a_form_that_names_no_instance_id_gets_one_from_its_bytes(app: Flask, phone: Phone) -> None:
    for _ in range(2):
        assert phone.send(instance(None)).status_code == 201
    (only,) = stored(app)
    assert only[0].startswith("uuid:")
    assert phone.send(instance(None, body="<desa>lain</desa>")).status_code == 201
    assert len(stored(app)) == 2


def test_older_published_versions_still_arrive_and_are_read_by_their_own_form(app: Flask, project: int, phone: Phone) -> None:
    publish(app, project, version="2")
    assert phone.send(instance(version="1")).status_code == 201
    assert phone.send(instance("uuid:b", version="2")).status_code == 201
    from server.db import db
    from server.publishing.models import FormVersion
    from server.submissions.models import SubmissionVersion
    with app.app_context():
        read = db.session.execute(select(FormVersion.version).join(
            SubmissionVersion, SubmissionVersion.form_version_id == FormVersion.id).order_by(SubmissionVersion.id)).scalars()
        assert list(read) == ["1", "2"]


def test_a_deleted_record_is_not_taken_again(app: Flask, admin: Any, project: int, phone: Phone) -> None:
    phone.send(instance())
    assert admin.call("DELETE", f"/v1/projects/{project}/forms/pokja/submissions/uuid%3Asatu").status_code == 200
    assert phone.send(instance()).headers["X-Problem-Code"] == "409.18"
    assert phone.send(instance("uuid:b", deprecated="uuid:satu")).headers["X-Problem-Code"] == "409.18"


@pytest.mark.parametrize(("state", "status"), [("open", 201), ("closing", 201), ("closed", 409)])
def test_a_closed_form_takes_nothing(app: Flask, form: int, phone: Phone, state: str, status: int) -> None:
    from server.db import db, transaction
    from server.publishing.models import FormRow

    with app.app_context(), transaction():
        row = db.session.get(FormRow, form)
        assert row is not None
        row.state = state
    assert phone.send(instance()).status_code == status


def test_a_revoked_link_is_403_and_a_phone_of_another_project_is_told_to_ask(app: Flask, project: int, phone: Phone) -> None:
    from server.db import db, now, transaction
    from server.projects.models import Project

    with app.app_context(), transaction():
        other = Project(name="Lain", created_at=now())
        db.session.add(other)
        db.session.flush()
        number = other.id
    stranger = enrol(app, number)
    base = f"/v1/key/{stranger.token}/projects/{project}"
    assert stranger.send(instance(), base=base).headers["X-Problem-Code"] == "401.2"
    assert phone.send(instance(), base=f"/v1/key/{'x' * 64}/projects/{project}").headers["X-Problem-Code"] == "403.1"
    assert stored(app) == []


def test_a_village_code_outside_the_list_is_noted_not_refused(app: Flask, project: int, phone: Phone) -> None:
    from server.db import db, transaction
    from server.submissions.models import SubmissionVersion
    from server.villages.models import Village

    with app.app_context(), transaction():
        db.session.add(Village(code="19.06.01.2001", name="Padang", subdistrict_code="19.06.01", subdistrict="Manggar"))
    away = enrol(app, project, "HP lain", area="19.06.02")
    for sender, number, code, noted in [
            (phone, "uuid:a", "19.06.01.2001", []), (phone, "uuid:b", "19.06.01.9999", ["unknownArea"]),
            (away, "uuid:c", "19.06.01.2001", ["otherArea"])]:
        assert sender.send(instance(number, body=f"<desa>{code}</desa>")).status_code == 201
        with app.app_context():
            version = db.session.scalars(select(SubmissionVersion).where(SubmissionVersion.instance_id == number)).one()
            assert [one["code"] for one in version.disagreements] == noted
