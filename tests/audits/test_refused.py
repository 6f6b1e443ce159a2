"""Who asks for what lies outside their rights or area leaves a line in the log (EXPECTATIONS S7 "the attempt is logged")."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests import arrivals
from tests.conftest import Person


@pytest.fixture
def record(app: Flask, project: int) -> str:
    """The address of a submission of Manggar (19.06.01) with a photo, and a list with an entity there."""
    arrivals.publish(app, project)
    phone = arrivals.enrol(app, project, area="")
    sent = phone.send(arrivals.instance(body="<desa>19.06.01.2001</desa><foto>foto.jpg</foto>"), {"foto.jpg": b"x"})
    assert sent.status_code == 201
    return f"/v1/projects/{project}/forms/pokja/submissions/uuid%3Asatu"


def lines(app: Flask) -> list[tuple[int | None, str, str]]:
    from server.db import db
    from server.events import Event

    with app.app_context():
        found = db.session.scalars(select(Event).where(Event.action == "access.refused").order_by(Event.id))
        return [(line.actor_id, line.subject, line.details["because"]) for line in found]


def later(app: Flask, **by: float) -> None:
    """Make all refusals older."""
    from server.db import db, transaction
    from server.events import Event

    with app.app_context(), transaction():
        for line in db.session.scalars(select(Event).where(Event.action == "access.refused")):
            db.session.execute(update(Event).where(Event.id == line.id).values(logged_at=line.logged_at - timedelta(**by)))


@pytest.mark.parametrize("tail", ["", ".xml", "/attachments/foto.jpg", "/versions", "/comments", "/audits"])
def test_a_record_of_another_area_is_not_there_and_the_attempt_is_logged(
        app: Flask, project: int, record: str, person: Callable[..., Person], tail: str) -> None:
    gantung = person("g@contoh.id", "reviewer", project, "19.06.02")
    assert gantung.get(record + tail).status_code == 404
    path = record.replace("%3A", ":") + tail
    assert lines(app) == [(gantung.id, path, "area")]
    manggar = person("m@contoh.id", "reviewer", project, "19.06.01")
    assert manggar.get(record + tail).status_code == 200
    assert manggar.get(record.replace("satu", "tidak-ada") + tail).status_code == 404
    assert len(lines(app)) == 1, "what is really not there, or one's own, is no attempt"


def test_an_export_of_a_single_row_and_a_change_are_attempts_too(app: Flask, project: int, record: str, person: Callable[..., Person]) -> None:
    gantung = person("g@contoh.id", "reviewer", project, "19.06.02")
    assert gantung.get(f"/v1/projects/{project}/forms/pokja.svc/Submissions('uuid:satu')").status_code == 404
    assert gantung.call("PATCH", record, json={"reviewState": "approved"}).status_code == 404
    assert [(actor, why) for actor, _, why in lines(app)] == [(gantung.id, "area")] * 2


def test_an_entity_of_another_area_is_an_attempt(app: Flask, project: int, admin: Person, person: Callable[..., Person]) -> None:
    lists, uuid = f"/v1/projects/{project}/datasets", "6f2b1f0e-9d1e-4f6d-8a51-0b8a3c4d5e6f"
    admin.post(lists, json={"name": "warga"})
    admin.post(f"{lists}/warga/properties", json={"name": "desa"})
    admin.post(f"{lists}/warga/entities", json={"uuid": uuid, "label": "Siti", "data": {"desa": "19.06.01.2001"}})
    admin.call("PATCH", f"{lists}/warga", json={"areaProperty": "desa"})
    gantung = person("g@contoh.id", "reviewer", project, "19.06.02")
    assert gantung.get(f"{lists}/warga/entities/{uuid}").status_code == 404
    assert lines(app) == [(gantung.id, f"{lists}/warga/entities/{uuid}", "area")]


def test_a_page_of_the_desk_is_an_attempt(app: Flask, project: int, record: str, person: Callable[..., Person]) -> None:
    from tests.conftest import PASSWORD

    gantung = person("g@contoh.id", "reviewer", project, "19.06.02")
    client = app.test_client()
    client.post("/desk/login", data={"email": gantung.email, "password": PASSWORD})
    assert client.get(f"/desk/{project}/records/pokja/uuid:satu").status_code == 404
    assert client.get(f"/desk/{project}/people").status_code == 403
    assert lines(app) == [(gantung.id, f"/desk/{project}/records/pokja/uuid:satu", "area"), (gantung.id, f"/desk/{project}/people", "rights")]


def test_what_the_role_lacks_is_an_attempt(app: Flask, project: int, person: Callable[..., Person]) -> None:
    viewer = person("v@contoh.id", "viewer", project)
    assert viewer.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP"}).status_code == 403
    assert viewer.get("/v1/projects/99999").status_code == 403
    assert lines(app) == [(viewer.id, f"/v1/projects/{project}/app-users", "rights"), (viewer.id, "/v1/projects/99999", "rights")]


def test_nobody_in_particular_leaves_no_line(app: Flask, project: int) -> None:
    client = app.test_client()
    assert client.get(f"/v1/projects/{project}").status_code == 401
    assert client.get(f"/v1/key/{'a' * 64}/projects/{project}/formList").status_code == 403
    assert lines(app) == []


def test_the_same_attempt_is_written_once_a_minute(app: Flask, person: Callable[..., Person]) -> None:
    viewer, other = person("v@contoh.id", None), person("w@contoh.id", None)
    for _ in range(3):
        assert viewer.get("/v1/projects/1/app-users").status_code == 403
    assert len(lines(app)) == 1
    assert other.get("/v1/projects/1/app-users").status_code == 403
    assert len(lines(app)) == 2
    later(app, seconds=61)
    assert viewer.get("/v1/projects/1/app-users").status_code == 403
    assert len(lines(app)) == 3


def test_ever_new_addresses_do_not_fill_the_disk(app: Flask, person: Callable[..., Person]) -> None:
    from server.refusal_store import MOST

    viewer, other = person("v@contoh.id", None), person("w@contoh.id", None)
    for number in range(MOST + 5):
        assert viewer.get(f"/v1/projects/{number}/app-users").status_code == 403
    assert len(lines(app)) == MOST
    assert other.get("/v1/projects/1/app-users").status_code == 403
    assert len(lines(app)) == MOST + 1
    later(app, minutes=11)
    assert viewer.get("/v1/projects/1/app-users").status_code == 403
    assert len(lines(app)) == MOST + 2


def test_administrators_read_it_and_the_nonverbose_group_leaves_it_out(
        app: Flask, admin: Person, project: int, record: str, person: Callable[..., Person]) -> None:
    gantung = person("g@contoh.id", "reviewer", project, "19.06.02")
    gantung.get(record)
    line = admin.get("/v1/audits?action=access.refused", headers={"X-Extended-Metadata": "true"}).json[0]
    assert (line["actorId"], line["actor"]["displayName"]) == (gantung.id, "G")
    assert line["details"] == {"method": "GET", "because": "area"}
    actions = [each["action"] for each in admin.get("/v1/audits?action=nonverbose").json]
    assert actions and "access.refused" not in actions
    assert [each["action"] for each in admin.get(f"/v1/projects/{project}/audits").json].count("access.refused") == 1


def test_a_line_that_cannot_be_written_changes_no_answer(
        app: Flask, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    from server import events

    def full(*_given: Any, **_more: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    viewer = person("v@contoh.id", None)
    monkeypatch.setattr(events, "record", full)
    answer = viewer.get("/v1/projects/1/app-users")
    assert (answer.status_code, answer.json["code"]) == (403, 403.1)


def test_the_phones_feed_is_not_disturbed(app: Flask, project: int, person: Callable[..., Person]) -> None:
    arrivals.publish(app, project)
    phone = arrivals.enrol(app, project, area="")
    url = f"/v1/key/{phone.token}/projects/{project}/changes"
    viewer = person("v@contoh.id", "viewer", project)
    first = app.test_client().get(url).json
    viewer.get(f"/v1/projects/{project}/app-users")
    assert len(lines(app)) == 1
    assert set(app.test_client().get(url, query_string={"since": first["cursor"]}).json) == {"cursor", "now", "account"}
