"""`submissions.geojson`: each submission as a feature at its position, for QGIS and other maps (RFC 7946)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from forms import walk
from forms.fields import Field
from forms.form import Form
from forms.odata_values import decimal, whole
from forms.positions import GEOGRAPHIES, geojson
from server.exports import store
from server.exports.about import About
from server.exports.store import Record, Wanted
from server.exports.tables import Table
from server.problems import Problem
from server.schemas import moment
from server.streams import Snapshot

AT_ONCE = 100


def positions(form: Form, wanted: str) -> list[Field]:
    """The fields that rows may be placed by, best first: the one asked for, else all outside repeats in form order."""
    inside = tuple(f"{path}/" for path in form.repeats)
    found = [each for each in walk(form.fields) if each.type in GEOGRAPHIES and not (inside and each.path.startswith(inside))]
    if wanted:
        found = [each for each in found if wanted in (each.path, each.path[1:], each.name)]
        if not found:
            raise Problem("400.8", field="geometry", value=wanted, reason="the form has no position of that name outside repeats.")
    return found


def features(table: Table, places: list[Field], snapshot: Snapshot, wanted: Wanted, about: About) -> Iterator[bytes]:
    """Yield a FeatureCollection; a submission without a position is a feature without a geometry."""
    told = {"moment": moment(about.moment), "counts": {str(state or "received"): number for state, number in about.counts.items()}}
    yield b'{"type":"FeatureCollection","pokja":' + orjson.dumps(told) + b',"features":['
    comma, part = b"", list[dict[str, Any]]()
    for record in store.records(snapshot, wanted):
        part.append(_feature(table, places, record))
        if len(part) == AT_ONCE:
            yield comma + orjson.dumps(part)[1:-1]
            comma, part = b",", []
    if part:
        yield comma + orjson.dumps(part)[1:-1]
    yield b"]}"


def _feature(table: Table, places: list[Field], record: Record) -> dict[str, Any]:
    geometry = None
    for field in places:
        text = record.answers.get(field.path)
        geometry = geojson(field.type, text) if text else None
        if geometry:
            geometry.pop("properties", None)  # the accuracy stands among the feature's own
            break
    (cells,) = table.rows(record)
    numbers = {place + table.first for place in table.columns.numbers}
    properties = {name: _number(cell) if place in numbers else cell
                  for place, (name, cell) in enumerate(zip(table.header, cells, strict=True))}
    return {"type": "Feature", "id": record.instance_id, "geometry": geometry, "properties": properties}


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    number = whole(text)
    return decimal(text) if number is None else number


