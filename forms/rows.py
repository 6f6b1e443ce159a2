"""Flat answers to tables, one for the form and one per repeat (PROTOCOL §4 "Rows", §5)."""

from __future__ import annotations

from collections.abc import Mapping

from forms.form import Form

Row = dict[str, str | int]
ROOT = ""
"""Name of the root table and key of its only row; a repeat's table is named by its path."""

_Place = tuple[str, str]  # key of the row, path of the column


def rows(answers: Mapping[str, str], form: Form) -> dict[str, list[Row]]:
    """Return the rows of every table, repeats without instances as empty lists, in document order.

    A row maps the form's paths ("/poktan/ada") to texts, beside `__key` ("/poktan[2]", to be appended to
    the instance id), `__parent` (key of the row around it) and `__position` (from 1). Elements that repeat
    although the form has no repeat there keep their position in the column's name: nothing is lost.
    """
    tables: dict[str, list[Row]] = {ROOT: [{"__key": ROOT, "__parent": "", "__position": 1}]}
    tables.update((found.path, []) for found in form.by_path.values() if found.type == "repeat")
    by_key: dict[str, Row] = {ROOT: tables[ROOT][0]}
    places: dict[str, _Place] = {"": (ROOT, "")}
    for path, value in answers.items():
        key, column = _place(path, form, places, tables, by_key)
        if value or key != path:
            by_key[key][column] = value
    return tables


def _place(path: str, form: Form, places: dict[str, _Place], tables: dict[str, list[Row]], by_key: dict[str, Row]) -> _Place:
    """Return where an answer belongs, making the row of a repeat instance when it is first met.

    The containers of a path are looked up once and remembered; a path has at most xmlsafe.MAX_DEPTH steps.
    """
    parent, _, step = path.rpartition("/")
    around = places.get(parent)
    if around is None:
        around = places[parent] = _place(parent, form, places, tables, by_key)
    key, prefix = around
    name, bracket, position = step.partition("[")
    column = f"{prefix}/{name}"
    if not bracket:
        return key, column
    if column not in form.repeats:
        return key, f"{column}[{position}"
    if path not in by_key:
        by_key[path] = {"__key": path, "__parent": key, "__position": int(position.rstrip("]"))}
        tables[column].append(by_key[path])
    places[path] = (path, column)
    return places[path]
