"""Forms of a project: what is published, a workbook checked as a draft, published with one more press (DESIGN §4.1)."""

from __future__ import annotations

from typing import Any

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from forms import walk
from server.blueprints import Need
from server.db import db
from server.desk.room import room
from server.problems import Problem
from server.publishing import checks, sources
from server.publishing import store as publishing
from server.publishing.models import FormVersion
from server.publishing.sources import Source

FORMS = "/<int:project>/forms"
SPOKEN = ("400.8", "400.15", "400.17", "400.41", "409.3", "409.6", "400.2", "400.13", "400.27")


@room.on("GET HEAD", FORMS, Need("form.update"))
def forms(project: int) -> str:
    """The forms with their published versions and drafts."""
    return _list_page(project)


def _list_page(project: int, problem: Problem | None = None) -> str:
    rows = [(row, version, publishing.draft_version(row.id)) for row, version in publishing.listing(project)]
    return render_template("desk/forms.html", rows=rows, problem=problem)


def receive_workbook(project: int) -> Source | Problem:
    """Read and convert the uploaded file, outside any transaction."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return Problem("400.2", field="file", message=_("Choose a file first."))
    data = sent.read()
    try:
        return sources.from_xform(data) if sent.filename.lower().endswith(".xml") else sources.from_excel(data, sent.filename)
    except Problem as problem:
        return problem


@room.on("POST", FORMS, Need("form.create"), before=receive_workbook)
def upload_form(project: int, came: Source | Problem) -> Response:
    """Take a workbook as a draft of the form it names; what is wrong with it is shown with sheet, row and column."""
    if isinstance(came, Problem):
        return make_response(_list_page(project, came), came.status)
    row = publishing.find_form(project, came.form.xml_form_id)
    try:
        if row is None:
            row, _version = publishing.create_form(project, came, g.caller.actor_id)
        else:
            publishing.create_draft(row, came, g.caller.actor_id)
    except Problem as problem:
        db.session.rollback()
        return make_response(_list_page(project, problem), problem.status)
    return redirect(url_for("desk.forms_one", project=project, form=row.xml_form_id), 303)  # type: ignore[return-value]


@room.on("GET HEAD", FORMS + "/<form>", Need("form.update"))
def forms_one(project: int, form: str) -> str:
    """One form: its versions, and its draft with everything to check."""
    return _form_page(project, form)


def _form_page(project: int, form: str, problem: Problem | None = None) -> str:
    row = publishing.get_form(project, form)
    draft, current = publishing.draft_version(row.id), publishing.current_version(row.id)
    return render_template("desk/form.html", row=row, draft=draft, current=current, versions=publishing.versions(row.id),
                           checked=_checked(draft, current) if draft else None, problem=problem)


def _checked(draft: FormVersion, current: FormVersion | None) -> dict[str, Any]:
    """What the author should look at before publishing."""
    form = publishing.definition(draft)
    warnings: dict[str, Any] = {}
    try:
        checks.warn(form, publishing.definition(current) if current else None)
    except Problem as problem:
        warnings = problem.details["warnings"]
    rubric = publishing.rubric(draft)
    return {"warnings": warnings.get("xlsFormWarnings", []), "workflow": warnings.get("workflowWarnings", []),
            "questions": sum(bool(found.control) and not found.container for found in walk(form.fields)),
            "languages": form.languages, "indicators": len(rubric.indicators) if rubric else 0,
            "missing": [slot.name for slot in publishing.attachments(draft.id) if slot.sha256 is None and slot.dataset_id is None],
            "same_version": current is not None and current.version == draft.version}


@room.on("POST", FORMS + "/<form>/publish", Need("form.update"))
def publish_form(project: int, form: str) -> Response:
    """Freeze the draft as the version that phones get."""
    row = publishing.get_form(project, form)
    version = request.form.get("version", "").strip()
    try:
        publishing.publish_draft(row, g.caller.actor_id, version or None)
    except Problem as problem:
        if problem.code not in SPOKEN:
            raise
        db.session.rollback()
        return make_response(_form_page(project, form, problem), problem.status)
    return redirect(url_for("desk.forms_one", project=project, form=form, told="published"), 303)  # type: ignore[return-value]


@room.on("POST", FORMS + "/<form>/discard", Need("form.update"))
def discard_draft(project: int, form: str) -> Response:
    """Drop the draft of a published form."""
    publishing.delete_draft(publishing.get_form(project, form), g.caller.actor_id)
    return redirect(url_for("desk.forms_one", project=project, form=form, told="saved"), 303)  # type: ignore[return-value]
