"""Log in, log out, the page's language (PROTOCOL §1, DESIGN §10)."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server import events, mail
from server.accounts import auth, store
from server.accounts.models import Session
from server.blueprints import PUBLIC, SIGNED_IN
from server.desk import store as desk_store
from server.desk import words
from server.desk.room import room
from server.problems import Problem


@room.on("GET HEAD", "/login", PUBLIC)
def login() -> Response | str:
    """The log-in form; whoever is logged in already goes on."""
    following = local(request.args.get("next"))
    if g.caller.actor_id is not None and g.caller.by_cookie:
        return redirect(following)  # type: ignore[return-value]
    return _page(following)


def _page(following: str, email: str = "", failed: str | None = None) -> str:
    return render_template("desk/login.html", following=following, email=email, failed=failed, mail_offered=mail.offered())


@room.on("POST", "/login", PUBLIC)
def log_in() -> Response:
    """Check the password, slowly for guessers, and open the desk."""
    own_page()
    following = local(request.form.get("next"))
    email, password = request.form.get("email", "").strip(), request.form.get("password", "")
    try:
        actor_id = auth.checked_login(request, email, password)
    except Problem as problem:
        if problem.code not in ("401.2", "429.1"):
            raise
        return make_response(_page(following, email, _refusal(problem)), problem.status)
    response = make_response(redirect(following, 303))
    return _with_session(response, actor_id)


def _refusal(problem: Problem) -> str:
    if problem.code == "429.1":
        return str(_("Too many wrong passwords. Try again in %(minutes)s minutes.", minutes=problem.details["minutes"]))
    return str(_("Wrong e-mail address or password."))


def _with_session(response: Response, actor_id: int) -> Response:
    user = desk_store.user(actor_id)
    assert user is not None  # its password was checked in this transaction
    token, session = store.open_session(user, current_app.extensions["pokja.config"]["SESSION_HOURS"])
    events.record("user.session.create", actor_id=actor_id, subject=str(actor_id), details={"userAgent": request.user_agent.string[:255]})
    keep_cookies(response, token, session)
    return response


def keep_cookies(response: Response, token: str, session: Session) -> None:
    """Give the browser its session; over plain http the cookie cannot have the `__Host-` name.

    Lax, not Strict: a record's address that a colleague sent must open. Every change carries the forgery word.
    """
    age = int((session.expires_at - datetime.now(UTC)).total_seconds())
    name = "__Host-session" if request.is_secure else "session"
    response.set_cookie(name, token, max_age=age, httponly=True, samesite="Lax", secure=request.is_secure, path="/")


@room.on("POST", "/logout", SIGNED_IN)
def log_out() -> Response:
    """End this log-in."""
    if g.caller.session:
        store.close_session(g.caller.session)
    response = make_response(redirect(url_for("desk.login"), 303))
    for name in ("__Host-session", "session", "__csrf"):
        response.set_cookie(name, "", max_age=0, path="/", secure=name.startswith("__Host-"), httponly=name != "__csrf")
    return response


@room.on("POST", "/language", PUBLIC)
def language() -> Response:
    """Show the pages in another language from now on."""
    own_page()
    chosen = request.form.get("language", "")
    if chosen not in words.LANGUAGES:
        raise Problem("400.8", field="language", value=chosen, reason="choose one of " + ", ".join(words.LANGUAGES))
    response = make_response(redirect(local(request.form.get("next")), 303))
    if g.caller.actor_id is not None:
        desk_store.set_language(g.caller.actor_id, chosen)
    response.set_cookie(words.COOKIE, chosen, max_age=31536000, samesite="Lax", secure=request.is_secure, path="/desk")
    return response


def own_page() -> None:
    """Refuse a form that another site's page sent: before a log-in there is no session to hold a forgery word."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site in ("cross-site", "same-site") or (origin and urlsplit(origin).netloc != request.host):
        raise Problem("403.2")


def local(address: str | None) -> str:
    """Where to go on: a path of the desk, never another site."""
    home = url_for("desk.home")
    if not address or not address.startswith("/desk") or "\\" in address or any(ord(sign) < 32 for sign in address):
        return home
    parts = urlsplit(address)
    return address if not parts.netloc and not parts.scheme and not parts.path.startswith("/desk/log") else home
