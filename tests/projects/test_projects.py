"""Projects through HTTP (PROTOCOL §3 "Project")."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Person

KEYS = {"id", "name", "description", "archived", "keyId", "createdAt", "updatedAt", "deletedAt"}


def test_a_project_is_made_shown_changed_and_deleted(admin: Person) -> None:
    made = admin.post("/v1/projects", json={"name": "Uji", "description": "Percobaan"}).json
    assert set(made) == KEYS and made["keyId"] is None and made["archived"] is False and made["updatedAt"] is None
    url = f"/v1/projects/{made['id']}"
    assert admin.get(url).json == made
    changed = admin.call("PATCH", url, json={"archived": True, "description": None}).json
    assert (changed["name"], changed["archived"], changed["description"]) == ("Uji", True, None) and changed["updatedAt"]
    assert admin.call("DELETE", url).json == {"success": True}
    assert admin.get(url).json["code"] == 404.1 and admin.get("/v1/projects").json == []
    assert admin.call("DELETE", url).json["code"] == 404.1


@pytest.mark.parametrize(("body", "code"), [({}, 400.2), ({"name": ""}, 400.11), ({"name": "x" * 201}, 400.11), ({"name": None}, 400.11)])
def test_a_project_needs_a_name(admin: Person, body: dict[str, object], code: float) -> None:
    assert admin.post("/v1/projects", json=body).json["code"] == code


def test_lists_show_what_the_caller_may_see(admin: Person, person: Callable[..., Person], project: int) -> None:
    other = admin.post("/v1/projects", json={"name": "Arsip"}).json["id"]
    viewer = person("v@contoh.id", role="viewer", project=other)
    nobody = person("n@contoh.id", role=None)
    assert [each["id"] for each in admin.get("/v1/projects").json] == [other, project], "by name"
    assert [each["id"] for each in viewer.get("/v1/projects").json] == [other]
    assert nobody.get("/v1/projects").json == []
    assert viewer.get(f"/v1/projects/{project}").json["code"] == 403.1


def test_extended_projects_count_and_tell_verbs(admin: Person, person: Callable[..., Person], project: int) -> None:
    admin.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP"})
    extended = {"X-Extended-Metadata": "true"}
    more = admin.get(f"/v1/projects/{project}", headers=extended).json
    assert (more["forms"], more["appUsers"], more["datasets"], more["lastSubmission"], more["lastEntity"]) == (0, 1, 0, None, None)
    assert "project.delete" in more["verbs"]
    viewer = person("v@contoh.id", role="viewer", project=project)
    assert "project.update" not in viewer.get("/v1/projects", headers=extended).json[0]["verbs"]


@pytest.mark.parametrize(("role", "changes", "makes"), [
    ("admin", True, False), ("manager", True, False), ("reviewer", False, False), ("viewer", False, False), ("formfill", False, False)])
def test_roles_of_a_project_change_it_or_do_not(person: Callable[..., Person], project: int, role: str, changes: bool, makes: bool) -> None:
    someone, url = person("s@contoh.id", role=role, project=project), f"/v1/projects/{project}"
    assert someone.get(url).status_code == 200
    assert (someone.call("PATCH", url, json={"name": "Baru"}).status_code == 200) is changes
    assert (someone.post("/v1/projects", json={"name": "Baru"}).status_code == 200) is makes
    assert (someone.call("DELETE", url).status_code == 200) is changes


def test_a_deleted_project_shuts_out_its_people_and_phones(admin: Person, person: Callable[..., Person], project: int, app: Flask) -> None:
    viewer = person("v@contoh.id", role="viewer", project=project)
    token = admin.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP", "allForms": True}).json["token"]
    admin.call("DELETE", f"/v1/projects/{project}")
    assert viewer.get(f"/v1/projects/{project}/forms").json["code"] == 403.1
    assert app.test_client().get(f"/v1/key/{token}/projects/{project}/forms/a.xml").json["code"] == 403.1


def test_a_phone_reads_no_project(admin: Person, project: int, app: Flask) -> None:
    token = admin.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP", "allForms": True}).json["token"]
    assert app.test_client().get(f"/v1/key/{token}/projects/{project}").json["code"] == 403.1
    assert app.test_client().get(f"/v1/key/{token}/projects").json == []


@pytest.mark.parametrize("chunked", [False, True])
def test_a_json_body_larger_than_250_kb_is_refused(admin: Person, chunked: bool) -> None:
    body = b'{"name":"Uji","description":"' + b"x" * 251_000 + b'"}'
    # As gunicorn hands over a chunked body: no length, and an end that reading tells.
    more = {"input_stream": io.BytesIO(body), "environ_overrides": {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}} \
        if chunked else {"data": body}
    answer = admin.post("/v1/projects", content_type="application/json", **more)
    assert (answer.status_code, answer.json["code"]) == (400, 400.36), answer.text
    assert admin.get("/v1/projects").json == []
