"""Routes of drafts: look, replace, drop, publish (PROTOCOL §3 "Form", §2.8)."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from server.blueprints import PUBLIC, Need
from server.problems import Problem
from server.projects import store as projects
from server.publishing import shown, sources, store
from server.publishing.form_views import DEFINITION, FORM, UNREADABLE, receive
from server.publishing.models import FormRow, FormVersion
from server.publishing.room import room
from server.publishing.schemas import Definition, FieldShown, FieldsWanted, FormExtended, Publishing
from server.publishing.sources import Source
from server.schemas import SUCCESS, Success

DRAFT = f"{FORM}/draft"
TRIAL = "/test/<token>/projects/<int:project>/forms/<form>/draft"
READ, WRITE = Need("form.read"), Need("form.update")


def drafted(project: int, form: str) -> tuple[FormRow, FormVersion]:
    """The form with its draft, or the problem 404.1."""
    row = store.get_form(project, form)
    draft = store.draft_version(row.id)
    if draft is None:
        raise Problem("404.1", message=f"The form {form} has no draft.")
    return row, draft


def on_trial(token: str, project: int, form: str) -> tuple[FormRow, FormVersion]:
    """The draft that is tried under this token: 404.4 for a token that is over, 404.1 for another form."""
    found = store.draft_by_token(token)
    if found is None or projects.find(found[0].project_id) is None:
        raise Problem("404.4")
    if (found[0].project_id, found[0].xml_form_id) != (project, form):
        raise Problem("404.1")
    return found


@room.on("GET HEAD", DRAFT, READ, answers=FormExtended)
def get_draft(project: int, form: str) -> Any:
    """The draft of a form, with the token under which it can be tried."""
    return shown.form(*drafted(project, form))


@room.on("GET HEAD", f"{DRAFT}.xml", READ, gives="application/xml", status="200 304")
def get_draft_xml(project: int, form: str) -> Response:
    """The XForm of the draft, byte for byte."""
    return shown.xml(drafted(project, form)[1])


@room.on("GET HEAD", f"{TRIAL}.xml", PUBLIC, gives="application/xml", status="200 304", problems="404.4")
def get_trial_xml(token: str, project: int, form: str) -> Response:
    """The XForm of a draft on trial; its token is all one needs."""
    return shown.xml(on_trial(token, project, form)[1])


@room.on("GET HEAD", f"{DRAFT}.xlsx", READ, gives=sources.XLSX, status="200 304")
def get_draft_xlsx(project: int, form: str) -> Response:
    """The workbook of the draft."""
    return shown.workbook(*drafted(project, form), "xlsx")


@room.on("GET HEAD", f"{DRAFT}.xls", READ, gives=sources.XLS, status="200 304")
def get_draft_xls(project: int, form: str) -> Response:
    """The workbook of the draft, if it is one of Excel 97."""
    return shown.workbook(*drafted(project, form), "xls")


@room.on("GET HEAD", f"{DRAFT}/fields", READ, query=FieldsWanted, answers=[FieldShown])
def get_draft_fields(project: int, form: str, query: dict[str, Any]) -> Any:
    """All fields of the draft, in its order."""
    return shown.fields(drafted(project, form)[1], query["odata"])


@room.on("POST", DRAFT, WRITE, query=Definition, answers=Success, before=receive, takes=DEFINITION, problems=UNREADABLE)
def create_draft(project: int, form: str, came: Source | None, query: dict[str, Any]) -> Any:
    """Replace the draft; an empty body copies the published version, files included."""
    row = store.get_form(project, form)
    store.create_draft(row, came, g.caller.actor_id, ignore_warnings=query["ignore_warnings"])
    return SUCCESS


@room.on("DELETE", DRAFT, WRITE, answers=Success, problems="409.7")
def delete_draft(project: int, form: str) -> Any:
    """Drop the draft of a published form."""
    store.delete_draft(store.get_form(project, form), g.caller.actor_id)
    return SUCCESS


@room.on("POST", f"{DRAFT}/publish", WRITE, query=Publishing, answers=Success, problems="400.8 400.17 400.25 409.6")
def publish_draft(project: int, form: str, query: dict[str, Any]) -> Any:
    """Make the draft the version that phones get; `version` is written into its XML."""
    store.publish_draft(store.get_form(project, form), g.caller.actor_id, query["version"])
    return SUCCESS
