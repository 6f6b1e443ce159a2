"""A server without a mail server: the same answer for every address, and nothing is made that nobody would get."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from tests.conftest import PASSWORD, Person


def test_every_address_gets_success_and_no_link_is_made(admin: Person, app: Flask) -> None:
    from server.accounts.models import PasswordReset
    from server.db import db

    answers = [app.test_client().post("/v1/users/reset/initiate", json={"email": email}).json for email in (admin.email, "x@y.id")]
    assert answers == [{"success": True}] * 2
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PasswordReset)) == 0
    assert app.test_client().post("/v1/sessions", json={"email": admin.email, "password": PASSWORD}).status_code == 200
