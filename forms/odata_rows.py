"""Flat answers as rows of OData, fast enough for tens of thousands a second (PROTOCOL §4 "Rows", DESIGN §9)."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any
from urllib.parse import quote

from forms.fields import Field
from forms.form import Form
from forms.odata import sanitised
from forms.odata_tables import ROOT, Table, steps, tables
from forms.odata_values import conversion
from forms.positions import GEOGRAPHIES
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


Get = Callable[[str], Any]
Below = Callable[[str], list[Any]]
Make = Callable[[Get, str, "Below | None"], dict[str, Any]]
"""Makes a row from: what answers a path, the row's own address, what gives the rows of an expanded repeat."""


MOST_KNOWN = 16_384  # values, some two megabytes


class Known(dict[str | None, Any]):
    """A conversion that remembers: the same few numbers stand in thousands of rows."""

    def __init__(self, convert: Callable[[str], Any]) -> None:
        super().__init__({None: None})
        self.convert = convert

    def __missing__(self, text: str) -> Any:
        value = self.convert(text)
        if len(self) < MOST_KNOWN and len(text) < 32:
            self[text] = value
        return value


def known(kind: str, *, as_wkt: bool = False) -> Known | None:
    """How an answer of this type becomes its value, remembering; None when the text itself is it."""
    convert = conversion(kind, as_wkt=as_wkt)
    if convert is None:
        return None
    return Known(convert) if kind in GEOGRAPHIES else _always(kind)


@cache
def _always(kind: str) -> Known:
    """What is known of a simple type, kept from one answer to the next: the next one tells of much the same rows."""
    convert = conversion(kind)
    assert convert is not None
    return Known(convert)


def maker(fields: Iterable[Field], choice: Choice | None = None, *, as_wkt: bool = False, above: str = "",
          expanded: bool = False) -> Make:
    """Return the function that makes rows of these fields; `above` is the path of the table they belong to.

    It is one dictionary display compiled from syntax nodes, `{"a": get("/a"), "g": {"n": known_int[get("/g/n")]}}`, and
    takes a third of the time of a loop over the fields. Names of fields are constants in it, never text of a program.
    """
    used: dict[str, Any] = {}
    body = _object(_Table(choice, as_wkt, above, expanded, used), fields, choice)
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg("get"), ast.arg("link"), ast.arg("nested")], kwonlyargs=[],
                              kw_defaults=[], defaults=[])
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
    made: Make = FunctionType(compile(tree, "<row>", "eval"), used)()
    return made


@dataclass(frozen=True, slots=True)
class _Table:
    choice: Choice | None
    as_wkt: bool
    above: str
    expanded: bool
    used: dict[str, Any]  # conversions by the name that the expression knows them by


def _object(table: _Table, fields: Iterable[Field], choice: Choice | None) -> ast.Dict:
    keys: list[ast.expr | None] = []
    values: list[ast.expr] = []
    for found in fields:
        name = sanitised(found.name)
        if choice is not None and name not in choice:
            continue
        if found.type == "repeat":
            keys.append(ast.Constant(f"{name}@odata.navigationLink"))
            end = "/" + "/".join(steps(found.path[len(table.above):]))
            values.append(ast.BinOp(ast.Name("link", ast.Load()), ast.Add(), ast.Constant(end)))
            if not table.expanded:
                continue
        keys.append(ast.Constant(name))
        values.append(_value(table, found, None if choice is None else choice[name]))
    return ast.Dict(keys, values)


def _value(table: _Table, found: Field, choice: Choice | None) -> ast.expr:
    if found.type == "structure":
        return _object(table, found.children, choice)
    asked = ast.Call(ast.Name("nested" if found.type == "repeat" else "get", ast.Load()), [ast.Constant(found.path)], [])
    convert = known(found.type, as_wkt=table.as_wkt)
    if convert is None:
        return asked
    name = f"known_{found.type}"
    table.used.setdefault(name, convert)
    return ast.Subscript(ast.Name(name, ast.Load()), asked, ast.Load())


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
        self.makers = {path: maker(table.fields, as_wkt=as_wkt, above=path, expanded=True) for path, table in self.tables.items()}

    def of(self, instance_id: str, answers: Mapping[str, str]) -> Below:
        """Return what gives the rows of the root's repeats."""
        by_parent: dict[tuple[str, str], list[Row]] = {}
        for path, found in rows(answers, self.form).items():
            for row in found:
                by_parent.setdefault((path, str(row["__parent"])), []).append(row)

        def under(key: str) -> Below:
            return lambda path: [self._row(instance_id, path, row, under(str(row["__key"]))) for row in by_parent.get((path, key), ())]

        return under("")

    def _row(self, instance_id: str, path: str, row: Row, nested: Below) -> dict[str, Any]:
        own = row_id(instance_id, str(row["__key"]))
        return {"__id": own, **self.makers[path](row.get, row_address(instance_id, self.tables[path], row), nested)}


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


def below(form: Form, table: Table, make: Make, instance_id: str, answers: Mapping[str, str],
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
        yield head | make(row.get, row_address(instance_id, table, row), None)
