"""Decide on a submission, comment on its questions, rate its indicators differently (EXPECTATIONS S2, S3, S5, S6)."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request
from flask_babel import gettext as _

from server.accounts import store as accounts
from server.blueprints import Need
from server.desk import sheet
from server.desk.indicators import indicators, label_of, say
from server.desk.opening import Opened, opened
from server.desk.queue import address, query, state_names, wanted
from server.desk.records import RECORD, next_of, record_address, source_of
from server.desk.room import room
from server.problems import Problem
from server.reviews import store as reviews

REVIEW = Need("submission.review")
CHOICES = {"approved": "approved", "hasIssues": "hasIssues", "rejected": "rejected", "back": None}


@room.on("GET HEAD", RECORD + "/decide", REVIEW)
def decide_form(project: int, form: str, instance: str) -> str:
    """The form of a decision that needs a reason, with what the worker will read."""
    found = opened(project, form, instance, "submission.review")
    choice = request.args.get("choice", "")
    if choice not in CHOICES:
        raise Problem("404.1")
    return _decision_page(found, choice, request.args.get("reason", ""))


def _decision_page(found: Opened, choice: str, reason: str, missing: bool = False) -> str:
    g.section = "desk.queue"
    source = source_of(found)
    remarks = [(sheet.question(source, entry.comment.path) if entry.comment.path else _("On the whole"), entry.comment.body)
               for entry in reviews.comments(found.submission.id, found.version.id)]
    return render_template("desk/decide.html", found=found, choice=choice, **_as_shown(found), reason=reason, missing=missing, remarks=remarks,
                           states=state_names(), query=query(wanted(found.places)), worker=accounts.name_of(found.version.submitter_id))


def _as_shown(found: Opened) -> dict[str, str]:
    """What the reviewer's record page showed: its newest decision and its version, not those of this very moment.

    The form opens over a page that may be minutes old; a decision made since then must not be taken as seen.
    """
    return {"seen": request.values.get("seen", found.seen), "version": request.values.get("version", str(found.version.id))}


@room.on("POST", RECORD + "/decide", REVIEW)
def decide(project: int, form: str, instance: str) -> Response:
    """Write a decision and go on to the next submission; a decision made meanwhile is shown, not overwritten."""
    found = opened(project, form, instance, "submission.review")
    choice, reason = request.form.get("choice", ""), request.form.get("reason", "")
    if choice not in CHOICES:
        raise Problem("400.8", field="choice", value=choice, reason="it is no decision.")
    seen = request.form.get("seen", "")
    filters = wanted(found.places)
    following = next_of(found, filters)
    try:
        reviews.decide(found.submission, request.form.get("version", 0, int), CHOICES[choice], reason, g.caller.actor_id,
                       int(seen) if seen.isdecimal() else None)
    except Problem as problem:
        return _not_decided(problem, found, choice, reason)
    told = {"told": choice, "about": record_address(**found.parts()), **query(filters)}
    if choice == "back" or following is None or filters.state != "waiting":
        goal = record_address(**found.parts(), **told) if choice == "back" else address(project, filters, told=choice, about=told["about"])
    else:
        goal = record_address(project, *following, **told)
    return redirect(goal, 303)  # type: ignore[return-value]


def _not_decided(problem: Problem, found: Opened, choice: str, reason: str) -> Response:
    if problem.code == "400.2":
        return make_response(_decision_page(found, choice, reason, missing=True), 400)
    if problem.code not in ("409.30", "409.31"):
        raise problem
    g.section = "desk.queue"
    return make_response(render_template("desk/conflict.html", found=found, problem=problem, reason=reason, choice=choice,
                                         states=state_names(), newest=reviews.history(found.submission.id)[:1]), 409)


@room.on("GET HEAD", RECORD + "/comment", REVIEW)
def comment_form(project: int, form: str, instance: str) -> str:
    """The form of a comment on one question (`path`) or on the whole."""
    found = opened(project, form, instance, "submission.review")
    return _comment_page(found, request.args.get("path", ""), "")


def _comment_page(found: Opened, path: str, body: str, missing: bool = False) -> str:
    g.section = "desk.queue"
    source = source_of(found)
    line = next((line for section in sheet.read(source, True) for line in section.lines() if line.path == path), None)
    return render_template("desk/comment.html", found=found, path=path, line=line, body=body, missing=missing,
                           question=sheet.question(source, path) if path else _("On the whole"), view=request.values.get("view", ""),
                           query=query(wanted(found.places)))


@room.on("POST", RECORD + "/comment", REVIEW)
def comment(project: int, form: str, instance: str) -> Response:
    """Write a comment; the worker reads it when the submission is sent back."""
    found = opened(project, form, instance, "submission.review")
    path, body = request.form.get("path", ""), request.form.get("body", "")
    try:
        reviews.add_comment(found.submission, found.version.id, path or None, body, g.caller.actor_id)
    except Problem as problem:
        if problem.code != "400.2":
            raise
        return make_response(_comment_page(found, path, body, missing=True), 400)
    more = {"view": request.form.get("view") or None, **query(wanted(found.places))}
    goal = record_address(**found.parts(), told="commented", **more)
    return redirect(goal + ("#" + sheet.anchor(path) if path else "#remarks"), 303)  # type: ignore[return-value]


@room.on("GET HEAD", RECORD + "/rate", REVIEW)
def rate_form(project: int, form: str, instance: str) -> str:
    """The form of a reviewer's own rating of an indicator."""
    found = opened(project, form, instance, "submission.review")
    return _rating_page(found, request.args.get("indicator", ""))


