"""Who may do what with forms: every route by every role (PROTOCOL §1, §3)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.conftest import Person
from tests.publishing.conftest import Author, xform

ROLES = ("admin", "manager", "reviewer", "viewer", "formview", "formfill", "none")
READS = {"admin", "manager", "reviewer", "viewer", "formview"}
FILLS = READS | {"formfill"}
WRITES = {"admin", "manager"}

# Method, address under the project, who may. Where it is allowed, the answer is anything but 401 and 403.
TABLE: list[tuple[str, str, set[str]]] = [
    ("GET", "/forms", FILLS),
    ("GET", "/forms?deleted=true", WRITES),
    ("POST", "/forms", WRITES),
    ("GET", "/forms/kunjungan", READS),
    ("GET", "/forms/kunjungan.xml", FILLS),
    ("GET", "/forms/kunjungan.xlsx", READS),
    ("GET", "/forms/kunjungan.xls", READS),
    ("GET", "/forms/kunjungan/fields", READS),
    ("GET", "/forms/kunjungan/attachments", FILLS),
    ("GET", "/forms/kunjungan/attachments/a.csv", FILLS),
    ("GET", "/forms/kunjungan/versions", READS),
    ("GET", "/forms/kunjungan/versions/1", READS),
    ("GET", "/forms/kunjungan/versions/1.xml", FILLS),
    ("GET", "/forms/kunjungan/versions/1.xlsx", READS),
    ("GET", "/forms/kunjungan/versions/1.xls", READS),
    ("GET", "/forms/kunjungan/versions/1/fields", READS),
    ("GET", "/forms/kunjungan/versions/1/attachments", READS),
    ("GET", "/forms/kunjungan/versions/1/attachments/a.csv", READS),
    ("GET", "/forms/kunjungan/draft", READS),
    ("GET", "/forms/kunjungan/draft.xml", READS),
    ("GET", "/forms/kunjungan/draft.xlsx", READS),
    ("GET", "/forms/kunjungan/draft.xls", READS),
    ("GET", "/forms/kunjungan/draft/fields", READS),
    ("GET", "/forms/kunjungan/draft/attachments", READS),
    ("GET", "/forms/kunjungan/draft/attachments/a.csv", READS),
    ("PATCH", "/forms/kunjungan", WRITES),
    ("POST", "/forms/kunjungan/draft", WRITES),
    ("POST", "/forms/kunjungan/draft/attachments/a.csv", WRITES),
    ("DELETE", "/forms/kunjungan/draft/attachments/a.csv", WRITES),
    ("POST", "/forms/kunjungan/draft/publish", WRITES),
    ("DELETE", "/forms/kunjungan/draft", WRITES),
    ("DELETE", "/forms/kunjungan", WRITES),
    ("POST", "/forms/1/restore", WRITES),
]


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_exactly_its_routes(role: str, author: Author, person: Callable[..., Person]) -> None:
    author.published()
    someone = person(f"seorang.{role}@contoh.id", role=None if role == "none" else role, project=author.project)
    wrong = []
    for method, path, may in TABLE:
        answer = someone.call(method, f"/v1/projects/{author.project}{path}")
        if (answer.status_code not in (401, 403)) != (role in may) or answer.status_code >= 500:
            wrong.append((method, path, answer.status_code, answer.text[:80]))
    assert wrong == []


def test_nobody_reaches_none_of_them(author: Author, app: Flask) -> None:
    author.published()
    nobody = app.test_client()
    codes = {(method, path): nobody.open(f"/v1/projects/{author.project}{path}", method=method).json["code"] for method, path, _ in TABLE}
    assert set(codes.values()) == {401.2}


def test_a_role_in_one_project_is_none_in_another(author: Author, person: Callable[..., Person], app: Flask) -> None:
    author.published()
    other = author.person.post("/v1/projects", json={"name": "Lain"}).json["id"]
    manager = person("m@contoh.id", role="manager", project=other)
    assert manager.get(f"/v1/projects/{author.project}/forms/kunjungan").json["code"] == 403.1
    assert manager.get(f"/v1/projects/{other}/forms").json == []


def test_a_role_in_one_form_shows_that_form_alone(author: Author, person: Callable[..., Person]) -> None:
    author.published()
    author.create(xform().replace(b'id="kunjungan"', b'id="lain"'), publish="true")
    viewer = person("v@contoh.id", role=None)
    assert author.person.post(author.url(f"/lain/assignments/formview/{viewer.id}")).json == {"success": True}
    assert [form["xmlFormId"] for form in viewer.get(author.url()).json] == ["lain"]
    assert viewer.get(author.url("/lain/versions")).status_code == 200
    assert viewer.get(author.url("/kunjungan")).status_code == 403


def test_who_only_fills_forms_sees_neither_drafts_nor_closed_ones(author: Author, person: Callable[..., Person]) -> None:
    author.create(xform())
    worker = person("w@contoh.id", role="formfill", project=author.project)
    assert worker.get(author.url()).json == []
    assert worker.get(author.url("/kunjungan.xml")).json["code"] == 404.1
    author.post("/kunjungan/draft/publish")
    assert worker.get(author.url("/kunjungan.xml")).data == xform()
    author.call("PATCH", "/kunjungan", json={"state": "closing"})
    assert worker.get(author.url()).json == [] and worker.get(author.url("/kunjungan.xml")).status_code == 200
    author.call("PATCH", "/kunjungan", json={"state": "closed"})
    assert worker.get(author.url("/kunjungan.xml")).status_code == 404


def test_who_only_fills_forms_reads_past_versions_of_open_ones(author: Author, person: Callable[..., Person]) -> None:
    author.published()
    author.send("/kunjungan/draft", xform(version="2"))
    author.post("/kunjungan/draft/publish")
    worker = person("w@contoh.id", role="formfill", project=author.project)
    assert worker.get(author.url("/kunjungan/versions/1.xml")).data == xform()
    assert worker.get(author.url("/kunjungan/versions/9.xml")).json["code"] == 404.6
    assert worker.get(author.url("/kunjungan/versions/1.xlsx")).status_code == 403
    author.call("PATCH", "/kunjungan", json={"state": "closed"})
    assert worker.get(author.url("/kunjungan/versions/1.xml")).json["code"] == 404.1
    assert author.get("/kunjungan/versions/1.xml").status_code == 200


def test_a_phone_fetches_its_form_and_reads_nothing_else(author: Author, app: Flask) -> None:
    author.published()
    made = author.person.post(f"/v1/projects/{author.project}/app-users", json={"displayName": "HP 1"}).json
    base, phone = f"/v1/key/{made['token']}/projects/{author.project}/forms", app.test_client()
    assert phone.get(f"{base}/kunjungan.xml").json["code"] == 403.1, "it is assigned to no form yet"
    author.post(f"/kunjungan/assignments/2/{made['id']}")
    assert phone.get(f"{base}/kunjungan.xml").data == xform()
    assert phone.get(f"{base}/kunjungan/attachments").json == []
    for path in ("", "/kunjungan", "/kunjungan.xlsx", "/kunjungan/fields", "/kunjungan/versions", "/kunjungan/draft"):
        assert phone.get(base + path).json["code"] == 403.1, path


def test_a_manager_of_some_villages_does_not_change_the_projects_forms(author: Author, person: Callable[..., Person]) -> None:
    author.published()
    manager = person("m@contoh.id", role="manager", project=author.project, area="19.06.01")
    assert manager.get(author.url("/kunjungan")).status_code == 200
    for method, tail in (("PATCH", "/kunjungan"), ("DELETE", "/kunjungan"), ("POST", "/kunjungan/draft"), ("POST", "")):
        assert manager.call(method, author.url(tail), json={"state": "closed"}).json["code"] == 403.1, (method, tail)
