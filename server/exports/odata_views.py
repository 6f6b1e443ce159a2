"""The OData service of a form: what there is, what it means, and the rows (PROTOCOL §4)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from flask import Response, request

from forms import odata_metadata
from forms.odata_tables import Table, tables
from server.addresses import base
from server.blueprints import Need, respond
from server.exports.odata_asking import asked, speak, speak_json
from server.exports.odata_single import single
from server.exports.odata_writing import Writer
from server.exports.room import FORM, READ, room
from server.exports.schemas import ODataQuery
from server.exports.scope import Scope, scope, tag
from server.problems import Problem
from server.streams import Snapshot, streamed

SERVICE, DRAFT = f"{FORM}.svc", f"{FORM}/draft.svc"
DESCRIBE = Need("form.read")
SPEAKING = "406.1 501.1"  # what any address of a service may be refused for
ASKING = f"{SPEAKING} 400.18 400.23 400.35 501.4 501.5 501.6 501.11"
_CALL = re.compile(r"^(.*)\('((?:[^']|'')*)'\)$", re.DOTALL)


def _address(found: Scope) -> str:
    """The absolute address of the service."""
    form = quote(found.row.xml_form_id, safe="")
    return base(f"/projects/{found.project}/forms/{form}{'/draft' if found.trial else ''}.svc")


def _described(project: int, form: str, query: dict[str, Any], *, trial: bool = False) -> Response:
    speak()
    speak_json(query["format"])
    found = scope(project, form, trial=trial)
    response = respond(odata_metadata.service_document(found.form, _address(found)))
    response.add_etag()
    response.make_conditional(request)
    return response


def _metadata(project: int, form: str, *, trial: bool = False) -> Response:
    speak()
    found = scope(project, form, trial=trial)
    response = Response(odata_metadata.metadata(found.form), content_type="application/xml; charset=utf-8")
    response.set_etag(f"{found.version.id}-{found.version.sha256[:16]}")
    response.make_conditional(request)
    return response


def _rows(project: int, form: str, query: dict[str, Any], *, trial: bool = False) -> Response:
    speak()
    speak_json(query["format"])
    found = scope(project, form, trial=trial)
    steps = _steps()
    if len(steps) == 1 and not _CALL.match(steps[0]):
        table = tables(found.form).get(steps[0])
        if table is None:
            raise Problem("404.1", message=f"The form has no table {steps[0]}.")
        return _answered(found, lambda snapshot: _table(found, table, snapshot, query))
    return _answered(found, lambda snapshot: single(found, [_call(step) for step in steps], _address(found), snapshot, query))


def _answered(found: Scope, write: Callable[[Snapshot], Response]) -> Response:
    """The answer of a snapshot that lives as long as its body; 304 when the caller has it already."""
    snapshot = Snapshot()
    try:
        marked = tag(found, snapshot)
        if marked and request.if_none_match.contains_weak(marked):
            snapshot.close()
            response = Response(status=304)
        else:
            response = write(snapshot)
    except BaseException:
        snapshot.close()
        raise
    if marked:
        response.set_etag(marked)
    return response


def _table(found: Scope, table: Table, snapshot: Snapshot, query: dict[str, Any]) -> Response:
    options = [(name, value) for name, value in request.args.items(multi=True) if name != "st"]
    writer = Writer(asked(found, table, snapshot, query), snapshot, _address(found), table.name, options)
    return streamed(writer.body(), snapshot, "application/json; charset=utf-8")


def _steps() -> list[str]:
    """What stands behind `.svc/`, cut at slashes first and decoded then (PROTOCOL §0)."""
    behind = str(request.environ["pokja.raw_path"]).partition(".svc/")[2]
    return [unquote(step) for step in behind.rstrip("/").split("/")]


def _call(step: str) -> tuple[str, str | None]:
    """`Submissions('it''s')` as ("Submissions", "it's"); without brackets, the key is None."""
    found = _CALL.match(step)
    return (found[1], found[2].replace("''", "'")) if found else (step, None)


@room.on("GET HEAD", SERVICE, DESCRIBE, query=ODataQuery, gives="application/json", status="200 304", problems=SPEAKING)
def odata_service(project: int, form: str, query: dict[str, Any]) -> Response:
    """The tables of a form, as an OData service document."""
    return _described(project, form, query)


@room.on("GET HEAD", f"{SERVICE}/$metadata", DESCRIBE, gives="application/xml", status="200 304", problems=SPEAKING)
def odata_metadata_document(project: int, form: str) -> Response:
    """The types of a form's tables, as EDMX 4.0."""
    return _metadata(project, form)


@room.on("GET HEAD", f"{SERVICE}/<path:table>", READ, query=ODataQuery, gives="application/json", status="200 304",
         problems=ASKING)
def odata_rows(project: int, form: str, table: str, query: dict[str, Any]) -> Response:
    """The rows of a table, of one submission, or of a repeat in it."""
    return _rows(project, form, query)


@room.on("GET HEAD", DRAFT, DESCRIBE, query=ODataQuery, gives="application/json", status="200 304", problems=SPEAKING)
def draft_service(project: int, form: str, query: dict[str, Any]) -> Response:
    """The tables of a draft, for data sent on trial."""
    return _described(project, form, query, trial=True)


@room.on("GET HEAD", f"{DRAFT}/$metadata", DESCRIBE, gives="application/xml", status="200 304", problems=SPEAKING)
def draft_metadata_document(project: int, form: str) -> Response:
    """The types of a draft's tables, as EDMX 4.0."""
    return _metadata(project, form, trial=True)


@room.on("GET HEAD", f"{DRAFT}/<path:table>", READ, query=ODataQuery, gives="application/json", status="200 304",
         problems=ASKING)
def draft_rows(project: int, form: str, table: str, query: dict[str, Any]) -> Response:
    """The rows sent on trial, as `odata_rows`."""
    return _rows(project, form, query, trial=True)
