"""Flat answers as rows of OData, fast enough for tens of thousands a second (PROTOCOL §4 "Rows", DESIGN §9)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from forms.fields import Field
from forms.form import Form
from forms.odata import sanitised
from forms.odata_tables import ROOT, Table, steps, tables
from forms.odata_values import conversion
from forms.rows import Row, rows

SYSTEM = ("submissionDate", "updatedAt", "submitterId", "submitterName", "attachmentsPresent", "attachmentsExpected", "status",
          "reviewState", "deviceId", "edits", "formVersion", "deletedAt")
Choice = dict[str, "Choice | None"]
"""Which properties are wanted, by name; None takes everything below."""


class UnknownProperty(ValueError):
    """A $select that names what the table does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no property {name}")
        self.name = name


@dataclass(frozen=True, slots=True)
class Shape:
    """How the answers of one table (or of a group in it) become an object. Made once, used for every row."""

    keys: tuple[str, ...]
    paths: tuple[str, ...]
    conversions: tuple[tuple[str, Callable[[str], Any]], ...]
    repeats: tuple[tuple[str, str, str, str], ...]  # key of the link, its end, name, path
    groups: tuple[tuple[str, Shape], ...]


def shape(fields: Iterable[Field], choice: Choice | None = None, *, as_wkt: bool = False, above: str = "") -> Shape:
    """Return the shape of these fields. `above` is the path of the table they belong to."""
    wanted = [found for found in fields if choice is None or sanitised(found.name) in choice]
    plain = [found for found in wanted if not found.container]
    conversions = ((sanitised(found.name), conversion(found.type, as_wkt=as_wkt)) for found in plain)
    return Shape(
        keys=tuple(sanitised(found.name) for found in plain),
        paths=tuple(found.path for found in plain),
        conversions=tuple((key, convert) for key, convert in conversions if convert is not None),
        repeats=tuple((f"{name}@odata.navigationLink", "/" + "/".join(steps(path[len(above):])), name, path)
                      for name, path in ((sanitised(found.name), found.path) for found in wanted if found.type == "repeat")),
        groups=tuple((sanitised(found.name), shape(found.children, _inside(choice, found), as_wkt=as_wkt, above=above))
                     for found in wanted if found.type == "structure"))


def _inside(choice: Choice | None, found: Field) -> Choice | None:
    return None if choice is None else choice[sanitised(found.name)]


def chosen(table: Table, paths: Iterable[str]) -> Choice | None:
    """Return what a $select asks for, the paths sanitised ("modul_a/a1"). Raises UnknownProperty."""
    choice: Choice = {}
    for path in paths:
        if path == "*":
            return None
        _check(table, path)
        here = choice
        *around, last = path.split("/")
        for step in around:
            inner = here.setdefault(step, {})
            if inner is None:
                break  # the whole group is wanted already
            here = inner
        else:
            here[last] = None
    return choice


def _check(table: Table, path: str) -> None:
    first, *rest = names = path.split("/")
    if names == ["__id"] or (table.parent and names == [table.parent_key]):
        return
    if not table.parent and first == "__system" and (not rest or (len(rest) == 1 and rest[0] in SYSTEM)):
        return
    fields: tuple[Field, ...] = table.fields
    for number, name in enumerate(names, 1):
        found = next((each for each in fields if sanitised(each.name) == name), None)
        if found is None or (found.type == "repeat" and number < len(names)):
            raise UnknownProperty(path)
        fields = found.children


def fill(made: Shape, get: Callable[[str], Any], link: str, nested: Callable[[str], list[Any]] | None = None) -> dict[str, Any]:
    """Return one object. `get` answers a path, `link` is the row's own address, `nested` gives the rows of an expanded repeat."""
    row: dict[str, Any] = dict(zip(made.keys, map(get, made.paths), strict=True))
    for key, convert in made.conversions:
        text = row[key]
        if text is not None:
            row[key] = convert(text)
    for key, end, name, path in made.repeats:
        row[key] = link + end
        if nested is not None:
            row[name] = nested(path)
    for name, inner in made.groups:
        row[name] = fill(inner, get, link, nested)
    return row


def address(instance_id: str) -> str:
    """The address of a submission relative to the service: `Submissions('uuid%3A…')`."""
    return f"{ROOT}('{quote(instance_id.replace(chr(39), chr(39) * 2), safe='')}')"


def row_id(instance_id: str, key: str) -> str:
    """The stable id of a repeat's row; "" as key is the submission itself."""
    return hashlib.sha1(f"{instance_id}{key}".encode(), usedforsecurity=False).hexdigest() if key else instance_id


class Nested:
    """The rows below one submission's repeats, with the same ids as in the tables of their own."""

    def __init__(self, form: Form, *, as_wkt: bool = False) -> None:
        self.form = form
        self.tables = {table.path: table for table in tables(form).values() if table.parent}
        self.shapes = {path: shape(table.fields, as_wkt=as_wkt, above=path) for path, table in self.tables.items()}

    def of(self, instance_id: str, answers: Mapping[str, str]) -> Callable[[str], list[Any]]:
        """Return what `fill` calls for the root's repeats."""
        by_parent: dict[tuple[str, str], list[Row]] = {}
        for path, found in rows(answers, self.form).items():
            for row in found:
                by_parent.setdefault((path, str(row["__parent"])), []).append(row)

        def under(key: str) -> Callable[[str], list[Any]]:
            return lambda path: [self._row(instance_id, path, row, under(str(row["__key"]))) for row in by_parent.get((path, key), ())]

        return under("")

    def _row(self, instance_id: str, path: str, row: Row, nested: Callable[[str], list[Any]]) -> dict[str, Any]:
        own = row_id(instance_id, str(row["__key"]))
        return {"__id": own, **fill(self.shapes[path], row.get, row_address(instance_id, self.tables[path], row), nested)}


def row_address(instance_id: str, table: Table, row: Row) -> str:
    """The address of a repeat's row: `Submissions('uuid%3A…')/g/poktan('…')`, with all rows around it."""
    if table.parent is None:
        return address(instance_id)
    parent_key = str(row["__parent"])
    outer = address(instance_id) if table.parent.parent is None else \
        row_address(instance_id, table.parent, {"__key": parent_key, "__parent": _around(parent_key, table.parent)})
    own = "/".join(table.steps[len(table.parent.steps):])
    return f"{outer}/{own}('{row_id(instance_id, str(row['__key']))}')"


def _around(key: str, table: Table) -> str:
    """The key of the row around a row: "/poktan[2]/anak[1]" lies in "/poktan[2]"."""
    assert table.parent is not None
    depth = len(table.parent.steps)
    return "".join(f"/{step}" for step in key.split("/")[1:depth + 1]) if depth else ""


def below(form: Form, table: Table, made: Shape, instance_id: str, answers: Mapping[str, str],
          choice: Choice | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of one submission in a repeat's table, in document order."""
    with_id = choice is None or "__id" in choice
    with_parent = choice is None or table.parent_key in choice
    for row in rows(answers, form)[table.path]:
        head: dict[str, Any] = {}
        if with_id:
            head["__id"] = row_id(instance_id, str(row["__key"]))
        if with_parent:
            head[table.parent_key] = row_id(instance_id, str(row["__parent"]))
        yield head | fill(made, row.get, row_address(instance_id, table, row))
