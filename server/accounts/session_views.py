"""Routes of log-ins: open, look, end (PROTOCOL §1)."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g, request

from server import events
from server.accounts import auth, store
from server.accounts.models import Session
from server.accounts.room import room
from server.accounts.schemas import Login, SessionOpened, SessionShown
from server.blueprints import PUBLIC, SIGNED_IN, respond
from server.db import now
from server.problems import Problem
from server.schemas import SUCCESS, Success

COOKIES = ("__Host-session", "session", "__csrf")


@room.on("POST", "/sessions", PUBLIC, body=Login, answers=SessionOpened, problems="400.3")
def open_session(body: dict[str, str]) -> Response:
    """Log in with e-mail address and password."""
    blank = [name for name in ("email", "password") if not body[name].strip()]
    if blank:
        raise Problem("400.3", fields=", ".join(blank))
    actor_id = auth.checked_login(request, body["email"], body["password"])
    person, _ = store.user(actor_id)
    token, session = store.open_session(person, current_app.extensions["pokja.config"]["SESSION_HOURS"])
    events.record("user.session.create", actor_id=actor_id, subject=str(actor_id),
                  details={"userAgent": request.user_agent.string[:255]})
    shown = SessionOpened().dump({"token": token, "csrf": session.csrf, "created_at": session.created_at,
                                  "expires_at": session.expires_at})
    return _with_cookies(respond(shown), token, session)


def _with_cookies(response: Response, token: str, session: Session) -> Response:
    """Over plain http a cookie cannot have the `__Host-` name."""
    age = int((session.expires_at - now()).total_seconds())
    secure = request.is_secure
    response.set_cookie("__Host-session" if secure else "session", token, max_age=age, httponly=True, secure=secure,
                        samesite="Strict", path="/")
    response.set_cookie("__csrf", session.csrf, max_age=age, secure=secure, samesite="Strict", path="/")
    return response


@room.on("GET HEAD", "/sessions/restore", PUBLIC, answers=SessionShown, problems="404.1")
def restore_session() -> Response:
    """Say until when the present log-in holds; its token is not shown again."""
    session = store.find_session(g.caller.session) if g.caller.session else None
    if session is None:
        raise Problem("404.1", message="There is no log-in to go on with.", headers={"Cache-Control": "no-store"})
    response = respond(SessionShown().dump(session))
    response.headers["Cache-Control"] = "no-store"
    return response


@room.on("DELETE", "/sessions/current", SIGNED_IN, answers=Success)
def close_current() -> Response:
    """Log out."""
    if not g.caller.session:
        raise Problem("403.1", message="This request came without a log-in that could be ended.")
    store.close_session(g.caller.session)
    _note_end(g.caller.actor_id)
    return _without_cookies(respond(SUCCESS))


@room.on("DELETE", "/sessions/<token>", SIGNED_IN, answers=Success)
def close_session(token: str) -> Any:
    """End a log-in of one's own, or revoke a phone's link."""
    caller = g.caller
    session = store.find_session(store.hashed(token))
    if session is not None and (session.actor_id == caller.actor_id or caller.may("user.update")):
        store.close_session(session.token_hash)
        _note_end(session.actor_id)
        own = session.token_hash == caller.session
        return _without_cookies(respond(SUCCESS)) if own else SUCCESS
    phone = store.find_app_user(token)
    if phone is not None and (phone.actor_id == caller.actor_id or _may_end(phone.actor_id, phone.project_id)):
        store.revoke(phone, by=caller.actor_id)
        return SUCCESS
    raise Problem("403.1")


def _may_end(phone_id: int, project_id: int) -> bool:
    from server.accounts.phone_views import within

    return within("session.end", project_id, phone_id)


def _note_end(actor_id: int) -> None:
    events.record("user.session.end", actor_id=g.caller.actor_id, subject=str(actor_id))


def _without_cookies(response: Response) -> Response:
    for name in COOKIES:
        response.set_cookie(name, "", max_age=0, path="/", secure=request.is_secure, httponly=name != "__csrf")
    return response
