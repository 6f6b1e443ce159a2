"""Submissions as files: CSV, an archive with all tables and media, XLSX, GeoJSON (PROTOCOL §5, §B.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from server import files
from server.blueprints import parser
from server.downloads import disposition
from server.exports import mapping, sheets
from server.exports.about import About, about
from server.exports.room import FORM, READ, room
from server.exports.schemas import FileQuery
from server.exports.scope import Scope, filtered, scope, tag
from server.exports.store import Wanted
from server.exports.tables import Options, Table, as_csv, tables
from server.exports.zipping import Zip
from server.problems import Problem
from server.schemas import moment
from server.streams import Snapshot, streamed

FORM_BODY = "application/x-www-form-urlencoded"
REFUSED = "400.18 501.4 501.5"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Export:
    """Everything an export is made of, all of one moment."""

    scope: Scope
    query: dict[str, Any]
    snapshot: Snapshot
    wanted: Wanted
    about: About
    tables: list[Table]

    def name(self, ending: str) -> str:
        """The file's name: with the moment, since a CSV has no other place for it."""
        at = self.snapshot.moment.strftime("%Y-%m-%dT%H%M%SZ")
        return f"{self.scope.row.xml_form_id} {at}{ending}"


def _answered(project: int, form: str, query: dict[str, Any], kind: str,
              write: Callable[[Export], tuple[Iterator[bytes], str, str]]) -> Response:
    """The answer of a snapshot that lives as long as its body. `write` gives the body, its type and its name."""
    query = _with_body(query)
    found, snapshot = scope(project, form), Snapshot()
    try:
        marked = tag(found, snapshot, kind, sorted(query.items())) if "now()" not in query["filter"] else None
        if marked and request.if_none_match.contains_weak(marked):
            response = Response(status=304)
            snapshot.close()
        else:
            body, content_type, name = write(_export(found, snapshot, query))
            response = streamed(body, snapshot, content_type)
            response.headers["Content-Disposition"] = disposition(name)
    except BaseException:
        snapshot.close()
        raise
    if marked:
        response.set_etag(marked, weak=True)  # the moment of the export stands in it
    response.headers["X-Snapshot-At"] = moment(snapshot.moment) or ""
    return response


def _with_body(query: dict[str, Any]) -> dict[str, Any]:
    """What the body of a POST says counts before the address; without a body, only the address does."""
    if request.method != "POST" or not request.form:
        return query
    return {**query, **{name: value for name, value in _body().items() if name in _given()}}


def _body() -> dict[str, Any]:
    read: dict[str, Any] = parser.parse(FileQuery(), request, location="form")
    return read


def _given() -> set[str]:
    return {name for name, found in FileQuery().fields.items() if (found.data_key or name) in request.form}


def _export(found: Scope, snapshot: Snapshot, query: dict[str, Any]) -> Export:
    wanted = filtered(found, snapshot, query["filter"])
    options = Options(query["group_paths"], query["split_select_multiples"], query["deleted_fields"], query["safe_cells"],
                      _labels(found, query["labels"]))
    return Export(found, query, snapshot, wanted, about(found, snapshot, wanted, query["filter"]),
                  tables(found, snapshot, wanted, options))


def _labels(found: Scope, wanted: str) -> str | None:
    """The language of label columns: None without, "" the form's default."""
    if wanted.lower() in ("", "false"):
        return None
    if wanted.lower() == "true":
        return ""
    if not any(name == wanted or name.endswith(f"({wanted})") for name in found.form.languages):
        raise Problem("400.8", field="labels", value=wanted, reason="the form does not speak that language.")
    return wanted


def _csv(export: Export) -> tuple[Iterator[bytes], str, str]:
    return as_csv(export.tables[0], export.snapshot, export.wanted), "text/csv; charset=utf-8", export.name(".csv")


def _zip(export: Export) -> tuple[Iterator[bytes], str, str]:
    with_files = export.query["attachments"]
    body = Zip(export.tables, export.snapshot, export.wanted, export.about, files.keeper(), with_files).body()
    return body, "application/zip", export.scope.row.xml_form_id + (".zip" if with_files else ".csv.zip")


def _xlsx(export: Export) -> tuple[Iterator[bytes], str, str]:
    sheets.refuse_too_many(export.about)
    return sheets.workbook(export.tables, export.snapshot, export.wanted, export.about), XLSX, export.name(".xlsx")


def _geojson(export: Export) -> tuple[Iterator[bytes], str, str]:
    places = mapping.positions(export.scope.form, export.query["geometry"])
    body = mapping.features(export.tables[0], places, export.snapshot, export.wanted, export.about)
    return body, "application/geo+json", export.name(".geojson")


@room.on("GET HEAD POST", f"{FORM}/submissions.csv", READ, query=FileQuery, write=False,
         takes=FORM_BODY, gives="text/csv", status="200 304", problems=REFUSED)
def csv_file(project: int, form: str, query: dict[str, Any]) -> Response:
    """The submissions of a form as one CSV, without its repeats."""
    return _answered(project, form, query, "csv", _csv)


@room.on("GET HEAD POST", f"{FORM}/submissions.csv.zip", READ, query=FileQuery, write=False,
         takes=FORM_BODY, gives="application/zip", status="200 304", problems=REFUSED)
def zip_file(project: int, form: str, query: dict[str, Any]) -> Response:
    """All tables of a form as CSV, with media, in one archive."""
    return _answered(project, form, query, "zip", _zip)


@room.on("GET HEAD POST", f"{FORM}/submissions.xlsx", READ, query=FileQuery, write=False,
         takes=FORM_BODY, gives=XLSX, status="200 304", problems=REFUSED)
def xlsx_file(project: int, form: str, query: dict[str, Any]) -> Response:
    """All tables of a form as sheets of one workbook."""
    return _answered(project, form, query, "xlsx", _xlsx)


@room.on("GET HEAD POST", f"{FORM}/submissions.geojson", READ, query=FileQuery, write=False,
         takes=FORM_BODY, gives="application/geo+json", status="200 304", problems=REFUSED)
def geojson_file(project: int, form: str, query: dict[str, Any]) -> Response:
    """The submissions of a form as features of a map."""
    return _answered(project, form, query, "geojson", _geojson)
