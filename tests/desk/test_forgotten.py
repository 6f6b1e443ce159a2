"""A forgotten password at the desk: a link by mail, or from the hand of an administrator (PROTOCOL §3 "Users")."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.accounts.postman import posting
from tests.conftest import PASSWORD

NEW = "kata-sandi-baru"


def page(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def choose(client: FlaskClient, token: str, new: str = NEW, again: str | None = None, **more: Any) -> Any:
    return client.post("/desk/reset", data={"token": token, "new": new, "again": new if again is None else again}, **more)


def log_in(client: FlaskClient, email: str, password: str) -> int:
    return client.post("/desk/login", data={"email": email, "password": password}).status_code


@pytest.fixture
def link(reader: Callable[..., Any], form: int) -> Callable[[int], str]:
    """Gives the token of the link that an administrator makes for a person."""
    boss = reader("bos@b.id", role="admin")

    def make(person: int) -> str:
        shown = page(boss.post(f"people/{person}/link"))
        return re.findall(r'value="http://localhost/desk/reset#([A-Za-z0-9]{64})"', shown)[0]

    return make


def test_without_mail_one_is_sent_to_an_administrator(client: FlaskClient) -> None:
    assert "Lupa kata sandi? Minta tautan kepada admin." in page(client.get("/desk/login"))
    assert "Hubungi admin" in page(client.get("/desk/forgotten"))
    assert "Hubungi admin" in page(client.post("/desk/forgotten", data={"email": "a@b.id"}))


def test_the_link_of_an_administrator_sets_a_password_once(app: Flask, link: Callable[[int], str], person: Callable[..., Any]) -> None:
    siti, client = person("siti@b.id", role=None), app.test_client()
    token = link(siti.id)
    assert log_in(client, siti.email, PASSWORD) == 303, "until then the old password stays"
    opened = client.get("/desk/reset")
    assert opened.headers["Referrer-Policy"] == "same-origin" and opened.headers["Cache-Control"] == "no-store"
    assert "Pilih kata sandi baru" in page(opened) and "data-from-fragment" in page(opened)
    client = app.test_client()
    done = choose(client, token)
    assert (done.status_code, done.location) == (303, "/desk/login?told=password")
    assert "Kata sandi baru tersimpan." in page(client.get(done.location))
    assert log_in(client, siti.email, PASSWORD) == 401 and log_in(client, siti.email, NEW) == 303
    again = choose(app.test_client(), token)
    assert again.status_code == 401 and "tidak berlaku lagi" in page(again) and "Minta tautan baru" in page(again)


@pytest.mark.parametrize(("new", "again", "said"), [
    ("pendek", None, "paling sedikit 10 karakter"), ("é" * 40, None, "terlalu panjang"), (NEW, NEW + "x", "tidak sama")])
def test_a_password_that_cannot_be_is_explained_and_the_link_stays(app: Flask, link: Callable[[int], str], person: Callable[..., Any],
                                                                   new: str, again: str | None, said: str) -> None:
    siti = person("siti@b.id", role=None)
    token = link(siti.id)
    answer = choose(app.test_client(), token, new, again)
    assert answer.status_code == 400 and said in page(answer) and f'value="{token}"' in page(answer)
    assert choose(app.test_client(), token).status_code == 303


def test_another_site_cannot_set_a_password_or_ask_for_links(app: Flask, link: Callable[[int], str], person: Callable[..., Any]) -> None:
    token, elsewhere = link(person("siti@b.id", role=None).id), {"Origin": "https://evil.example"}
    assert choose(app.test_client(), token, headers=elsewhere).status_code == 403
    assert app.test_client().post("/desk/forgotten", data={"email": "siti@b.id"}, headers=elsewhere).status_code == 403


def test_only_administrators_make_links(reader: Callable[..., Any], form: int) -> None:
    other = reader("rahma@b.id")
    assert reader("m@b.id", role="manager").post(f"people/{other.id}/link").status_code == 403


def test_with_mail_everybody_reads_the_same_and_the_person_gets_a_letter(database_url: str, tmp_path: Path) -> None:
    from server.accounts import store
    from server.db import transaction

    with posting(database_url, tmp_path) as (app, postman):
        with app.app_context(), transaction():
            store.create_user("siti@b.id", PASSWORD)
        client = app.test_client()
        assert 'href="/desk/forgotten"' in page(client.get("/desk/login"))
        assert "Kirim tautan" in page(client.get("/desk/forgotten"))
        said = [page(client.post("/desk/forgotten", data={"email": email})) for email in ("siti@b.id", "lain@b.id", "")]
        assert said[0] == said[1] == said[2] and "Jika ada akun dengan alamat ini" in said[0]
        token = re.findall("#([A-Za-z0-9]{64})", postman.letters(1)[0].get_content())[0]
        assert choose(client, token).status_code == 303
        for _ in range(app.extensions["pokja.config"]["LOGIN_TRIES"] - 1):
            client.post("/desk/forgotten", data={"email": "siti@b.id"})
        paused = client.post("/desk/forgotten", data={"email": "siti@b.id"})
        assert paused.status_code == 429 and "terlalu sering" in page(paused)
        postman.letters(2)
