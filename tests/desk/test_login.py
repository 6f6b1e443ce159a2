"""Logging in to the desk (PROTOCOL §1, DESIGN §10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

PASSWORD = "kata-sandi-uji"


def log_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/desk/login", data={"email": email, "password": password, **more})


def test_a_page_without_log_in_leads_to_the_form_and_back(client: FlaskClient, person: Callable[..., Any], project: int) -> None:
    person("a@b.id")
    first = client.get(f"/desk?x={project}")
    assert first.status_code == 302
    assert first.location == f"/desk/login?next=/desk%3Fx%3D{project}"
    form = client.get(first.location).get_data(as_text=True)
    assert f'value="/desk?x={project}"' in form
    entered = log_in(client, "A@B.id", next=f"/desk?x={project}")
    assert (entered.status_code, entered.location) == (303, f"/desk?x={project}")
    assert "HttpOnly" in entered.headers["Set-Cookie"] and "SameSite" in entered.headers["Set-Cookie"]


@pytest.mark.parametrize("address", [
    "https://evil.example/desk", "//evil.example/desk", "/\\evil.example", "/desk\\@evil", "javascript:alert(1)", "/v1/projects",
    "/desk/logout", "/desk\r\nX: 1", ""])
def test_log_in_never_leads_to_another_site(client: FlaskClient, person: Callable[..., Any], address: str) -> None:
    person("a@b.id")
    assert log_in(client, "a@b.id", next=address).location == "/desk"


def test_a_wrong_password_is_told_in_indonesian_and_the_address_is_kept(client: FlaskClient, person: Callable[..., Any]) -> None:
    person("a@b.id")
    answer = log_in(client, "a@b.id", "salah-sekali")
    assert answer.status_code == 401
    page = answer.get_data(as_text=True)
    assert "Alamat surel atau kata sandi salah." in page and 'value="a@b.id"' in page
    assert "Set-Cookie" not in answer.headers


def test_guessing_is_paused(client: FlaskClient, app: Flask, person: Callable[..., Any]) -> None:
    person("a@b.id")
    for _ in range(app.extensions["pokja.config"]["LOGIN_TRIES"]):
        assert log_in(client, "a@b.id", "salah-sekali").status_code == 401
    answer = log_in(client, "a@b.id")
    assert answer.status_code == 429
    assert "Terlalu banyak" in answer.get_data(as_text=True)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_cannot_log_somebody_in(client: FlaskClient, person: Callable[..., Any], headers: dict[str, str]) -> None:
    person("a@b.id")
    answer = client.post("/desk/login", data={"email": "a@b.id", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403 and "Set-Cookie" not in answer.headers


def test_a_form_without_the_forgery_word_is_refused(client: FlaskClient, person: Callable[..., Any]) -> None:
    person("a@b.id")
    log_in(client, "a@b.id")
    assert client.post("/desk/logout").status_code == 403
    assert client.get("/desk").status_code == 200


def test_logging_out_ends_the_session(client: FlaskClient, app: Flask, person: Callable[..., Any]) -> None:
    person("a@b.id")
    log_in(client, "a@b.id")
    cookie = client.get_cookie("session")
    assert cookie is not None
    answer = client.post("/desk/logout", data={"__csrf": word(client)})
    assert answer.status_code == 303
    client.set_cookie("session", cookie.value)
    assert client.get("/desk").status_code == 302


def word(client: FlaskClient) -> str:
    return client.get("/desk").get_data(as_text=True).split('name="__csrf" value="')[1].split('"')[0]


def test_the_language_is_indonesian_until_a_person_chooses(client: FlaskClient, person: Callable[..., Any]) -> None:
    person("a@b.id")
    assert "Masuk ke meja tinjauan" in client.get("/desk/login").get_data(as_text=True)
    log_in(client, "a@b.id")
    answer = client.post("/desk/language", data={"language": "en", "next": "/desk", "__csrf": word(client)})
    assert answer.location == "/desk"
    page = client.get("/desk").get_data(as_text=True)
    assert '<html lang="en">' in page and "Log out" in page


def test_a_language_that_we_do_not_speak_is_refused(client: FlaskClient) -> None:
    assert client.post("/desk/language", data={"language": "xx"}).status_code == 400


def test_problems_are_pages_in_indonesian(client: FlaskClient, person: Callable[..., Any]) -> None:
    person("a@b.id")
    log_in(client, "a@b.id")
    answer = client.get("/desk/nowhere")
    assert answer.status_code == 404
    assert "Tidak ada apa-apa di alamat ini" in answer.get_data(as_text=True)
