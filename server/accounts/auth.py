"""From a request to its caller: phone key, bearer token, Basic, cookie, in the protocol's order (PROTOCOL §1)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

from flask import Request, current_app

from server.accounts import store
from server.grants import NOBODY, Caller
from server.problems import Problem

_checked: dict[bytes, tuple[float, int]] = {}  # a password once verified need not cost 30 ms each time
_salt = secrets.token_bytes(32)
KEEP_SECONDS = 300


def authenticate(request: Request) -> Caller:
    """Who sends this request. Raises 403.1 for a dead phone key, 401.2 for a wrong token or password."""
    if "pokja.key" in request.environ:
        return _by_key(str(request.environ["pokja.key"]))
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return _by_session(value.strip()) or _refuse()
    if kind.lower() == "basic":
        return _by_password(request)
    for name in ("__Host-session", "session"):
        if token := request.cookies.get(name):
            return _by_session(token, by_cookie=True) or NOBODY
    return NOBODY


def _refuse() -> Caller:
    raise Problem("401.2")


def _by_key(token: str) -> Caller:
    phone = store.find_app_user(token) if token else None
    if phone is None:
        raise Problem("403.1")
    return store.caller(phone.actor_id)


def _by_session(token: str, by_cookie: bool = False) -> Caller | None:
    session = store.find_session(store.hashed(token))
    if session is None:
        return None
    return store.caller(session.actor_id, session=session.token_hash, csrf=session.csrf, by_cookie=by_cookie)


def _by_password(request: Request) -> Caller:
    if not secure(request):
        raise Problem("401.3")
    given = request.authorization
    if given is None or given.username is None:
        raise Problem("401.2")
    email, password = given.username, given.password or ""
    key = hmac.new(_salt, f"{email.lower()}\0{password}".encode(), hashlib.sha256).digest()
    known = _checked.get(key)
    if known and known[0] > time.monotonic() and _unchanged(email, known[1]):
        return store.caller(known[1])
    user = checked_login(request, email, password)
    if len(_checked) > 1000:
        _checked.clear()
    _checked[key] = (time.monotonic() + KEEP_SECONDS, user)
    return store.caller(user)


def _unchanged(email: str, actor_id: int) -> bool:
    user = store.find_user(email)
    return user is not None and user.actor_id == actor_id


def forget_checked() -> None:
    """Forget verified passwords of this process: one of them was changed."""
    _checked.clear()


def checked_login(request: Request, email: str, password: str) -> int:
    """The actor id behind address and password, slowed down for guessers; raises 401.2 or 429.1."""
    from server.db import db

    subject = f"{email.strip().lower()[:300]} {request.remote_addr}"
    store.pause_guessing(subject, current_app.extensions["pokja.config"]["LOGIN_TRIES"])
    user = store.check_password(email, password)
    if user is None:
        store.note_failure(subject)
        db.session.commit()  # kept although the request ends in an error
        raise Problem("401.2", message="Wrong e-mail address or password.")
    store.forget_failures(subject)
    return user.actor_id


def secure(request: Request) -> bool:
    """Whether the request travelled over TLS (a trusted proxy may say so), or never left this machine."""
    return request.is_secure or (request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers)
