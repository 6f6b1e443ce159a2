"""What the door refused and keeps: read it, beside the record it collides with, take it in or discard it (PROTOCOL §B.3, §B.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from forms import Form, flatten
from forms.answers import Answers, generic_path
from forms.diff import IDENTITY, diff
from server.accounts import store as accounts
from server.blueprints import Need
from server.db import db
from server.desk import pictures, sheet, words
from server.desk.places import Places
from server.desk.room import room
from server.grants import covers
from server.problems import Problem
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.submissions import store as submissions
from server.submissions.models import SubmissionVersion

QUARANTINE = "/<int:project>/quarantine"
ONE = f"{QUARANTINE}/<int:held>"
DECIDE = Need("submission.update")
STATES = ("waiting", "accepted", "discarded", "arrived")
PAGE = 30
SHOWN = 30_000  # letters of an XML that no form can lay out


def why(row: Any) -> str:
    """Why it was refused, in plain words."""
    said = {
        "unknownForm": _("This form is not known here"), "formClosed": _("The form was closed"),
        "unknownVersion": _("The form version “%(version)s” was never published here", version=row.form_version),
        "differs": _("A record of the same number is stored, with other answers"),
        "superseded": _("It corrects a version that was replaced meanwhile"),
        "deleted": _("The record it belongs to was deleted"), "unknownBase": _("The record it corrects is not here"),
        "idTaken": _("Its number is used by another record"), "idTooLong": _("Its number is too long"),
        "noFormId": _("It does not say which form it belongs to")}
    return str(said.get(row.reason) or (_("The file cannot be read") if not row.instance_id else row.message))


def state_names() -> dict[str, str]:
    return {"waiting": _("Waiting for a decision"), "accepted": _("Taken in"), "discarded": _("Discarded"),
            "arrived": _("Arrived later by itself")}


@room.on("GET HEAD", QUARANTINE, DECIDE)
def quarantine(project: int) -> str:
    """What is kept of one's areas, last seen first."""
    g.section = "desk.queue"
    areas = g.caller.areas("submission.update", project)
    state, page = request.args.get("state", "waiting"), max(1, request.args.get("page", 1, int))
    state = state if state in STATES else "waiting"
    found = submissions.held(project, areas, state, limit=PAGE + 1, offset=(page - 1) * PAGE)
    places, titles = Places.of(areas), {form.xml_form_id: version.title for form, version in publishing.forms_of(project)}
    return render_template("desk/quarantine.html", lines=found[:PAGE], more=len(found) > PAGE, page=page, state=state, why=why,
                           counts=submissions.held_counts(project, areas), states=state_names(), places=places, titles=titles)


