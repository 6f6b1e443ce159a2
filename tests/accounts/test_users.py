"""People through HTTP (PROTOCOL §3 "Users")."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from argon2 import PasswordHasher, Type
from flask import Flask

from tests.conftest import PASSWORD, Person

KEYS = {"id", "type", "displayName", "email", "createdAt", "updatedAt", "deletedAt", "lastLoginAt"}


def test_a_person_is_made_shown_and_found(admin: Person) -> None:
    made = admin.post("/v1/users", json={"email": "Siti@Contoh.id", "password": PASSWORD, "displayName": "Siti Ayu"})
    assert made.status_code == 200, made.text
    assert set(made.json) == KEYS
    assert (made.json["email"], made.json["displayName"], made.json["type"]) == ("siti@contoh.id", "Siti Ayu", "user")
    assert admin.get(f"/v1/users/{made.json['id']}").json == made.json
    assert [each["email"] for each in admin.get("/v1/users?q=ayu siti").json] == ["siti@contoh.id"]
    assert [each["email"] for each in admin.get("/v1/users").json] == ["admin@contoh.id", "siti@contoh.id"]
    assert [each["email"] for each in admin.get("/v1/users?offset=1&limit=1").json] == ["siti@contoh.id"]
    assert admin.get("/v1/users?q=%25").json == []


@pytest.mark.parametrize(("body", "code"), [
    ({"email": "tanpa-at"}, 400.8), ({}, 400.2), ({"email": "a@b.id", "password": "pendek"}, 400.21),
    ({"email": "a@b.id", "password": "é" * 40}, 400.8), ({"email": "ADMIN@contoh.id"}, 409.3), ({"email": 5}, 400.11),
    ({"email": "a@b.id\u0000"}, 400.8)])
def test_a_person_that_cannot_be_made_is_refused_in_words(admin: Person, body: dict[str, object], code: float) -> None:
    answer = admin.post("/v1/users", json=body)
    assert answer.json["code"] == code, answer.text
    assert len(admin.get("/v1/users").json) == 1


def test_who_may_not_list_people_finds_one_by_the_whole_address_to_give_a_role(person: Callable[..., Person], project: int) -> None:
    manager = person("m@contoh.id", role="manager", project=project)
    viewer = person("v@contoh.id", role="viewer", project=project)
    assert manager.get("/v1/users").json == [] and manager.get("/v1/users?q=v@contoh").json == []
    assert [each["id"] for each in manager.get("/v1/users?q=V@contoh.id").json] == [viewer.id]
    assert viewer.get("/v1/users?q=m@contoh.id").json == []


def test_the_caller_sees_verbs_only_when_asked(admin: Person) -> None:
    plain = admin.get("/v1/users/current").json
    assert set(plain) == KEYS and plain["lastLoginAt"]
    more = admin.get("/v1/users/current", headers={"X-Extended-Metadata": "true"}).json
    assert "project.create" in more["verbs"] and more["preferences"] == {"site": {}, "projects": {}}


def test_people_change_themselves_and_administrators_change_everyone(admin: Person, person: Callable[..., Person]) -> None:
    siti, budi = person("siti@contoh.id", role=None), person("budi@contoh.id", role=None)
    changed = siti.call("PATCH", f"/v1/users/{siti.id}", json={"displayName": "Siti Ayu"}).json
    assert (changed["displayName"], changed["email"]) == ("Siti Ayu", "siti@contoh.id") and changed["updatedAt"]
    assert siti.call("PATCH", f"/v1/users/{budi.id}", json={"displayName": "X"}).json["code"] == 403.1
    assert siti.get(f"/v1/users/{budi.id}").json["code"] == 403.1
    assert admin.call("PATCH", f"/v1/users/{siti.id}", json={"email": "Ayu@contoh.id"}).json["email"] == "ayu@contoh.id"
    assert admin.call("PATCH", f"/v1/users/{siti.id}", json={"email": "BUDI@contoh.id"}).json["code"] == 409.3
    assert admin.call("PATCH", "/v1/users/999", json={"email": "x@contoh.id"}).json["code"] == 404.1


def test_a_new_password_needs_the_old_one_of_oneself_and_ends_all_logins(person: Callable[..., Person], app: Flask) -> None:
    siti = person("siti@contoh.id", role=None)
    url, client = f"/v1/users/{siti.id}/password", app.test_client()
    assert siti.call("PUT", url, json={"old": "salah-sekali", "new": "kata-sandi-baru"}).json["code"] == 401.2
    assert siti.call("PUT", url, json={"old": PASSWORD, "new": "pendek"}).json["code"] == 400.21
    assert siti.call("PUT", url, json={"old": PASSWORD, "new": "kata-sandi-baru"}).json == {"success": True}
    assert siti.get("/v1/users/current").status_code == 401
    assert client.post("/v1/sessions", json={"email": siti.email, "password": PASSWORD}).status_code == 401
    assert client.post("/v1/sessions", json={"email": siti.email, "password": "kata-sandi-baru"}).status_code == 200


def test_an_administrator_sets_a_forgotten_password(admin: Person, person: Callable[..., Person], app: Flask) -> None:
    siti = person("siti@contoh.id", role=None)
    assert admin.call("PUT", f"/v1/users/{siti.id}/password", json={"new": "kata-sandi-baru"}).json == {"success": True}
    assert app.test_client().post("/v1/sessions", json={"email": siti.email, "password": "kata-sandi-baru"}).status_code == 200
    assert siti.call("PUT", f"/v1/users/{admin.id}/password", json={"new": "kata-sandi-baru"}).status_code == 401


def test_a_deleted_person_is_out_and_the_address_is_free(admin: Person, person: Callable[..., Person], app: Flask) -> None:
    siti = person("siti@contoh.id", role="admin")
    assert admin.call("DELETE", f"/v1/users/{siti.id}").json == {"success": True}
    assert siti.get("/v1/users/current").json["code"] == 401.2
    assert app.test_client().post("/v1/sessions", json={"email": siti.email, "password": PASSWORD}).status_code == 401
    assert admin.get(f"/v1/users/{siti.id}").json["code"] == 404.1
    assert admin.post("/v1/users", json={"email": "siti@contoh.id"}).status_code == 200
    assert admin.call("DELETE", f"/v1/users/{siti.id}").json["code"] == 404.1


def test_two_of_the_same_address_at_once_are_one(admin: Person, app: Flask) -> None:
    import threading

    codes: list[int] = []

    def make() -> None:
        answer = app.test_client().post("/v1/users", json={"email": "sama@contoh.id"}, headers={"Authorization": f"Bearer {admin.token}"})
        codes.append(answer.status_code)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 409, 409, 409]


def test_a_stolen_password_hash_is_dear_to_guess(cheap_passwords: PasswordHasher) -> None:
    """Not below what OWASP asks of Argon2id; all other tests hash cheaply."""
    in_earnest = cheap_passwords
    assert (in_earnest.type, in_earnest.time_cost >= 2, in_earnest.memory_cost >= 19 * 1024) == (Type.ID, True, True)
