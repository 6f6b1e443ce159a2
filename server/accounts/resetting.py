"""Forgotten passwords: who asks gets the same answer for every address, and the person a letter (PROTOCOL §3 "Users")."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import force_locale
from flask_babel import gettext as _

from server import mail
from server.accounts import reset_store, store
from server.accounts.models import User
from server.addresses import here
from server.problems import Problem


def ask(email: str) -> None:
    """Send a letter to the person with this address, if there is one and this server sends mail. Raises 429.1."""
    _slow_down(email)
    person = store.find_user(email)
    if person is None or not mail.offered() or reset_store.fresh(person.actor_id):
        return
    write(person)


def write(person: User, *, by: int | None = None) -> None:
    """Send the person a letter with a new link."""
    link = link_for(reset_store.issue(person.actor_id, by=by))
    with force_locale(person.language or current_app.extensions["pokja.config"]["DEFAULT_LANGUAGE"]):
        text = _("Somebody, most likely you, asked for a new password for the account %(email)s.\n\n"
                 "Open this address within %(hours)s hours and choose one:\n\n%(link)s\n\n"
                 "It works once. If it was not you, do nothing: your password stays as it is.",
                 email=person.email, hours=reset_store.HOURS, link=link)
        mail.send_later(mail.Letter(person.email, str(_("New password for Pokja")), f"{text}\n"))


def link_for(token: str) -> str:
    """The address of the page that takes the token. Behind the # it is sent to no server, and written into no log."""
    return f"{here()}/desk/reset#{token}"


def _slow_down(email: str) -> None:
    """Count the askings for this address from there, alike whether it is known; raises 429.1 when they are too many."""
    subject = f"reset {email.strip().lower()[:300]} {request.remote_addr}"
    if store.failures(subject) >= current_app.extensions["pokja.config"]["LOGIN_TRIES"]:
        raise Problem("429.1", message="A new password was asked for too often. Try again in 15 minutes.", minutes=15,
                      headers={"Retry-After": "900"})
    store.note_failure(subject)