@dataclass(frozen=True, slots=True)
class Difference:
    """An answer that differs: what was refused, and what is stored."""

    question: str
    refused: list[str]
    stored: list[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """The record that something refused belongs to, as far as its reader may see it."""

    found: submissions.Beside
    visible: bool
    current: SubmissionVersion | None = None
    sender: str = ""
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """Something refused as its page shows it: read by a version of its form, if there is one."""

    project: int
    held: submissions.Held
    row: FormRow | None
    versions: list[FormVersion]
    read_with: FormVersion | None
    form: Form | None
    answers: Answers
    standing: Standing | None

    @property
    def obstacle(self) -> str:
        """Why nobody, or not this reader, can take it in; "" when nothing stands in the way."""
        if not self.held.readable:
            return str(_("It cannot be taken in. Download it if somebody can still read it, then discard it."))
        if self.row is None or not self.versions:
            return str(_("It can be taken in as soon as its form is published here."))
        if self.standing and not self.standing.visible:
            return str(_("It belongs to a record outside your area. Whoever may change that one must decide."))
        if self.row.state == "closed" and not g.caller.may("form.update", self.project, self.row.xml_form_id):
            return str(_("The form is closed. A manager can still take it in."))
        if self.standing and self.standing.found.submission.deleted_at and not g.caller.may("submission.restore", self.project):
            return str(_("The record was deleted. A manager can bring it back and take this in."))
        return ""

    @property
    def choose(self) -> bool:
        """Whether a published version has to be chosen to read it."""
        return self.held.row.form_version not in {version.version for version in self.versions}


def _opened(project: int, number: int) -> Opened:
    areas = g.caller.areas("submission.update", project)
    held = submissions.held_one(project, areas, number)
    instance = submissions.instance_of(held.row) if held.readable else None
    row = publishing.find_form(project, instance.xml_form_id) if instance else None
    versions = publishing.versions(row.id) if row else []
    wanted = request.values.get("version", held.row.form_version)
    chosen = next((version for version in versions if version.version == wanted), None) or (versions[0] if versions else None)
    form = publishing.definition(chosen) if chosen else None
    answers = flatten(instance, form) if instance and form else {}
    return Opened(project, held, row, versions, chosen, form, answers, _standing(held, project, form, answers))


def _standing(held: submissions.Held, project: int, form: Form | None, answers: Answers) -> Standing | None:
    found = submissions.beside(held.row)
    if found is None or form is None:
        return None
    if not covers(g.caller.areas("submission.update", project, held.row.xml_form_id), found.submission.area):
        return Standing(found, False)
    current = submissions.current(found.submission.id)
    return Standing(found, True, current, accounts.name_of(current.submitter_id), _differences(form, current.answers, answers))


def _differences(form: Form, stored: Answers, refused: Answers) -> tuple[Difference, ...]:
    source, other = (sheet.Source(form, answers, words.language()) for answers in (refused, stored))
    found = []
    for change in diff(stored, refused, IDENTITY):
        field = form.by_path.get(generic_path(change.path))
        if change.path.startswith("/meta/") or (field is not None and not sheet.is_question(field)):
            continue  # what the phone wrote by itself
        new, old = ([] if not value else sheet.shown(field, value, at) if field else [value]
                    for value, at in ((change.new, source), (change.old, other)))
        if new or old:
            found.append(Difference(sheet.question(source, change.path), new, old))
    return tuple(found)


@room.on("GET HEAD", ONE, DECIDE)
def held(project: int, held: int) -> str:
    """One of them; `version` reads it with another published version of its form."""
    return _page(_opened(project, held))


def _page(found: Opened, wrong: str = "", reason: str = "", missing: bool = False) -> str:
    g.section = "desk.queue"
    row, source = found.held.row, sheet.Source(found.form, found.answers, words.language()) if found.form else None
    places = Places.of(g.caller.areas("submission.update", found.project))
    sections, files = sheet.read(source) if source else [], {file.name: file for file in submissions.files_of(row.id)}
    return render_template(
        "desk/held.html", found=found, row=row, why=why(row), states=state_names(), places=places, wrong=wrong, reason=reason,
        missing=missing, sections=sections, strange=_strange(found.form, found.answers), files=files,
        missing_files=any(line.file and line.file not in files for section in sections for line in section.lines()), raw=row.xml.decode("utf-8", "replace")[:SHOWN],
        cut=len(row.xml) > SHOWN, name=row.instance_name or places.name(row.area) or row.instance_id or _("Unreadable record"))


def _strange(form: Form | None, answers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Answers to what this form version does not ask."""
    return [(path, value) for path, value in answers.items()
            if value and form and not path.startswith("/meta/") and generic_path(path) not in form.by_path]


@room.on("GET HEAD", ONE + "/files/<name>", DECIDE)
def held_file(project: int, held: int, name: str) -> Response:
    """A file that came with it; `size=small` gives a small picture."""
    row = submissions.held_one(project, g.caller.areas("submission.update", project), held).row
    file = next((file for file in submissions.files_of(row.id) if file.name == name), None)
    if file is None:
        raise Problem("404.1")
    return pictures.small(file.sha256) if request.args.get("size") == "small" else pictures.whole(file.sha256, name)


@room.on("POST", ONE + "/accept", DECIDE)
def accept_held(project: int, held: int) -> Response:
    """Take it in and open the record; what still stands in the way is said on its page."""
    row = submissions.held_one(project, g.caller.areas("submission.update", project), held).row
    try:
        outcome = submissions.accept(row, g.caller, request.form.get("version"))
    except Problem as problem:
        if problem.code == "403.1":
            raise
        db.session.rollback()  # a record that was brought back for it stays where it was
        return make_response(_page(_opened(project, held), wrong=_refusal(problem)), problem.status)
    goal = url_for("desk.record", project=project, form=row.xml_form_id, instance=outcome.root_id, told="taken")
    return redirect(goal, 303)  # type: ignore[return-value]


@room.on("POST", ONE + "/discard", DECIDE)
def discard_held(project: int, held: int) -> Response:
    """Nobody needs it: it stays in the list of the discarded, with the reason."""
    row = submissions.held_one(project, g.caller.areas("submission.update", project), held).row
    reason = request.form.get("reason", "")
    try:
        submissions.discard(row, reason, g.caller.actor_id)
    except Problem as problem:
        return make_response(_page(_opened(project, held), "" if problem.code == "400.2" else _refusal(problem), reason,
                                   missing=problem.code == "400.2"), problem.status)
    return redirect(url_for("desk.quarantine", project=project, told="discarded"), 303)  # type: ignore[return-value]


def _refusal(problem: Problem) -> str:
    said = {"404.1": _("Its form is not published here."), "404.6": _("Choose a published version of the form."),
            "409.2": _("The form is closed."), "409.9": _("The record was changed at this moment. Look at it again."),
            "409.18": _("The record it belongs to was deleted."), "409.32": _("Somebody decided on it already.")}
    return str(said.get(problem.code, problem.message))
