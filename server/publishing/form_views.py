"""Routes of forms: list, create, look, open and close, trash (PROTOCOL §3 "Form")."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from flask import Response, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from server.blueprints import SIGNED_IN, Need
from server.grants import Caller
from server.lists import part
from server.problems import Problem
from server.projects import store as projects
from server.publishing import shown, sources, store
from server.publishing.models import FormRow, FormVersion
from server.publishing.room import room
from server.publishing.schemas import (
    Definition,
    DeletedForm,
    FieldShown,
    FieldsWanted,
    FormExtended,
    FormShown,
    FormsWanted,
    StateChange,
)
from server.publishing.sources import Source
from server.schemas import SUCCESS, Success

FORMS = "/projects/<int:project>/forms"
FORM = f"{FORMS}/<form>"
DEFINITION = f"application/xml {sources.XLSX} {sources.XLS}"
UNREADABLE = "400.2 400.8 400.15 400.16 400.17 400.25 400.27 400.41 409.3"  # what a definition may be refused for
FILL = Need("open_form.read")  # who fills forms also fetches them; `fillable` holds back what is not open


def receive(project: int, form: str | None = None) -> Source | None:
    """Read and convert the form definition in the body, outside any transaction; None when the body is empty."""
    data = _body()
    if not data:
        return None
    kind = request.mimetype
    fallback = unquote(request.headers.get("X-XlsForm-FormId-Fallback", "")) or form
    if fallback is not None and not fallback.isprintable():
        raise Problem("400.8", field="X-XlsForm-FormId-Fallback", value=ascii(fallback), reason="it holds signs that cannot be shown.")
    if kind in (sources.XLSX, sources.XLS) or data.startswith(sources.WORKBOOKS):
        return sources.from_excel(data, "form.xlsx", fallback)
    return sources.from_xform(data)


def _body() -> bytes:
    try:
        return request.get_data(cache=False)
    except RequestEntityTooLarge:
        raise Problem("413.1", max_mb=current_app.extensions["pokja.config"]["MAX_UPLOAD_MB"]) from None


@room.on("GET HEAD", FORMS, SIGNED_IN, query=FormsWanted, answers=[FormExtended])
def list_forms(project: int, query: dict[str, Any]) -> Any:
    """The forms that the caller may see; `deleted=true` lists the trash."""
    caller: Caller = g.caller
    if not any(grant.project_id in (None, project) and (grant.gives("form.list") or grant.gives("open_form.list"))
               for grant in caller.grants):
        raise Problem("403.1")
    projects.get(project)
    if query["deleted"]:
        return _trash(project, query)
    seen = [pair for pair in store.listing(project) if _listed(caller, *pair)]
    return shown.many(list(part(seen, query)))


def _listed(caller: Caller, row: FormRow, version: FormVersion) -> bool:
    if caller.may("form.list", row.project_id, row.xml_form_id):
        return True
    return version.current and row.state == "open" and caller.may("open_form.list", row.project_id, row.xml_form_id)


def _trash(project: int, query: dict[str, Any]) -> Any:
    if not g.caller.may("form.restore", project):
        raise Problem("403.1")
    pairs = part(store.listing(project, deleted=True), query)
    return DeletedForm(many=True).dump([shown.plain(*pair) for pair in pairs])


@room.on("POST", FORMS, Need("form.create"), query=Definition, answers=FormShown, before=receive, takes=DEFINITION,
         problems=UNREADABLE)
def create_form(project: int, came: Source | None, query: dict[str, Any]) -> Any:
    """Make a form from XForm XML or a workbook: a draft, or published at once."""
    projects.get(project)
    if came is None:
        raise Problem("400.2", field="The form definition")
    pair = store.create_form(project, came, g.caller.actor_id, ignore_warnings=query["ignore_warnings"],
                             publish=query["publish"])
    return shown.form(*pair)


def known(project: int, form: str) -> tuple[FormRow, FormVersion]:
    """The form with its published version, or the draft of a never-published form."""
    row = store.get_form(project, form)
    version = store.shown_version(row.id)
    if version is None:
        raise Problem("404.1", message=f"There is no form {form} in this project.")
    return row, version


def fillable(project: int, form: str) -> tuple[FormRow, FormVersion]:
    """The same for whoever may only fill forms: published and not closed ones alone exist for them."""
    row, version = known(project, form)
    if not g.caller.may("form.read", project, form) and (not version.current or row.state == "closed"):
        raise Problem("404.1", message=f"There is no form {form} in this project.")
    return row, version


@room.on("GET HEAD", FORM, Need("form.read"), answers=FormExtended)
def get_form(project: int, form: str) -> Any:
    """One form."""
    return shown.form(*known(project, form))


@room.on("GET HEAD", f"{FORM}.xml", FILL, gives="application/xml", status="200 304")
def get_xml(project: int, form: str) -> Response:
    """The XForm, byte for byte."""
    return shown.xml(fillable(project, form)[1])


@room.on("GET HEAD", f"{FORM}.xlsx", Need("form.read"), gives=sources.XLSX, status="200 304")
def get_xlsx(project: int, form: str) -> Response:
    """The workbook of the form."""
    return shown.workbook(*known(project, form), "xlsx")


@room.on("GET HEAD", f"{FORM}.xls", Need("form.read"), gives=sources.XLS, status="200 304")
def get_xls(project: int, form: str) -> Response:
    """The workbook of the form, if it is one of Excel 97."""
    return shown.workbook(*known(project, form), "xls")


@room.on("GET HEAD", f"{FORM}/fields", Need("form.read"), query=FieldsWanted, answers=[FieldShown])
def get_fields(project: int, form: str, query: dict[str, Any]) -> Any:
    """All fields of the form, in its order."""
    return shown.fields(known(project, form)[1], query["odata"])


@room.on("PATCH", FORM, Need("form.update"), body=StateChange, answers=FormShown)
def change_form(project: int, form: str, body: dict[str, Any]) -> Any:
    """Open or close a form."""
    row, version = known(project, form)
    store.set_state(row, body["state"], g.caller.actor_id)
    return shown.form(row, version)


@room.on("DELETE", FORM, Need("form.delete"), answers=Success)
def delete_form(project: int, form: str) -> Any:
    """Put a form into the trash."""
    store.delete_form(store.get_form(project, form), g.caller.actor_id)
    return SUCCESS


@room.on("POST", f"{FORMS}/<int:number>/restore", Need("form.restore"), answers=Success, problems="409.3")
def restore_form(project: int, number: int) -> Any:
    """Take a form out of the trash, by its number."""
    store.restore_form(project, number, g.caller.actor_id)
    return SUCCESS
