"""Phones' accounts through HTTP (PROTOCOL §3 "App user")."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.conftest import Person

KEYS = {"id", "type", "displayName", "token", "projectId", "createdAt", "updatedAt", "deletedAt"}


def test_a_phone_is_made_listed_and_removed(admin: Person, project: int) -> None:
    url = f"/v1/projects/{project}/app-users"
    made = admin.post(url, json={"displayName": "HP Siti"}).json
    assert set(made) == KEYS and made["type"] == "field_key" and made["projectId"] == project
    assert re.fullmatch(r"[A-Za-z0-9!$]{64}", made["token"])
    second = admin.post(url, json={"displayName": "HP Budi"}).json
    assert admin.get(url).json == [second, made]
    assert admin.get(url + "?limit=1").json == [second]
    assert admin.call("DELETE", f"{url}/{made['id']}").json == {"success": True}
    assert admin.get(url).json == [second]
    assert admin.call("DELETE", f"{url}/{made['id']}").json["code"] == 404.1


def test_extended_phones_tell_maker_and_last_use(admin: Person, project: int) -> None:
    url = f"/v1/projects/{project}/app-users"
    admin.post(url, json={"displayName": "HP Siti"})
    more = admin.get(url, headers={"X-Extended-Metadata": "true"}).json[0]
    assert more["lastUsed"] is None and more["createdBy"]["id"] == admin.id


def test_a_revoked_phone_stays_listed_without_its_token(admin: Person, project: int) -> None:
    url = f"/v1/projects/{project}/app-users"
    token = admin.post(url, json={"displayName": "HP Siti"}).json["token"]
    admin.call("DELETE", f"/v1/sessions/{token}")
    assert admin.get(url).json[0]["token"] is None


@pytest.mark.parametrize(("body", "code"), [({}, 400.2), ({"displayName": ""}, 400.11), ({"displayName": "x" * 201}, 400.11),
                                            ({"displayName": "HP", "area": "19..06"}, 400.8)])
def test_a_phone_that_cannot_be_made_is_refused(admin: Person, project: int, body: dict[str, str], code: float) -> None:
    assert admin.post(f"/v1/projects/{project}/app-users", json=body).json["code"] == code


def test_ours_a_phone_may_get_all_forms_in_an_area_at_once(admin: Person, project: int) -> None:
    made = admin.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP", "area": "19.06.01", "allForms": True}).json
    assert admin.get(f"/v1/projects/{project}/assignments").json == [{"actorId": made["id"], "roleId": 2, "area": "19.06.01"}]


@pytest.mark.parametrize(("role", "may"), [("admin", True), ("manager", True), ("reviewer", False), ("viewer", False),
                                           ("formfill", False), ("formview", False)])
def test_only_managers_see_the_phones_keys(person: Callable[..., Person], project: int, role: str, may: bool) -> None:
    someone, url = person("s@contoh.id", role=role, project=project), f"/v1/projects/{project}/app-users"
    expected = 200 if may else 403
    assert someone.get(url).status_code == expected
    assert someone.post(url, json={"displayName": "HP"}).status_code == expected
    assert someone.call("DELETE", f"{url}/999").status_code == (404 if may else 403)


def test_a_manager_of_some_villages_handles_their_phones_only(admin: Person, person: Callable[..., Person], project: int) -> None:
    url = f"/v1/projects/{project}/app-users"
    far = admin.post(url, json={"displayName": "HP jauh", "area": "19.06.02", "allForms": True}).json
    whole = admin.post(url, json={"displayName": "HP umum", "allForms": True}).json
    manager = person("m@contoh.id", role="manager", project=project, area="19.06.01")
    assert manager.post(url, json={"displayName": "HP", "allForms": True}).json["code"] == 403.1
    near = manager.post(url, json={"displayName": "HP dekat", "area": "19.06.01.2001", "allForms": True}).json
    own = manager.post(url, json={"displayName": "HP baru"}).json
    assert {each["id"] for each in manager.get(url).json} == {near["id"], own["id"]}
    for other in (far, whole):
        assert manager.call("DELETE", f"{url}/{other['id']}").json["code"] == 404.1
        assert manager.call("DELETE", f"/v1/sessions/{other['token']}").json["code"] == 403.1
    assert manager.call("DELETE", f"/v1/sessions/{near['token']}").json == {"success": True}
