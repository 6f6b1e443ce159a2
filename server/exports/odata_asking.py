"""What a request to a table asks for, read and checked as a whole before the first row (PROTOCOL §4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from forms import odata_filter
from forms.odata_rows import Choice, UnknownProperty, chosen
from forms.odata_tables import Table
from server.exports import skiptokens, store
from server.exports.scope import Scope, filtered
from server.problems import Problem
from server.streams import Snapshot

_JSON = re.compile(r"^(json|application/json)\b", re.IGNORECASE)
_ORDER = re.compile(r"^\s*(\S+?)(?:\s+(asc|desc))?\s*$")
KNOWN = frozenset({"$top", "$skip", "$count", "$wkt", "$filter", "$select", "$orderby", "$expand", "$skiptoken", "$format"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Rows of a table: which submissions, which part of their rows, in what shape. `skip` and `limit` count rows."""

    scope: Scope
    table: Table
    wanted: store.Wanted
    choice: Choice | None = None
    limit: int | None = None
    skip: int = 0
    token: skiptokens.Token | None = None
    count: bool = False
    as_wkt: bool = False
    expand: bool = False
    ordered: bool = False


def speak() -> None:
    """Refuse what we cannot speak: another OData, another format, options we do not know."""
    if _too_old(request.headers.get("OData-MaxVersion", "")):
        raise Problem("404.1", message="This service speaks OData 4.0; the client accepts only older versions.")
    for name in request.args:
        if name.startswith("$") and name not in KNOWN:
            raise Problem("501.1", parameter=name)


def _too_old(version: str) -> bool:
    found = re.match(r"\s*(\d{1,9})", version)
    return found is not None and int(found[1]) < 4


def speak_json(wanted: str) -> None:
    """Refuse a `$format` or Accept that excludes JSON (406.1)."""
    if wanted and not _JSON.match(wanted):
        raise Problem("406.1")
    if not wanted and not _admits_json():
        raise Problem("406.1")


def _admits_json() -> bool:
    """Whether the Accept header takes JSON in any of its flavours: Excel and Power BI name several with parameters."""
    said = [(kind.partition(";")[0].strip().lower(), quality) for kind, quality in request.accept_mimetypes]
    for kinds in (("application/json",), ("application/*",), ("*/*",)):
        qualities = [quality for kind, quality in said if kind in kinds]
        if qualities:
            return max(qualities) > 0
    return not said


def asked(scope: Scope, table: Table, snapshot: Snapshot, query: dict[str, Any]) -> Asked:
    """Read all options. Raises 400.18, 400.23, 400.35, 501.4, 501.5, 501.6, 501.11."""
    if query["expand"] and query["expand"].strip() != "*":
        raise Problem("501.6")
    if query["expand"] and query["select"]:
        raise Problem("501.11")
    wanted = filtered(scope, snapshot, query["filter"], prefixed=table.parent is not None)
    order = _order(scope, snapshot, query["orderby"], prefixed=table.parent is not None)
    token = skiptokens.read(query["skiptoken"]) if query["skiptoken"] else None
    return Asked(scope, table, replace(wanted, order=order), _choice(table, query["select"]), query["top"],
                 0 if token else query["skip"], token, query["count"], query["wkt"], bool(query["expand"]), bool(order))


def _choice(table: Table, select: str) -> Choice | None:
    paths = [path.strip() for path in select.split(",") if path.strip()]
    try:
        return chosen(table, paths) if paths else None
    except UnknownProperty as error:
        raise Problem("400.23", property=error.name) from None


def _order(scope: Scope, snapshot: Snapshot, written: str, *, prefixed: bool) -> tuple[Any, ...]:
    if not written.strip():
        return ()
    reader = store.Reader(snapshot.connection, scope.form, snapshot.moment, prefixed=prefixed)
    return tuple(_terms(reader, written.split(",")[:20]))


def _terms(reader: store.Reader, written: Iterable[str]) -> Iterable[Any]:
    for term in written:
        found = _ORDER.match(term)
        if found is None:
            raise Problem("501.4", what=f"$orderby {term.strip()[:60]}")
        try:
            column = reader.value(odata_filter.Path(found[1])).sql
        except store.NotSupported as error:
            raise Problem("501.4", what=str(error)) from None
        # Null comes before everything in OData; the databases disagree about it.
        yield column.desc().nulls_last() if found[2] == "desc" else column.asc().nulls_first()
