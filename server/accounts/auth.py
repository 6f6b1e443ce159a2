"""From a request to its caller: phone key, bearer token, Basic, Digest, cookie, in the protocol's order (PROTOCOL §1)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time
from datetime import datetime, timedelta

from flask import Request, Response, after_this_request, current_app, request

from server.accounts import digest, key_store, reset_store, store
from server.accounts.models import User
from server.db import db, now, transaction
from server.grants import BY_SYSTEM, NOBODY, Caller, Grant
from server.problems import Problem

# A password once verified need not cost 30 ms each time: until when, whose, and which stored hash it matched.
_checked: dict[bytes, tuple[float, int, str]] = {}
_salt = secrets.token_bytes(32)
KEEP_SECONDS = 300
_TOKEN = re.compile(r"[A-Za-z0-9!$]{64}")
RESET = Grant(BY_SYSTEM["pwreset"].id)
HEARD_EVERY = timedelta(hours=1)


def authenticate(request: Request) -> Caller:
    """Who sends this request. Raises 403.1 for a dead phone key, 401.2 for a wrong token or password."""
    if "pokja.key" in request.environ:
        return _by_key(str(request.environ["pokja.key"]))
    if "st" in request.args:
        return _by_key(request.args["st"])
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return _by_session(value.strip()) or _by_reset(value.strip()) or _refuse()
    if kind.lower() == "basic":
        return _by_password(request)
    if kind.lower() == "digest" and _offers_digest():
        return _by_digest(request)
    for name in ("__Host-session", "session"):
        if token := request.cookies.get(name):
            return _by_session(token, by_cookie=True) or NOBODY
    return NOBODY


def _refuse() -> Caller:
    raise Problem("401.2")


def _by_key(token: str) -> Caller:
    found = key_store.find(token) if _TOKEN.fullmatch(token) else None
    if found is None:
        raise Problem("403.1")
    caller, last_used = found
    _note_use(caller.actor_id or 0, last_used)
    return caller


def _note_use(actor_id: int, last_used: datetime | None) -> None:
    """Note that the phone was heard of: at most once an hour and after the answer, so that reading stays reading."""
    if last_used is not None and now() - last_used < HEARD_EVERY:
        return

    @after_this_request
    def note(response: Response) -> Response:
        store.note_use(actor_id, HEARD_EVERY)
        return response


def _by_session(token: str, by_cookie: bool = False) -> Caller | None:
    session = store.find_session(store.hashed(token))
    if session is None:
        return None
    found = store.caller(session.actor_id, session=session.token_hash, csrf=session.csrf, by_cookie=by_cookie)
    return found if found.actor_id is not None else None


def _by_reset(token: str) -> Caller | None:
    """Whoever holds a link to a new password is nobody in particular, who may set that password and nothing else."""
    found = store.hashed(token)
    return Caller(kind="pwreset", session=found, grants=(RESET,)) if reset_store.holds(found) else None


def _by_password(request: Request) -> Caller:
    if not secure(request):
        raise Problem("401.3")
    given = request.authorization
    if given is None or not given.username or not (given.username + (given.password or "")).isprintable():
        raise Problem("401.2")
    email, password = given.username, given.password or ""
    key = hmac.new(_salt, f"{email.lower()}\0{password}".encode(), hashlib.sha256).digest()
    known = _checked.get(key)
    if known and known[0] > time.monotonic():
        person = key_store.find_person(email)  # whichever process changed the password since
        if person and person[0].actor_id == known[1] and person[1] == known[2]:
            return person[0]
    actor_id = checked_login(request, email, password)
    if len(_checked) > 1000:
        _checked.clear()
    user = store.find_user(email)
    if user and user.password:
        _checked[key] = (time.monotonic() + KEEP_SECONDS, actor_id, user.password)
    return store.caller(actor_id)


def _by_digest(request: Request) -> Caller:
    said = digest.given(request)
    subject = _subject(request, said["username"])
    failed = _pause_guessing(subject)
    person = store.find_user(said["username"])
    if not digest.matches(request, said, person.digest if person else None) or person is None:
        _remember_failure(subject)
        raise Problem("401.2", message="Wrong e-mail address or password.")
    _forget_failures(subject, failed)
    return store.caller(person.actor_id)


def _offers_digest() -> bool:
    return bool(current_app.extensions["pokja.config"]["DIGEST_AUTH"])


def checked_login(request: Request, email: str, password: str) -> int:
    """The actor id behind address and password, slowed down for guessers; raises 401.2 or 429.1."""
    subject = _subject(request, email)
    failed = _pause_guessing(subject)
    person = store.check_password(email, password)
    if person is None:
        _remember_failure(subject)
        raise Problem("401.2", message="Wrong e-mail address or password.")
    _forget_failures(subject, failed)
    _complete_digest(person, password)
    return person.actor_id


def _complete_digest(person: User, password: str) -> None:
    """Make the Digest secret of a person who had a password before the operator offered Digest."""
    if _offers_digest() and person.digest is None:
        actor_id, secret = person.actor_id, store.digest_secret(person.email, password)
        db.session.rollback()
        with transaction():
            store.user(actor_id)[0].digest = secret


def _subject(request: Request, email: str) -> str:
    return f"{email.strip().lower()[:300]} {request.remote_addr}"


def _pause_guessing(subject: str) -> int:
    """How many wrong passwords came lately; raises 429.1 when they are too many."""
    failed = store.failures(subject)
    if failed >= current_app.extensions["pokja.config"]["LOGIN_TRIES"]:
        raise Problem("429.1", minutes=15, headers={"Retry-After": "900"})
    return failed


def _remember_failure(subject: str) -> None:
    # In a transaction of its own: the request ends in an error, and a reading one may not write.
    db.session.rollback()
    with transaction():
        store.note_failure(subject)


def _forget_failures(subject: str, failed: int) -> None:
    if failed:
        db.session.rollback()
        with transaction():
            store.forget_failures(subject)


def secure(request: Request) -> bool:
    """Whether the request travelled over TLS (a trusted proxy may say so), or never left this machine."""
    return request.is_secure or (request.remote_addr in ("127.0.0.1", "::1") and "X-Forwarded-For" not in request.headers)


def challenge(response: Response) -> Response:
    """Ask for credentials where clients answer only a challenge: OpenRosa apps and OData readers, never pages' scripts."""
    if response.status_code != 401 or "Authorization" in request.headers or _by_secret_address(request) or _from_script():
        return response
    odata = ".svc" in request.path
    if not odata and "X-OpenRosa-Version" not in request.headers:
        return response
    if secure(request) and not any(each.startswith("Basic") for each in response.headers.getlist("WWW-Authenticate")):
        response.headers.add("WWW-Authenticate", f'Basic realm="{store.REALM}", charset="UTF-8"')
    if _offers_digest() and not odata:
        response.headers.add("WWW-Authenticate", digest.challenge())
    return response


def _by_secret_address(request: Request) -> bool:
    """Whether the address itself says who asks: then there is no password to ask for."""
    return "pokja.key" in request.environ or "st" in request.args


def _from_script() -> bool:
    fetched = request.headers.get("Sec-Fetch-Mode", "navigate")
    return request.headers.get("X-Requested-With") == "XMLHttpRequest" or fetched != "navigate"
