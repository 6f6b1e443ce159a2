"""Routes of published versions, present and past (PROTOCOL §3 "Form")."""

from __future__ import annotations

from typing import Any

from flask import Response

from server.blueprints import Need
from server.lists import Page, part
from server.problems import Problem
from server.publishing import shown, sources, store
from server.publishing.form_views import FILL, FORM, fillable
from server.publishing.models import FormRow, FormVersion
from server.publishing.room import room
from server.publishing.schemas import FieldShown, FieldsWanted, FormExtended

VERSIONS = f"{FORM}/versions"
EMPTY = "___"  # how an address writes the empty version
READ = Need("form.read")


def published(project: int, form: str, version: str) -> tuple[FormRow, FormVersion]:
    """The form with that published version, or the problem 404.6."""
    row = store.get_form(project, form)
    found = store.published_version(row.id, "" if version == EMPTY else version)
    if found is None:
        raise Problem("404.6", version=version, form=form)
    return row, found


@room.on("GET HEAD", VERSIONS, READ, query=Page, answers=[FormExtended])
def list_versions(project: int, form: str, query: dict[str, Any]) -> Any:
    """All published versions of a form, newest first."""
    row = store.get_form(project, form)
    return shown.many([(row, version) for version in part(store.versions(row.id), query)])


@room.on("GET HEAD", f"{VERSIONS}/<version>", READ, answers=FormExtended, problems="404.6")
def get_version(project: int, form: str, version: str) -> Any:
    """One published version."""
    return shown.form(*published(project, form, version))


@room.on("GET HEAD", f"{VERSIONS}/<version>.xml", FILL, gives="application/xml", status="200 304", problems="404.6")
def get_version_xml(project: int, form: str, version: str) -> Response:
    """The XForm of a published version, byte for byte.

    Who fills an open form may read its past versions too: a record that came back is corrected on its own.
    """
    fillable(project, form)
    return shown.xml(published(project, form, version)[1])


@room.on("GET HEAD", f"{VERSIONS}/<version>.xlsx", READ, gives=sources.XLSX, status="200 304", problems="404.6")
def get_version_xlsx(project: int, form: str, version: str) -> Response:
    """The workbook of a published version."""
    return shown.workbook(*published(project, form, version), "xlsx")


@room.on("GET HEAD", f"{VERSIONS}/<version>.xls", READ, gives=sources.XLS, status="200 304", problems="404.6")
def get_version_xls(project: int, form: str, version: str) -> Response:
    """The workbook of a published version, if it is one of Excel 97."""
    return shown.workbook(*published(project, form, version), "xls")


@room.on("GET HEAD", f"{VERSIONS}/<version>/fields", READ, query=FieldsWanted, answers=[FieldShown], problems="404.6")
def get_version_fields(project: int, form: str, version: str, query: dict[str, Any]) -> Any:
    """All fields of a published version, in its order."""
    return shown.fields(published(project, form, version)[1], query["odata"])
