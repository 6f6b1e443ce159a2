"""One submission and what lies below it: `Submissions('uuid:…')/poktan('…')/anak` (PROTOCOL §4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, g

from forms.odata_rows import below, row_id
from forms.odata_rows import maker as row_maker
from forms.odata_tables import ROOT, Table, tables
from forms.rows import rows
from server.blueprints import respond
from server.exports import store
from server.exports.odata_asking import Asked, asked
from server.exports.odata_writing import maker
from server.exports.scope import Scope
from server.problems import Problem
from server.streams import Snapshot
from server.submissions import store as submissions

Step = tuple[str, str | None]


def single(scope: Scope, steps: list[Step], base: str, snapshot: Snapshot, query: dict[str, Any]) -> Response:
    """The rows at such an address, as a `value` array. What lies outside the caller's areas is not there."""
    (name, instance_id), *inner = steps
    if name != ROOT or instance_id is None:
        raise Problem("404.1", message="An address below .svc/ names a table, or Submissions('…').")
    table, keys = _walk(scope, inner)
    ask = asked(scope, table, snapshot, query)
    found = submissions.find_visible(g.caller, scope.project, scope.row, instance_id, trial=scope.trial)
    if found is None:
        raise Problem("404.1", message=f"There is no submission {instance_id} here.")
    listed = _rows(ask, snapshot, found.id, keys)
    start = ask.skip
    shown = listed[start:] if ask.limit is None else listed[start:start + ask.limit]
    count = {"@odata.count": len(listed)} if ask.count else {}
    snapshot.close()
    return respond({"value": shown, "@odata.context": f"{base}/$metadata#{table.name}"} | count)


def _walk(scope: Scope, steps: list[Step]) -> tuple[Table, dict[str, str]]:
    """The table that the steps lead to, and the ids of rows on the way by table name."""
    known, name, keys = tables(scope.form), ROOT, {}
    for step, key in steps:
        name = f"{name}.{step}"
        if key is not None:
            keys[name] = key
    if name not in known or not set(keys) <= set(known):
        raise Problem("404.1", message=f"The form has no table {name}.")
    return known[name], keys


def _rows(ask: Asked, snapshot: Snapshot, submission_id: int, keys: dict[str, str]) -> list[dict[str, Any]]:
    wanted = replace(ask.wanted, submission_id=submission_id)
    record = next(store.records(snapshot, wanted), None)
    if record is None:
        return []
    if ask.table.parent is None:
        return [maker(ask)(record)]
    made = row_maker(ask.table.fields, ask.choice, as_wkt=ask.as_wkt, above=ask.table.path)
    kept = _kept(ask, record, keys)
    every = below(ask.scope.form, ask.table, made, record.instance_id, record.answers, ask.choice)
    return [row for row, keep in zip(every, kept, strict=True) if keep]


def _kept(ask: Asked, record: store.Record, keys: dict[str, str]) -> list[bool]:
    """Which rows of the table lie in the rows that the address names."""
    listed = rows(record.answers, ask.scope.form)[ask.table.path]
    named = set(keys.values())

    def ids(key: str) -> set[str]:
        steps = key.split("/")[1:]
        return {row_id(record.instance_id, "".join(f"/{step}" for step in steps[:number])) for number in range(1, len(steps) + 1)}

    return [named <= ids(str(row["__key"])) for row in listed]
