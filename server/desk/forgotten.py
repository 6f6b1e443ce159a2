"""A forgotten password: ask for a link, and choose a new one behind it (PROTOCOL §3 "Users", DESIGN §10)."""

from __future__ import annotations

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server import mail
from server.accounts import reset_store, resetting
from server.accounts import store as accounts
from server.blueprints import PUBLIC
from server.db import db
from server.desk.login import own_page
from server.desk.room import room
from server.problems import Problem


@room.on("GET HEAD", "/forgotten", PUBLIC)
def forgotten() -> str:
    """The form that asks for a link; without mail, whom to ask instead."""
    return render_template("desk/forgotten.html", offered=mail.offered(), asked=False, failed=None)


@room.on("POST", "/forgotten", PUBLIC)
def ask_for_link() -> Response:
    """Mail a link, if somebody has this address; the page says the same for every address."""
    own_page()
    failed, status = None, 200
    try:
        resetting.ask(request.form.get("email", ""))
    except Problem as problem:
        if problem.code != "429.1":
            raise
        failed, status = str(_("A link was asked for too often. Try again in 15 minutes.")), problem.status
    return make_response(render_template("desk/forgotten.html", offered=mail.offered(), asked=not failed, failed=failed), status)


@room.on("GET HEAD", "/reset", PUBLIC)
def reset() -> Response:
    """The page behind a link. Its token stands behind the #, where only the browser sees it."""
    return _page("")


def _page(token: str, failed: str = "", over: bool = False, status: int = 200) -> Response:
    response = make_response(render_template("desk/reset.html", token=token, failed=failed, over=over), status)
    # The policy of all pages, same-origin, stays: "no-referrer" would send the form with the origin "null", see own_page.
    response.headers["Cache-Control"] = "no-store"
    return response


@room.on("POST", "/reset", PUBLIC)
def choose_password() -> Response:
    """Set the new password, once; then one logs in with it."""
    own_page()
    token, new = request.form.get("token", ""), request.form.get("new", "")
    if new != request.form.get("again", ""):
        return _page(token, str(_("The two passwords differ.")), status=400)
    try:
        reset_store.redeem(accounts.hashed(token), new)
    except Problem as problem:
        db.session.rollback()
        return _page(token, _refusal(problem), problem.code == "401.2", problem.status)
    return redirect(url_for("desk.login", told="password"), 303)  # type: ignore[return-value]


def _refusal(problem: Problem) -> str:
    if problem.code == "400.21":
        return str(_("A password has at least %(min)s characters.", min=problem.details["min"]))
    if problem.code == "401.2":
        return str(_("This link no longer works: it was used, a newer one was asked for, or a day has passed."))
    return str(_("This password is too long."))
