"""Log-ins through HTTP: sessions, cookies, Basic, Digest, keys, challenges, guessing (PROTOCOL §1)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import PASSWORD, Person, make_app

FAR = {"REMOTE_ADDR": "10.1.2.3"}
TLS = "https://pokja.contoh.id"


def login(client: FlaskClient, email: str = "admin@contoh.id", password: str = PASSWORD, **more: object) -> TestResponse:
    return client.post("/v1/sessions", json={"email": email, "password": password}, **more)  # type: ignore[arg-type]


def basic(email: str = "admin@contoh.id", password: str = PASSWORD) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{email}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def me(client: FlaskClient, **more: object) -> TestResponse:
    return client.get("/v1/users/current", **more)  # type: ignore[arg-type]


def test_a_login_gives_a_token_that_works(admin: Person, app: Flask) -> None:
    answer = login(app.test_client(), "ADMIN@contoh.id")
    assert set(answer.json) == {"token", "csrf", "createdAt", "expiresAt"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert me(app.test_client(), headers=bearer(answer.json["token"])).json["email"] == "admin@contoh.id"


@pytest.mark.parametrize(("email", "password"), [("admin@contoh.id", "salah-sekali"), ("lain@contoh.id", PASSWORD)])
def test_an_unknown_address_and_a_wrong_password_look_alike(admin: Person, client: FlaskClient, email: str, password: str) -> None:
    answer = login(client, email, password)
    assert (answer.status_code, answer.json["code"]) == (401, 401.2)
    assert answer.json["message"] == "Wrong e-mail address or password."
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("body", [{}, {"email": "", "password": " "}, {"email": "a@b.id"}, {"password": "x"}])
def test_blank_values_are_named(client: FlaskClient, body: dict[str, str]) -> None:
    answer = client.post("/v1/sessions", json=body)
    assert answer.json["code"] == 400.3
    assert answer.json["details"]["fields"] in ("email, password", "password", "email")


@pytest.mark.parametrize("body", ["[]", "{", "null", '{"email":{"a":1},"password":2}', '{"email":"\\u0000","password":"\\ud800"}'])
def test_a_body_that_is_no_login_is_a_bad_request(client: FlaskClient, body: str) -> None:
    answer = client.post("/v1/sessions", data=body, content_type="application/json")
    assert answer.status_code == 400, answer.text


def test_cookies_are_named_for_the_line_they_travel(admin: Person, app: Flask) -> None:
    plain = login(app.test_client()).headers.getlist("Set-Cookie")
    assert plain[0].startswith("session=") and "HttpOnly" in plain[0] and "SameSite=Strict" in plain[0] and "Secure" not in plain[0]
    assert plain[1].startswith("__csrf=") and "HttpOnly" not in plain[1]
    tls = login(app.test_client(), base_url=TLS).headers.getlist("Set-Cookie")
    assert tls[0].startswith("__Host-session=") and "Secure" in tls[0] and "Path=/" in tls[0]


def test_by_cookie_reading_works_and_changing_needs_the_csrf_word(admin: Person, app: Flask) -> None:
    client = app.test_client()
    csrf = login(client).json["csrf"]
    assert me(client).status_code == 200
    assert client.post("/v1/projects", json={"name": "A"}).json["code"] == 401.2
    assert client.post("/v1/projects", json={"name": "A"}, headers={"X-Requested-With": "XMLHttpRequest"}).status_code == 200
    assert client.post("/v1/projects", data={"name": "A", "__csrf": csrf}).status_code == 200
    assert client.post("/v1/projects", json={"name": "A", "__csrf": csrf}).status_code == 200
    for body in ({"name": "A", "__csrf": csrf[1:]}, {"name": "A", "__csrf": [csrf]}, [csrf]):
        assert client.post("/v1/projects", json=body).json["code"] == 401.2
    assert client.post("/v1/projects", data="{", content_type="application/json").json["code"] == 401.2
    assert client.post("/v1/projects", data={"name": "A", "__csrf": "x" + csrf[1:]}).status_code == 401


def test_a_login_is_looked_at_again_without_its_token(admin: Person, client: FlaskClient) -> None:
    answer = client.get("/v1/sessions/restore", headers=bearer(admin.token))
    assert set(answer.json) == {"createdAt", "expiresAt"} and answer.headers["Cache-Control"] == "no-store"
    assert client.get("/v1/sessions/restore").json["code"] == 404.1


@pytest.mark.parametrize("which", ["current", "token"])
def test_logging_out_ends_the_login(admin: Person, client: FlaskClient, which: str) -> None:
    where = "current" if which == "current" else admin.token.replace("!", "%21").replace("$", "%24")
    assert admin.call("DELETE", f"/v1/sessions/{where}").json == {"success": True}
    assert me(client, headers=bearer(admin.token)).json["code"] == 401.2


def test_another_persons_login_is_not_yours_to_end(admin: Person, person: Callable[..., Person], client: FlaskClient) -> None:
    other = person("b@contoh.id", role=None)
    assert other.call("DELETE", f"/v1/sessions/{admin.token}").json["code"] == 403.1
    assert other.call("DELETE", "/v1/sessions/tidak-ada").json["code"] == 403.1
    assert me(client, headers=bearer(admin.token)).status_code == 200
    assert admin.call("DELETE", f"/v1/sessions/{other.token}").json == {"success": True}


def test_a_login_ends_by_itself(admin: Person, app: Flask) -> None:
    from datetime import timedelta

    from server.accounts.models import Session
    from server.db import db, now, transaction

    with app.app_context(), transaction():
        db.session.query(Session).update({"expires_at": now() - timedelta(seconds=1)})
    assert admin.get("/v1/users/current").json["code"] == 401.2


def test_basic_travels_only_where_nobody_listens(admin: Person, app: Flask) -> None:
    client = app.test_client()
    assert me(client, headers=basic(), base_url=TLS, environ_overrides=FAR).status_code == 200
    assert me(client, headers=basic()).status_code == 200, "loopback never leaves the machine"
    assert me(client, headers=basic(), environ_overrides=FAR).json["code"] == 401.3
    assert me(client, headers={**basic(), "X-Forwarded-For": "10.0.0.9"}).json["code"] == 401.3
    assert me(client, headers={**basic(), "X-Forwarded-Proto": "https"}, environ_overrides=FAR).json["code"] == 401.3


@pytest.mark.parametrize("sent", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Basic AGE6Yg==", "Bearer", "Bearer x", "Digest a=b"])
def test_credentials_that_cannot_be_read_are_401(app: Flask, sent: str) -> None:
    assert me(app.test_client(), headers={"Authorization": sent}).json["code"] == 401.2


def test_a_password_may_hold_colons(app: Flask, client: FlaskClient) -> None:
    from server.accounts import store
    from server.db import transaction

    with app.app_context(), transaction():
        store.create_user("c@contoh.id", "kata:sandi:panjang")
    assert me(client, headers=basic("C@contoh.id", "kata:sandi:panjang")).status_code == 200


def test_a_checked_password_is_forgotten_when_it_changes(admin: Person, app: Flask) -> None:
    client = app.test_client()
    assert me(client, headers=basic()).status_code == 200
    from server.accounts import store
    from server.db import transaction

    with app.app_context(), transaction():  # as another process would do it
        store.change_password(admin.id, "kata-sandi-baru")
    assert me(client, headers=basic()).json["code"] == 401.2
    assert me(client, headers=basic(password="kata-sandi-baru")).status_code == 200


def test_guessing_is_slowed_down_and_only_for_the_guesser(admin: Person, app: Flask) -> None:
    client = app.test_client()
    for _ in range(10):
        assert login(client, password="salah-sekali", environ_overrides=FAR).json["code"] == 401.2
    answer = login(client, environ_overrides=FAR)
    assert (answer.status_code, answer.json["code"], answer.headers["Retry-After"]) == (429, 429.1, "900")
    assert me(client, headers=basic(), base_url=TLS, environ_overrides=FAR).json["code"] == 429.1
    assert login(client).status_code == 200, "from another address the person still gets in"


def test_a_success_forgets_the_failures(admin: Person, app: Flask) -> None:
    client = app.test_client()
    for _ in range(3):
        for _ in range(4):
            login(client, password="salah-sekali")
        assert login(client).status_code == 200


# Keys of phones

@pytest.fixture
def phone(admin: Person, project: int) -> dict[str, str]:
    made = admin.post(f"/v1/projects/{project}/app-users", json={"displayName": "HP 1", "allForms": True}).json
    return {"token": made["token"], "id": made["id"]}


def test_a_key_outranks_other_credentials(admin: Person, phone: dict[str, str], project: int, client: FlaskClient) -> None:
    answer = client.get(f"/v1/key/{phone['token']}/projects/{project}", headers=bearer(admin.token))
    assert answer.json["code"] == 403.1, "the phone may not read the project, whoever else is asking"


@pytest.mark.parametrize("key", ["x" * 64, "pendek", "%00", "a%2Fb", "é"])
@pytest.mark.parametrize("way", ["/v1/key/{}/projects/1/forms/a.xml", "/v1/projects/1/forms/a.xml?st={}"])
def test_a_key_of_nobody_is_403_never_401(client: FlaskClient, key: str, way: str) -> None:
    answer = client.get(way.format(key))
    assert (answer.status_code, answer.json["code"]) == (403, 403.1)


def test_a_key_may_travel_as_st(phone: dict[str, str], project: int, client: FlaskClient) -> None:
    address = f"/v1/projects/{project}/formList?st={phone['token']}"
    assert client.get(address, headers={"X-OpenRosa-Version": "1.0"}).status_code == 200


def test_a_token_of_a_person_is_no_key(admin: Person, project: int, client: FlaskClient) -> None:
    assert client.get(f"/v1/key/{admin.token}/projects/{project}").json["code"] == 403.1


def test_a_revoked_key_is_refused(admin: Person, phone: dict[str, str], project: int, client: FlaskClient) -> None:
    address = f"/v1/key/{phone['token']}/projects/{project}/formList"
    assert client.get(address, headers={"X-OpenRosa-Version": "1.0"}).status_code == 200
    assert admin.call("DELETE", f"/v1/sessions/{phone['token']}").json == {"success": True}
    answer = client.get(address, headers={"X-OpenRosa-Version": "1.0"})
    assert answer.status_code == 403 and b"OpenRosaResponse" in answer.data


def test_the_last_use_is_noted_once_an_hour(admin: Person, phone: dict[str, str], project: int, client: FlaskClient) -> None:
    def last() -> str:
        return admin.get(f"/v1/projects/{project}/app-users", headers={"X-Extended-Metadata": "true"}).json[0]["lastUsed"]  # type: ignore[no-any-return]

    assert last() is None
    for _ in range(2):
        client.get(f"/v1/key/{phone['token']}/projects/{project}/forms/a.xml")
        first = last()
        assert first is not None
    client.get(f"/v1/key/{phone['token']}/projects/{project}/forms/a.xml")
    assert last() == first


# Challenges

def test_only_openrosa_and_odata_without_credentials_are_challenged(admin: Person, project: int, app: Flask) -> None:
    client, address = app.test_client(), f"/v1/projects/{project}/forms/a.xml"

    def asked(path: str = address, far: bool = False, base_url: str = TLS, **headers: str) -> list[str]:
        answer = client.get(path, headers=headers, base_url=base_url, environ_overrides=FAR)
        assert answer.status_code == 401
        return answer.headers.getlist("WWW-Authenticate")

    openrosa = {"X-OpenRosa-Version": "1.0"}
    assert asked(**openrosa) == ['Basic realm="Pokja", charset="UTF-8"']
    assert asked() == []
    assert asked(base_url="http://pokja.contoh.id", **openrosa) == [], "a password would travel in the open"
    assert asked(**openrosa, **basic(password="salah-sekali")) == [], "wrong credentials are not asked for again"
    assert asked(**openrosa, **{"X-Requested-With": "XMLHttpRequest"}) == []
    assert asked(**openrosa, **{"Sec-Fetch-Mode": "cors"}) == []


@pytest.fixture
def offering(database_url: str, tmp_path: Path) -> Flask:
    """The application of an operator who offers Digest."""
    return make_app(database_url, tmp_path, DIGEST_AUTH="yes")


def digest_answer(challenge: str, method: str, uri: str, email: str, password: str, **other: str) -> dict[str, str]:
    """What a phone sends, computed here by the RFC."""
    asked = dict(part.strip().split("=", 1) for part in challenge.removeprefix("Digest ").split(","))
    nonce = asked["nonce"].strip('"')

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    ha1, ha2 = md5(f"{email}:Pokja:{password}"), md5(f"{method}:{uri}")
    said = {"username": email, "realm": "Pokja", "nonce": nonce, "uri": uri, "nc": "00000001", "cnonce": "abc", "qop": "auth",
            "response": md5(f"{ha1}:{nonce}:00000001:abc:auth:{ha2}"), **other}
    quoted = ", ".join(f"{name}={value}" if name in ("nc", "qop") else f'{name}="{value}"' for name, value in said.items())
    return {"Authorization": f"Digest {quoted}", "X-OpenRosa-Version": "1.0"}


@pytest.fixture
def asked(offering: Flask) -> str:
    from server.accounts import store
    from server.db import transaction

    with offering.app_context(), transaction():
        store.assign(store.create_user("d@contoh.id", PASSWORD).actor_id, 1)
    answer = offering.test_client().get("/v1/projects?x=%C3%A9", headers={"X-OpenRosa-Version": "1.0"}, environ_overrides=FAR)
    challenges = answer.headers.getlist("WWW-Authenticate")
    assert len(challenges) == 1 and challenges[0].startswith("Digest ")
    return challenges[0]


def test_a_phone_on_plain_http_logs_in_by_digest(offering: Flask, asked: str) -> None:
    client = offering.test_client()
    for uri in ("/v1/projects?x=%C3%A9", "/v1/projects"):
        headers = digest_answer(asked, "GET", uri, "d@contoh.id", PASSWORD)
        assert client.get("/v1/projects?x=%C3%A9", headers=headers, environ_overrides=FAR).status_code == 200


@pytest.mark.parametrize("wrong", [
    {"password": "salah-sekali"}, {"email": "e@contoh.id"}, {"uri": "/v1/users"}, {"method": "POST"}, {"response": "0" * 32},
    {"nonce": "1-abc"}, {"nonce": "x"}, {"realm": "Lain"}, {"qop": "auth-int"}, {"cnonce": ""}])
def test_a_digest_that_does_not_fit_is_refused(offering: Flask, asked: str, wrong: dict[str, str]) -> None:
    given = {"method": "GET", "uri": "/v1/projects", "email": "d@contoh.id", "password": PASSWORD, **wrong}
    answer = offering.test_client().get("/v1/projects", headers=digest_answer(asked, **given), environ_overrides=FAR)
    assert answer.json["code"] == 401.2


def test_a_worn_out_nonce_is_renewed_without_asking_the_person(offering: Flask, asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    from server.accounts import digest

    later = time.time() + digest.NONCE_SECONDS + 1
    monkeypatch.setattr(digest.time, "time", lambda: later)
    headers = digest_answer(asked, "GET", "/v1/projects", "d@contoh.id", PASSWORD)
    answer = offering.test_client().get("/v1/projects", headers=headers, environ_overrides=FAR)
    assert answer.status_code == 401 and "stale=true" in answer.headers["WWW-Authenticate"]


def test_who_had_a_password_before_digest_was_offered_gets_it_at_the_next_login(offering: Flask, asked: str) -> None:
    from server.accounts import store
    from server.db import transaction

    with offering.app_context(), transaction():
        found = store.find_user("d@contoh.id")
        assert found is not None
        found.digest = None
    headers = digest_answer(asked, "GET", "/v1/projects", "d@contoh.id", PASSWORD)
    client = offering.test_client()
    assert client.get("/v1/projects", headers=headers, environ_overrides=FAR).status_code == 401
    assert login(client, "d@contoh.id").status_code == 200
    assert client.get("/v1/projects", headers=headers, environ_overrides=FAR).status_code == 200


def test_without_the_operators_word_no_digest_is_kept_or_taken(admin: Person, app: Flask) -> None:
    from server.accounts import store

    with app.app_context():
        found = store.find_user("admin@contoh.id")
        assert found is not None and found.digest is None
