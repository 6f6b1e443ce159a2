"""Forgotten passwords by API: one answer for every address, a letter, a token that works once (PROTOCOL §3 "Users")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.accounts.postman import PUBLIC, SENDER, Postman, posting
from tests.conftest import PASSWORD, Person

NEW = "kata-sandi-baru"
LINK = re.compile(re.escape(PUBLIC) + r"/desk/reset#([A-Za-z0-9]{64})\s")


@pytest.fixture
def mail(database_url: str, tmp_path: Path) -> Iterator[Postman]:
    with posting(database_url, tmp_path) as (app, postman):
        postman.app = app  # type: ignore[attr-defined]
        yield postman


@pytest.fixture
def app(mail: Postman) -> Flask:
    return mail.app  # type: ignore[attr-defined, no-any-return]


def ask(app: Flask, email: str, **query: Any) -> Any:
    return app.test_client().post("/v1/users/reset/initiate", json={"email": email}, query_string=query)


def verify(app: Flask, token: str, new: str = NEW) -> Any:
    return app.test_client().post("/v1/users/reset/verify", json={"new": new}, headers={"Authorization": f"Bearer {token}"})


def logs_in(app: Flask, email: str, password: str) -> bool:
    return bool(app.test_client().post("/v1/sessions", json={"email": email, "password": password}).status_code == 200)


def token_in(letter: Any) -> str:
    found = LINK.search(letter.get_content())
    assert found, letter.get_content()
    return found[1]


def issued(app: Flask, actor_id: int) -> str:
    from server.accounts import reset_store
    from server.db import transaction

    with app.app_context(), transaction():
        return reset_store.issue(actor_id)


def age(app: Flask, **by: float) -> None:
    """Make all links older."""
    from sqlalchemy import select

    from server.accounts.models import PasswordReset
    from server.db import db, transaction

    with app.app_context(), transaction():
        for row in db.session.scalars(select(PasswordReset)):
            row.created_at -= timedelta(**by)
            row.expires_at -= timedelta(**by)


def test_the_letter_holds_a_link_whose_token_sets_a_password_once(app: Flask, mail: Postman, person: Callable[..., Person]) -> None:
    siti = person("siti@contoh.id", role=None)
    assert ask(app, " Siti@Contoh.ID").json == {"success": True}
    letter = mail.letters(1)[0]
    assert (letter["To"], letter["From"], letter["Subject"]) == ("siti@contoh.id", SENDER, "Kata sandi baru untuk Pokja")
    assert letter["Auto-Submitted"] == "auto-generated" and letter["Date"] and letter["Message-ID"].endswith("@contoh.id>")
    assert "siti@contoh.id" in letter.get_content() and "24 jam" in letter.get_content()
    token = token_in(letter)
    assert siti.get("/v1/users/current").status_code == 200, "asking changes nothing yet"
    assert verify(app, token).json == {"success": True}
    assert logs_in(app, siti.email, NEW) and not logs_in(app, siti.email, PASSWORD)
    assert siti.get("/v1/users/current").status_code == 401, "a new password ends log-ins"
    assert verify(app, token, "kata-sandi-lagi").json["code"] == 401.2
    assert logs_in(app, siti.email, NEW)


def test_an_unknown_address_gets_the_same_answer_and_no_letter(app: Flask, mail: Postman, person: Callable[..., Person]) -> None:
    person("siti@contoh.id", role=None)
    known, unknown = ask(app, "siti@contoh.id"), ask(app, "lain@contoh.id")
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert set(known.headers) == set(unknown.headers)
    assert [each["To"] for each in mail.letters(1)] == ["siti@contoh.id"]


def test_the_letter_is_in_the_language_of_its_reader(app: Flask, mail: Postman, person: Callable[..., Person]) -> None:
    from server.db import transaction
    from server.desk import store

    siti = person("siti@contoh.id", role=None)
    with app.app_context(), transaction():
        store.set_language(siti.id, "en")
    ask(app, siti.email)
    letter = mail.letters(1)[0]
    assert letter["Subject"] == "New password for Pokja" and "within 24 hours" in letter.get_content()


def test_the_host_of_the_request_is_never_in_the_link(app: Flask, mail: Postman, person: Callable[..., Person]) -> None:
    person("siti@contoh.id", role=None)
    app.test_client().post("/v1/users/reset/initiate", json={"email": "siti@contoh.id"}, headers={"Host": "evil.example"})
    assert "evil" not in mail.letters(1)[0].get_content()


def test_a_link_ends_with_a_newer_one_a_new_password_a_new_address_and_a_day(app: Flask, admin: Person, person: Callable[..., Person]) -> None:
    siti = person("siti@contoh.id", role=None)
    first, second = issued(app, siti.id), issued(app, siti.id)
    assert verify(app, first).json["code"] == 401.2
    assert verify(app, second, "pendek").json["code"] == 400.21, "a refused password spends nothing"
    admin.call("PUT", f"/v1/users/{siti.id}/password", json={"new": "dari-admin-saja"})
    assert verify(app, second).json["code"] == 401.2
    third = issued(app, siti.id)
    admin.call("PATCH", f"/v1/users/{siti.id}", json={"email": "ayu@contoh.id"})
    assert verify(app, third).json["code"] == 401.2
    fourth = issued(app, siti.id)
    age(app, hours=24)
    assert verify(app, fourth).json["code"] == 401.2
    fifth = issued(app, siti.id)
    assert admin.call("DELETE", f"/v1/users/{siti.id}").status_code == 200
    assert verify(app, fifth).json["code"] == 401.2


def test_the_token_is_kept_only_as_a_hash(app: Flask, person: Callable[..., Person]) -> None:
    from sqlalchemy import select

    from server.accounts.models import PasswordReset
    from server.db import db

    token = issued(app, person("siti@contoh.id", role=None).id)
    with app.app_context():
        assert token not in str([(row.token_hash, row.actor_id) for row in db.session.scalars(select(PasswordReset))])


@pytest.mark.parametrize(("method", "path"), [
    ("GET", "/v1/users/current"), ("GET", "/v1/projects"), ("GET", "/v1/users"), ("DELETE", "/v1/sessions/current"),
    ("GET", "/v1/sessions/restore"), ("POST", "/v1/projects")])
def test_the_token_opens_nothing_else(app: Flask, person: Callable[..., Person], method: str, path: str) -> None:
    siti = person("siti@contoh.id")
    token = issued(app, siti.id)
    headers = {"Authorization": f"Bearer {token}"}
    assert app.test_client().open(path, method=method, json={} if method == "POST" else None, headers=headers).status_code in (401, 404)
    assert app.test_client().patch(f"/v1/users/{siti.id}", json={"email": "x@y.id"}, headers=headers).json["code"] == 401.2


def test_only_a_token_of_a_link_sets_a_password_there(app: Flask, admin: Person) -> None:
    assert verify(app, "a" * 64).json["code"] == 401.2
    assert verify(app, admin.token).json["code"] == 403.1
    assert app.test_client().post("/v1/users/reset/verify", json={"new": NEW}).json["code"] == 401.2


def test_two_who_use_one_link_at_once_are_one(app: Flask, person: Callable[..., Person]) -> None:
    import threading

    token = issued(app, person("siti@contoh.id", role=None).id)
    codes: list[int] = []
    threads = [threading.Thread(target=lambda n=n: codes.append(verify(app, token, f"kata-sandi-{n}-baru").status_code)) for n in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(codes) == [200, 401, 401, 401]


def test_an_administrator_makes_the_old_password_useless(app: Flask, mail: Postman, admin: Person, person: Callable[..., Person]) -> None:
    siti, manager = person("siti@contoh.id", role=None), person("m@contoh.id", role="viewer")
    asked = {"json": {"email": siti.email}, "query_string": {"invalidate": "True"}}
    assert ask(app, siti.email, invalidate="true").json["code"] == 403.1
    assert manager.post("/v1/users/reset/initiate", **asked).json["code"] == 403.1
    assert logs_in(app, siti.email, PASSWORD)
    assert admin.post("/v1/users/reset/initiate", **asked).json == {"success": True}
    assert not logs_in(app, siti.email, PASSWORD) and siti.get("/v1/users/current").status_code == 401
    assert verify(app, token_in(mail.letters(1)[0])).json == {"success": True}
    assert logs_in(app, siti.email, NEW)
    unknown = admin.post("/v1/users/reset/initiate", json={"email": "x@y.id"}, query_string={"invalidate": "true"})
    assert unknown.json == {"success": True}


def test_asking_again_and_again_is_paused_alike_for_all(app: Flask, mail: Postman, person: Callable[..., Person]) -> None:
    person("siti@contoh.id", role=None)
    tries = app.extensions["pokja.config"]["LOGIN_TRIES"]
    for email in ("siti@contoh.id", "lain@contoh.id"):
        assert {ask(app, email).status_code for _ in range(tries)} == {200}
        answer = ask(app, email)
        assert (answer.json["code"], answer.headers["Retry-After"]) == (429.1, "900")
    assert logs_in(app, "siti@contoh.id", PASSWORD), "who knows the password is not kept out"
    mail.letters(1)
    age(app, minutes=3)
    app.test_client().post("/v1/users/reset/initiate", json={"email": "siti@contoh.id"}, environ_base={"REMOTE_ADDR": "10.0.0.9"})
    mail.letters(2)


@pytest.mark.parametrize("body", [{}, {"email": 5}, {"email": None}, {"email": "a" * 400}, {"email": "a\u0000b"}])
def test_a_body_without_an_address_is_a_bad_request(app: Flask, body: dict[str, object]) -> None:
    assert app.test_client().post("/v1/users/reset/initiate", json=body).status_code == 400


def test_the_log_says_who_asked_for_whom_and_holds_no_token(app: Flask, mail: Postman, admin: Person, person: Callable[..., Person]) -> None:
    siti = person("siti@contoh.id", role=None)
    ask(app, siti.email)
    token = token_in(mail.letters(1)[0])
    admin.post("/v1/users/reset/initiate", json={"email": siti.email}, query_string={"invalidate": "true"})
    answer = admin.get("/v1/audits?action=user")
    lines = [(each["action"], each["actorId"], each["acteeId"]) for each in answer.json]
    assert ("user.reset.create", None, str(siti.id)) in lines
    assert ("user.password.invalidate", admin.id, str(siti.id)) in lines
    assert token not in answer.text and len(mail.letters(2)) == 2


def test_what_goes_wrong_with_the_mail_is_logged_and_not_told(
        database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from server.accounts import store
    from server.db import transaction

    with posting(database_url, tmp_path, refuse=True) as (app, postman):
        with app.app_context(), transaction():
            store.create_user("siti@contoh.id", PASSWORD)
        assert ask(app, "siti@contoh.id").json == {"success": True}
        postman.wait(lambda: postman.tried == 1 and "could not be sent" in caplog.text)
        assert not LINK.search(caplog.text)


def test_no_letter_leaves_for_a_request_that_failed(app: Flask, mail: Postman, person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> None:
    from server.accounts import resetting

    person("siti@contoh.id", role=None)
    write = resetting.write

    def fail(*given: Any, **more: Any) -> None:
        write(*given, **more)
        raise RuntimeError("after the letter was written")

    monkeypatch.setattr(resetting, "write", fail)
    assert ask(app, "siti@contoh.id").status_code == 500
    mail.letters(0)
