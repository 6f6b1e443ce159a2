"""The log by API: groups of actions, times, pages, and whose lines one sees (PROTOCOL §3 "Audits")."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Person

FORM = """<h:html xmlns:h="http://www.w3.org/1999/xhtml" xmlns="http://www.w3.org/2002/xforms"><h:head><h:title>Kunjungan</h:title>
<model><instance><data id="kunjungan" version="1"><nama/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/nama" type="string"/></model></h:head><h:body><input ref="/data/nama"/></h:body></h:html>"""
SENT = ('<data id="kunjungan" version="1"><nama>Siti</nama>'
        '<meta><instanceID>uuid:satu</instanceID></meta></data>')


@pytest.fixture
def busy(admin: Person, project: int) -> int:
    """A project in which a form was published, a phone made and a submission sent and deleted."""
    assert admin.post(f"/v1/projects/{project}/forms?publish=true", data=FORM, content_type="application/xml").status_code == 200
    assert admin.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP 1"}).status_code == 200
    submissions = f"/v1/projects/{project}/forms/kunjungan/submissions"
    assert admin.post(submissions, data=SENT, content_type="application/xml").status_code == 200
    assert admin.call("DELETE", f"{submissions}/uuid%3Asatu").status_code == 200
    assert admin.call("PATCH", f"/v1/projects/{project}", json={"name": "Pokja 2"}).status_code == 200
    return project


def actions(person: Person, path: str = "/v1/audits") -> list[str]:
    answer = person.get(path)
    assert answer.status_code == 200, answer.json
    return [line["action"] for line in answer.json]


def test_lines_come_newest_first_with_every_key(busy: int, admin: Person) -> None:
    lines = admin.get("/v1/audits").json
    assert lines[0]["action"] == "project.update"
    assert set(lines[0]) == {"actorId", "action", "acteeId", "details", "loggedAt", "notes"}
    assert lines[0]["actorId"] == admin.id
    moments = [line["loggedAt"] for line in lines]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize(("group", "in_it", "not_in_it"), [
    ("form", "form.update.publish", "submission.create"), ("submission", "submission.delete", "form.create"),
    ("field_key", "field_key.create", "user.create"), ("project", "project.update", "form.create"),
    ("user", "user.create", "field_key.create"), ("nonverbose", "form.create", "submission.create"),
    ("form.create", "form.create", "form.update.publish")])
def test_actions_are_asked_for_by_group_or_by_name(busy: int, admin: Person, group: str, in_it: str, not_in_it: str) -> None:
    found = actions(admin, f"/v1/audits?action={group}")
    assert in_it in found and not_in_it not in found


def test_an_action_nobody_did_is_an_empty_list(busy: int, admin: Person) -> None:
    assert actions(admin, "/v1/audits?action=dataset") == actions(admin, "/v1/audits?action=no.such") == []


def test_a_page_is_a_part_of_the_whole(busy: int, admin: Person) -> None:
    whole = actions(admin)
    assert actions(admin, "/v1/audits?limit=2&offset=1") == whole[1:3]
    assert actions(admin, "/v1/audits?offset=2") == whole[2:]
    assert actions(admin, "/v1/audits?limit=0") == []


def test_times_bound_the_list(busy: int, admin: Person) -> None:
    lines = admin.get("/v1/audits").json
    at = lines[0]["loggedAt"]
    assert actions(admin, "/v1/audits?end=2000-01-01") == []
    assert len(actions(admin, "/v1/audits?start=2000-01-01T00:00:00Z")) == len(lines)
    assert actions(admin, "/v1/audits?start=2999-01-01T00:00:00%2B07:00") == []
    assert len(actions(admin, f"/v1/audits?end={at}")) >= len([line for line in lines if line["loggedAt"] < at])


@pytest.mark.parametrize("query", ["start=kemarin", "end=2026-13-40", "limit=a", "offset=-1", "limit=99999999999999999999",
                                   "start=0001-01-01T00:00:00%2B14:00", "end=9999-12-31T23:59:59-12:00",
                                   "action=%00"])
def test_what_is_no_time_or_number_is_refused(busy: int, admin: Person, query: str) -> None:
    assert admin.get(f"/v1/audits?{query}").status_code == 400


def test_extended_lines_name_actor_and_actee(busy: int, admin: Person) -> None:
    lines = {line["action"]: line for line in admin.get("/v1/audits", headers={"X-Extended-Metadata": "true"}).json}
    assert lines["project.update"]["actor"]["displayName"] == "Admin"
    assert lines["project.update"]["actee"]["name"] == "Pokja 2"
    assert lines["field_key.create"]["actee"]["displayName"] == "HP 1"
    assert lines["form.create"]["actee"]["xmlFormId"] == "kunjungan"


def test_what_the_caller_says_of_a_change_stands_beside_it(busy: int, admin: Person) -> None:
    noted = {"X-Action-Notes": "karena%20salah%20ketik%2C%20d%C3%A9sa"}
    assert admin.call("PATCH", f"/v1/projects/{busy}", json={"description": "x"}, headers=noted).status_code == 200
    (line, *_) = admin.get("/v1/audits?action=project.update").json
    assert (line["notes"], line["details"]) == ("karena salah ketik, désa", {"description": "x"})
    one = f"/v1/projects/{busy}/forms/kunjungan/submissions/uuid%3Asatu"
    assert admin.post(f"{one}/restore", headers=noted).status_code == 200
    assert [each["notes"] for each in admin.get(f"{one}/audits").json] == ["karena salah ketik, désa", None, None]
    many = admin.get("/v1/audits").json
    assert {each["notes"] for each in many} == {"karena salah ketik, désa", None}, "other lines have none"


def test_a_form_and_a_submission_have_lines_of_their_own(busy: int, admin: Person) -> None:
    form = actions(admin, f"/v1/projects/{busy}/forms/kunjungan/audits")
    assert "form.create" in form and all(action.startswith("form.") for action in form)
    restored = admin.get(f"/v1/projects/{busy}/forms/kunjungan/submissions?deleted=true").json
    assert [each["instanceId"] for each in restored] == ["uuid:satu"]
    assert admin.post(f"/v1/projects/{busy}/forms/kunjungan/submissions/uuid%3Asatu/restore").status_code == 200
    assert actions(admin, f"/v1/projects/{busy}/forms/kunjungan/submissions/uuid%3Asatu/audits") == [
        "submission.restore", "submission.delete", "submission.create"]


def test_a_manager_sees_the_lines_of_their_own_projects(busy: int, admin: Person, person: Callable[..., Person], app: Flask) -> None:
    other = admin.post("/v1/projects", json={"name": "Lain"}).json["id"]
    manager = person("kelola@contoh.id", "manager", busy)
    found = actions(manager)
    assert "form.create" in found and "user.create" not in found
    assert "project.create" in actions(admin)
    assert actions(manager, f"/v1/projects/{busy}/audits") == found
    assert manager.get(f"/v1/projects/{other}/audits").status_code == 403


@pytest.mark.parametrize("role", ["viewer", "reviewer", "formfill"])
def test_others_may_not_read_the_log(busy: int, person: Callable[..., Person], role: str) -> None:
    reader = person("baca@contoh.id", role, busy)
    for path in ("/v1/audits", f"/v1/projects/{busy}/audits", f"/v1/projects/{busy}/forms/kunjungan/audits"):
        assert reader.get(path).status_code == 403
