"""HTTP Digest for phones that log in by name over plain http (RFC 7616; PROTOCOL §1 "Challenge")."""

from __future__ import annotations

import hashlib
import hmac
import time

from flask import Request, current_app

from server.accounts import store
from server.problems import Problem

NONCE_SECONDS = 300


def challenge(stale: bool = False) -> str:
    """The value of WWW-Authenticate that asks for Digest."""
    more = ", stale=true" if stale else ""
    return f'Digest realm="{store.REALM}", qop="auth", algorithm=MD5, nonce="{_nonce(int(time.time()))}"{more}'


def _nonce(at: int) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    return f"{at:x}-{hmac.new(key, f'digest {at:x}'.encode(), hashlib.sha256).hexdigest()[:32]}"


def _age(nonce: str) -> float | None:
    """Seconds since we handed the nonce out; None when we never did."""
    try:
        at = int(nonce.partition("-")[0], 16)
    except ValueError:
        return None
    return time.time() - at if hmac.compare_digest(nonce.encode(), _nonce(at).encode()) else None


def given(request: Request) -> dict[str, str]:
    """What the client sent in its header; raises 401.2 when something is missing or was not asked for."""
    sent = request.authorization
    said = {name: value or "" for name, value in sent.parameters.items()} if sent else {}
    wanted = ("username", "realm", "nonce", "uri", "response", "nc", "cnonce", "qop")
    if any(not said.get(name, "").isprintable() or not said.get(name) for name in wanted) or said["qop"] != "auth" or said["realm"] != store.REALM:
        raise Problem("401.2")
    return said


def matches(request: Request, said: dict[str, str], secret: str | None) -> bool:
    """Whether the answer was made with this stored secret for this very request. A worn-out nonce is asked for anew."""
    age = _age(said["nonce"])
    if age is None or said["uri"] not in _targets(request):
        return False
    expected = _answer(secret or "", request.method, said)
    right = hmac.compare_digest(expected.encode(), said["response"].encode()) and bool(secret)
    if right and age > NONCE_SECONDS:
        raise Problem("401.2", headers={"WWW-Authenticate": challenge(stale=True)})
    return right


def _answer(secret: str, method: str, said: dict[str, str]) -> str:
    asked = _md5(f"{method}:{said['uri']}")
    return _md5(":".join((secret, said["nonce"], said["nc"], said["cnonce"], said["qop"], asked)))


def _targets(request: Request) -> set[str]:
    target = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path)
    return {target, target.partition("?")[0]}  # some clients sign the path alone


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