def _rating_page(found: Opened, code: str, said: dict[str, Any] | None = None, missing: str = "") -> str:
    g.section = "desk.queue"
    result = indicators(found)
    if result is None or code not in result.by_code:
        raise Problem("404.1")
    own = next((rating for rating in result.ratings.get(code, []) if rating.actor_id == g.caller.actor_id), None)
    given = said or ({"value": own.value, "rejected": own.evidence_rejected, "reason": own.reason} if own else {})
    return render_template("desk/rate.html", found=found, one=result.by_code[code], code=code, label=label_of(found, code), own=own,
                           given=given, missing=missing, say=say, version=_as_shown(found)["version"], query=query(wanted(found.places)))


@room.on("POST", RECORD + "/rate", REVIEW)
def rate(project: int, form: str, instance: str) -> Response:
    """Write a rating, the rejection of an indicator's evidence, or take either back."""
    found = opened(project, form, instance, "submission.review")
    code, reason = request.form.get("indicator", ""), request.form.get("reason", "")
    said: dict[str, Any] = {"value": request.form.get("value", ""), "rejected": "rejected" in request.form, "reason": reason}
    takes_back = request.form.get("act") == "back"
    value = None if takes_back else _as_rating(said["value"])
    result = indicators(found)
    if result is None or code not in result.by_code:
        raise Problem("404.1")
    if not reason.strip() or (not takes_back and value is None and not said["rejected"]):
        return make_response(_rating_page(found, code, said, "reason" if not reason.strip() else "value"), 400)
    try:
        reviews.rate(found.submission, request.form.get("version", 0, int), code, value, bool(said["rejected"]) and not takes_back,
                     reason, g.caller.actor_id)
    except Problem as problem:
        if problem.code == "400.8":
            return make_response(_rating_page(found, code, said, "value"), 400)
        return _not_decided(problem, found, "", reason)
    goal = record_address(**found.parts(), told="rated", **query(wanted(found.places)))
    return redirect(goal + "#i-" + code, 303)  # type: ignore[return-value]


def _as_rating(text: str) -> float | None:
    """A rating as people write it, decimal comma or point; None for an empty field."""
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        return -1.0  # refused by the store like any other value outside 0–100
    return value if value == value else -1.0
