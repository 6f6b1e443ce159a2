"""Statements on one-time links to a new password (PROTOCOL §3 "Users")."""

from __future__ import annotations

import secrets
import string
from datetime import timedelta

from sqlalchemy import delete, exists, select

from server import events
from server.accounts import store
from server.accounts.models import PasswordReset
from server.db import db, now
from server.problems import Problem

HOURS = 24
PAUSE = timedelta(minutes=2)  # before another letter goes to the same person
_LETTERS = string.ascii_letters + string.digits  # no sign at which a mail program would cut the link


def issue(actor_id: int, *, by: int | None = None) -> str:
    """A new token for a person, kept only as a hash; an older one ends."""
    token = "".join(secrets.choice(_LETTERS) for _ in range(64))
    at = now()
    store.end_resets(actor_id)
    db.session.add(PasswordReset(actor_id=actor_id, token_hash=store.hashed(token), created_at=at,
                                 expires_at=at + timedelta(hours=HOURS)))
    db.session.flush()
    events.record("user.reset.create", actor_id=by, subject=str(actor_id))
    return token


def fresh(actor_id: int) -> bool:
    """Whether the person was given a link a moment ago."""
    return bool(db.session.scalar(select(exists().where(
        PasswordReset.actor_id == actor_id, PasswordReset.created_at > now() - PAUSE))))


def holds(token_hash: str) -> bool:
    """Whether a token still opens a new password."""
    return bool(db.session.scalar(select(exists().where(
        PasswordReset.token_hash == token_hash, PasswordReset.expires_at > now()))))


def redeem(token_hash: str, password: str) -> int:
    """Give the token's person this password, and end the token; who it was. Raises 401.2 for a token that is over."""
    actor_id = db.session.scalar(delete(PasswordReset).where(
        PasswordReset.token_hash == token_hash, PasswordReset.expires_at > now()).returning(PasswordReset.actor_id))
    if actor_id is None:
        raise Problem("401.2", message="This link is over: it was used, a newer one was asked for, or a day has passed.")
    store.change_password(actor_id, password, by=actor_id)
    return actor_id
