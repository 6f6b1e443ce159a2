"""A `$filter` on entities as conditions with bound values (PROTOCOL §6 "filter and paging as §4")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from sqlalchemy import ColumnElement, Float, Integer, String, and_, bindparam, cast, extract, false, func, not_, or_, true

from forms import odata_filter as tree
from forms.odata import sanitised
from server.datasets.models import Entity, EntityVersion
from server.db import Instant, db
from server.problems import Problem

Kind = Literal["text", "number", "moment", "null"]
TRASH = "__system/deletedAt"
_FIXED: dict[str, tuple[Kind, Any]] = {
    "__id": ("text", Entity.uuid), "label": ("text", EntityVersion.label), TRASH: ("moment", Entity.deleted_at),
    "__system/createdAt": ("moment", Entity.created_at), "__system/updatedAt": ("moment", Entity.updated_at),
    "__system/creatorId": ("text", cast(Entity.creator_id, String)), "__system/conflict": ("text", Entity.conflict),
    "__system/version": ("number", EntityVersion.version), "__system/updates": ("number", EntityVersion.version - 1)}


@dataclass(frozen=True, slots=True)
class Value:
    """Something to compare: its kind, its SQL, and the constant it was written as, if it was one."""

    kind: Kind
    sql: Any
    constant: tree.Literal | None = None


def condition(written: str, properties: Iterable[str], now: datetime) -> tuple[ColumnElement[bool], bool]:
    """The condition of a filter, and whether it asks for entities in the trash. Raises 400.18, 501.4, 501.5."""
    try:
        parsed = tree.parse(written)
        reader = _Reader({sanitised(name): name for name in properties}, now)
        return reader.condition(parsed), TRASH in tree.names(parsed)
    except tree.UnknownFunction as error:
        raise Problem("501.5", function=str(error)) from None
    except tree.Unsupported as error:
        raise Problem("501.4", what=str(error)) from None
    except tree.FilterError as error:
        raise Problem("400.18", reason=str(error)) from None


_TERM = re.compile(r"\s*(\S+?)(?:\s+(asc|desc))?\s*\Z")


def order(written: str, properties: Iterable[str], now: datetime) -> tuple[Any, ...]:
    """The terms of an `$orderby`; none for "". Raises 501.4."""
    reader = _Reader({sanitised(name): name for name in properties}, now)
    return tuple(_term(reader, each) for each in written.split(",")[:20]) if written.strip() else ()


def _term(reader: _Reader, written: str) -> Any:
    found = _TERM.match(written)
    try:
        if found is None:
            raise tree.Unsupported(f"$orderby {written.strip()[:60]}")
        column = reader.value(tree.Path(found[1])).sql
    except tree.Unsupported as error:
        raise Problem("501.4", what=str(error)) from None
    # Null comes before everything in OData; the databases disagree about it.
    return column.desc().nulls_last() if found[2] == "desc" else column.asc().nulls_first()


class _Reader:
    def __init__(self, properties: dict[str, str], now: datetime) -> None:
        self.properties, self.now = properties, now

    def condition(self, node: tree.Node) -> ColumnElement[bool]:
        match node:
            case tree.Both(parts=parts, every=every):
                conditions = [self.condition(part) for part in parts]
                return and_(*conditions) if every else or_(*conditions)
            case tree.Not(inner=inner):
                return not_(func.coalesce(self.condition(inner), false()))
            case tree.Compare(operator=operator, left=left, right=right):
                return _compare(operator, self.value(left), self.value(right))
            case tree.Literal(value=bool() as said):
                return true() if said else false()
        raise tree.Unsupported("a value where a comparison should stand")

    def value(self, node: tree.Node) -> Value:
        match node:
            case tree.Literal():
                return _constant(node)
            case tree.Path(name=name) if name in _FIXED:
                return Value(*_FIXED[name])
            case tree.Path(name=name) if name in self.properties:
                return Value("text", func.coalesce(EntityVersion.data[self.properties[name]].as_string(), ""))
            case tree.Call(function="now"):
                return Value("moment", bindparam(None, self.now, Instant))
            case tree.Call(function=part, arguments=(argument,)):
                return _part(part, self.value(argument))
            case tree.Path(name=name):
                raise tree.Unsupported(name)
        raise tree.Unsupported("a comparison where a value should stand")


def _part(part: str, of: Value) -> Value:
    if of.kind != "moment":
        raise tree.Unsupported(f"{part}() of something that is no moment")
    moment = func.timezone("UTC", of.sql) if db.session.get_bind().dialect.name == "postgresql" else of.sql
    found = extract(part, moment)
    return Value("number", cast(func.floor(found), Integer) if part == "second" else found)


def _constant(node: tree.Literal) -> Value:
    value = node.value
    if value is None:
        return Value("null", None, node)
    if isinstance(value, bool):
        raise tree.Unsupported("comparing with true or false")
    if isinstance(value, int | float):
        return Value("number", bindparam(None, float(value), Float), node)
    if isinstance(value, date):  # a moment is a date, too
        whole = value if isinstance(value, datetime) else datetime.combine(value, time(), UTC)
        return Value("moment", bindparam(None, whole, Instant), node)
    return Value("text", bindparam(None, value, String), node)


def _compare(operator: str, left: Value, right: Value) -> ColumnElement[bool]:
    if "null" in (left.kind, right.kind):
        return _with_null(operator, left, right)
    left, right = _alike(left, right), _alike(right, left)
    if left.kind != right.kind:
        raise tree.Unsupported(f"comparing a {left.kind} with a {right.kind}")
    return _OPERATORS[operator](left.sql, right.sql)


_OPERATORS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda left, right: left == right, "ne": lambda left, right: left.is_distinct_from(right),
    "gt": lambda left, right: left > right, "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right, "le": lambda left, right: left <= right}


def _with_null(operator: str, left: Value, right: Value) -> ColumnElement[bool]:
    other = left if right.kind == "null" else right
    if operator not in ("eq", "ne"):
        return false()
    empty: ColumnElement[bool] = true() if other.kind == "null" else other.sql.is_(None)
    return empty if operator == "eq" else not_(empty)


def _alike(one: Value, other: Value) -> Value:
    """A constant read as what it is compared with: 5 beside a text, a text of a moment beside a moment."""
    if one.constant is None or one.kind == other.kind:
        return one
    if other.kind == "text":
        return _constant(tree.Literal(one.constant.written, one.constant.written))
    if other.kind == "moment" and one.kind == "text":
        return _constant(tree.Literal(tree.moment(str(one.constant.value)), one.constant.written))
    return one
