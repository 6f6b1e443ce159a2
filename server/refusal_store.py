"""Who asked for what lies outside their rights or areas, as a line in the log (EXPECTATIONS S7 "the attempt is logged")."""

from __future__ import annotations

import logging
from datetime import timedelta

from flask import g, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from server import events
from server.db import db, now, transaction
from server.events import Event
from server.grants import NOBODY, Caller

ACTION = "access.refused"
AGAIN = timedelta(minutes=1)  # before the same attempt of the same actor is written again
WINDOW, MOST = timedelta(minutes=10), 20  # lines of one actor, so that nobody fills the disk with ever new addresses
log = logging.getLogger("pokja")


def outside(verb: str) -> None:
    """Remember that the address means something of another area; the answer says only that it is not there."""
    g.refused = verb


def keep(code: str) -> None:
    """Write down the refusal that this request ended with, if it was one, in a transaction of its own.

    Called after the request's own transaction was taken back. Somebody who is not logged in is not an actor; what
    cannot be written is in the server's log.
    """
    caller: Caller = g.get("caller", NOBODY)
    verb: str | None = g.pop("refused", None)
    if caller.actor_id is None or not (verb or code == "403.1"):
        return
    what = _what()
    log.warning("refused: actor %s wanted %s on %s%s", caller.actor_id, verb or request.method, ascii(what),
                ", outside the own area" if verb else "")
    try:
        with transaction(write=False):
            known = _known(caller.actor_id, what)
        if not known:
            with transaction():
                events.record(ACTION, project_id=_project(), actor_id=caller.actor_id, subject=what, details={
                    "method": request.method, "because": "area" if verb else "rights"})
    except SQLAlchemyError as error:
        log.warning("a refusal could not be written: %s", error)


def _what() -> str:
    """The address that was asked for; a secret in it stays out of the log."""
    parts = request.view_args or {}
    path = request.path.replace("\0", "")
    return (path.replace(str(parts["token"]), "…") if "token" in parts else path)[:300]


def _known(actor_id: int, what: str) -> bool:
    """Whether the same attempt was written a moment ago, or too many of this actor."""
    at = now()
    lately = db.session.execute(select(Event.subject, Event.logged_at).where(
        Event.action == ACTION, Event.actor_id == actor_id, Event.logged_at > at - WINDOW).order_by(Event.id.desc()).limit(MOST)).all()
    return len(lately) >= MOST or any(subject == what and logged_at > at - AGAIN for subject, logged_at in lately)


def _project() -> int | None:
    """The project of the address, if there is one: the line belongs to its log."""
    from server.accounts.role_store import project_exists

    number = (request.view_args or {}).get("project")
    return number if number is not None and project_exists(number) else None
