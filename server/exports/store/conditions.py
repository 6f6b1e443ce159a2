"""A parsed `$filter` or `$orderby` as conditions with bound values (PROTOCOL §4 "$filter")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    String,
    and_,
    bindparam,
    case,
    cast,
    extract,
    false,
    func,
    not_,
    or_,
    true,
)

from forms import odata_filter as tree
from forms.form import Form
from forms.odata_tables import steps
from forms.odata_values import number
from server.db import Instant
from server.exports.store import sql
from server.submissions.models import Submission

Kind = Literal["text", "number", "moment", "truth", "null", "day"]
_SYSTEM: dict[str, tuple[Kind, Any]] = {
    "__id": ("text", Submission.instance_id),
    "__system/submissionDate": ("moment", Submission.created_at),
    "__system/updatedAt": ("moment", Submission.updated_at),
    "__system/deletedAt": ("moment", Submission.deleted_at),
    "__system/reviewState": ("text", Submission.review_state),
    "__system/submitterId": ("text", cast(Submission.submitter_id, String)),
}
_PREFIX = "$root/Submissions/"
YES, NO = ("true", "1"), ("false", "0")


class NotSupported(ValueError):
    """Something well written that is not known or does not fit together; the message says what."""


@dataclass(frozen=True, slots=True)
class Value:
    """Something to compare: its kind, its SQL, and the constant it was written as, if it was one."""

    kind: Kind
    sql: Any
    constant: tree.Literal | None = None


class Reader:
    """Turns trees into SQL for one form. `prefixed`: in a repeat's table only `$root/Submissions/…` is known."""

    def __init__(self, connection: Connection, form: Form, now: datetime, *, prefixed: bool = False) -> None:
        self.connection, self.now, self.prefixed = connection, now, prefixed
        self.fields = {"/".join(steps(found.path)): found for found in form.by_path.values() if not found.container}
        self.repeats = tuple(f"{path}/" for path in form.repeats)
        sql.teach(connection)

    def condition(self, node: tree.Node) -> ColumnElement[bool]:
        """A tree that says yes or no. Raises NotSupported."""
        match node:
            case tree.Both(parts=parts, every=every):
                conditions = [self.condition(part) for part in parts]
                return and_(*conditions) if every else or_(*conditions)
            case tree.Not(inner=inner):
                # Null is not true, so its opposite is: SQL alone would say null again.
                return not_(func.coalesce(self.condition(inner), false()))
            case tree.Compare(operator=operator, left=left, right=right):
                return _compare(operator, self.value(left), self.value(right))
            case tree.Literal(value=bool() as said):
                return true() if said else false()
        raise NotSupported("a value where a comparison should stand")

    def value(self, node: tree.Node) -> Value:
        match node:
            case tree.Literal():
                return _constant(node)
            case tree.Path(name=name):
                return self.named(name)
            case tree.Call(function="now"):
                return Value("moment", bindparam(None, self.now, Instant))
            case tree.Call(function=part, arguments=(argument,)):
                return self.part(part, self.value(argument))
        return Value("truth", func.coalesce(self.condition(node), false()))

    def named(self, name: str) -> Value:
        """The column or answer of a path."""
        if self.prefixed and not name.startswith(_PREFIX):
            raise NotSupported(f"{name} in a repeat's table")
        plain = name.removeprefix(_PREFIX)
        if plain in _SYSTEM:
            return Value(*_SYSTEM[plain])
        found = self.fields.get(plain)
        if found is None or found.path.startswith(self.repeats):
            raise NotSupported(name)
        text = sql.answer(found.path)
        if found.type in ("int", "decimal"):
            return Value("number", sql.as_number(self.connection, text))
        if found.type == "dateTime":
            return Value("moment", sql.as_moment(self.connection, text))
        if found.type == "boolean":
            return Value("truth", case((text.in_(YES), true()), (text.in_(NO), false())))
        return Value("day" if found.type == "date" else "text", text)

    def part(self, part: str, of: Value) -> Value:
        """year(…), second(…): a number, in UTC."""
        if of.kind != "moment":
            raise NotSupported(f"{part}() of something that is no moment")
        if self.connection.dialect.name != "postgresql":
            return Value("number", extract(part, of.sql))
        found = extract(part, func.timezone("UTC", of.sql))
        return Value("number", func.floor(found) if part == "second" else found)


def _constant(node: tree.Literal) -> Value:
    value = node.value
    if value is None:
        return Value("null", None, node)
    if isinstance(value, bool):
        return Value("truth", true() if value else false(), node)
    if isinstance(value, int | float):
        return Value("number", bindparam(None, float(value), Float), node)
    if isinstance(value, datetime):
        return Value("moment", bindparam(None, value, Instant), node)
    if isinstance(value, date):
        return Value("day", bindparam(None, value.isoformat(), String), node)
    return Value("text", bindparam(None, value, String), node)


def _compare(operator: str, left: Value, right: Value) -> ColumnElement[bool]:
    if "null" in (left.kind, right.kind):
        return _with_null(operator, left, right)
    left, right = _alike(left, right), _alike(right, left)
    if left.kind != right.kind or (left.kind == "truth" and operator not in ("eq", "ne")):
        raise NotSupported(f"{operator} between a {left.kind} and a {right.kind}")
    return _OPERATORS[operator](left.sql, right.sql)


_OPERATORS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "eq": lambda left, right: left == right, "ne": lambda left, right: left.is_distinct_from(right),
    "gt": lambda left, right: left > right, "ge": lambda left, right: left >= right,
    "lt": lambda left, right: left < right, "le": lambda left, right: left <= right,
}


def _with_null(operator: str, left: Value, right: Value) -> ColumnElement[bool]:
    if operator not in ("eq", "ne"):
        return false()
    other = left if right.kind == "null" else right
    if other.kind == "null":
        return true() if operator == "eq" else false()
    empty: ColumnElement[bool] = other.sql.is_(None)
    return empty if operator == "eq" else not_(empty)


def _alike(one: Value, other: Value) -> Value:
    """A constant read as what it is compared with: '5' beside a number, 5 beside a text, a day beside a moment."""
    said = one.constant.value if one.constant else None
    if one.kind == other.kind or said is None:
        return one
    if other.kind == "text" and one.constant is not None and isinstance(said, int | float) and not isinstance(said, bool):
        return _constant(tree.Literal(one.constant.written, one.constant.written))
    if other.kind == "number" and isinstance(said, str) and (read := number(said)) is not None:
        return _constant(tree.Literal(read, said))
    if other.kind == "moment" and isinstance(said, date):
        return _constant(tree.Literal(datetime.combine(said, time(), UTC), ""))
    if other.kind == "day" and isinstance(said, datetime):
        return _constant(tree.Literal(said.date(), ""))
    if other.kind in ("moment", "day") and isinstance(said, str):
        return _alike(_constant(tree.Literal(tree.moment(said), said)), other)
    return one
