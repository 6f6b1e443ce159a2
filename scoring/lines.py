"""One row of the rubric sheet, and the form's fields that its cells may name; errors say row and column."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from forms.fields import Field, walk
from forms.form import Form
from scoring.errors import RubricError, UnknownField
from scoring.expressions import ExpressionError, Is, Node, OfField, Ref, Rows, boolean, children, parse, parts
from scoring.expressions import field as parse_field
from scoring.model import Text

T = TypeVar("T")


class Fields:
    """The fields a form offers to expressions, by name."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.found: dict[str, list[Field]] = {}
        self.repeats: list[str] = []
        for field in walk(form.fields):
            self.found.setdefault(field.name, []).append(field)
            if field.type == "repeat":
                self.repeats.append(field.path)

    def resolve(self, name: str, rows: tuple[str, str, str] | None) -> Ref:
        """Return the field `name`, or the field `name` in the row (repeat, key, code) of a repeat."""
        if rows is None:
            field = self.one(name)
            if field.container:
                raise ExpressionError(f"{name} is a group of questions, not a question")
            if around := self.around(field):
                repeat = around[-1].rsplit("/", 1)[-1]
                raise ExpressionError(f"{name} stands in the repeat {repeat}; say in which row: "
                                      f"{repeat}[key=code].{name}")  # fmt: skip
            return _ref(field, None)
        repeat, key, code = rows
        container = self.one(repeat)
        if container.type != "repeat" or self.around(container) != [container.path]:
            raise ExpressionError(f"{repeat} is not a repeat that stands by itself, so it has no rows to choose from")
        self.within(key, container)
        return _ref(self.within(name, container), Rows(repeat, container.path, self.within(key, container).path
                    .removeprefix(container.path + "/"), code))  # fmt: skip

    def one(self, name: str) -> Field:
        found = self.found.get(name, [])
        if not found:
            close = get_close_matches(name, self.found, 1)
            hint = f" Did you mean {close[0]}?" if close else ""
            raise UnknownField(name, f"the form has no field {name}.{hint}")
        if len(found) > 1:
            places = " and ".join(field.path for field in found[:3])
            raise ExpressionError(f"the form has several fields {name} ({places}); give them different names")
        return found[0]

    def within(self, name: str, container: Field) -> Field:
        field = self.one(name)
        if self.around(field) != [container.path]:
            raise ExpressionError(f"{name} does not stand in the repeat {container.name}")
        return field

    def around(self, field: Field) -> list[str]:
        """Return the repeats the field stands in (a repeat stands in itself)."""
        return [path for path in self.repeats if f"{field.path}/".startswith(f"{path}/")]

    def codes(self, ref: Ref) -> frozenset[str] | None:
        """Return the codes a select offers, None when they are not known (or it is no select)."""
        field = self.form.field(ref.path)
        if field is None or field.choices is None or field.choices not in self.form.choices:
            return None
        return frozenset(choice.value for choice in self.form.choices[field.choices])


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet; `row` counts as in the spreadsheet."""

    row: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        return self.cells.get(column, "").strip()

    def wrong(self, message: str, column: str | None = None) -> RubricError:
        return RubricError(message, self.row, column)

    def needed(self, column: str) -> str:
        if text := self.text(column):
            return text
        kind = self.text("kind")
        raise self.wrong(f"A row of the kind {kind} needs something in the column {column}.", column)

    def number(self, column: str, default: float | None = None) -> float:
        """Return the cell as a number ≥ 0; a comma is taken for a decimal comma."""
        text = self.text(column)
        if not text and default is not None:
            return default
        cleaned = self.needed(column).replace(",", ".")
        if not re.fullmatch(r"\d+(\.\d+)?", cleaned) or not math.isfinite(float(cleaned)):
            raise self.wrong(f"“{text}” is not a number of 0 or more.", column)
        return float(cleaned)

    def texts(self, column: str) -> Text:
        """Return label::Indonesia (id), label::English (en) … by language; a plain `label` under ""."""
        head = f"{column}::"
        found = {c.removeprefix(head).strip(): t.strip() for c, t in self.cells.items() if c.startswith(head)}
        return found or ({"": self.text(column)} if self.text(column) else {})

    def expression(self, column: str, resolve: Callable[..., Ref]) -> Node | None:
        text = self.text(column)
        return self.guard(column, lambda: parse(text, resolve)) if text else None

    def condition(self, column: str, fields: Fields) -> Node | None:
        """Return the condition of the cell, None when it is empty; what it names must fit the form."""
        node = self.expression(column, fields.resolve)
        if node is not None:
            self.guard(column, lambda: check_node(node, fields))
            self.must(boolean(node), column, "is a number; write a condition, such as field = 'ya' or field > 0")
        return node

    def value(self, column: str, fields: Fields) -> Node:
        """Return the number of the cell, which must not be empty."""
        self.needed(column)
        node = self.expression(column, fields.resolve)
        assert node is not None
        self.guard(column, lambda: check_node(node, fields))
        self.must(not boolean(node), column, "is a condition; write if(condition, 1, 0) to make it a number")
        return node

    def over_figures(self, column: str, codes: Collection[str]) -> Node | None:
        """Return a condition over figures of the rubric, of which `codes` may be named; None when empty."""
        node = self.expression(column, codes_only(codes))
        if node is not None:
            fields = any(isinstance(part, OfField | Is) for part in parts(node))
            self.must(not fields, column, "asks for an answer, but here only codes of the rubric may stand, as numbers")
            self.must(boolean(node), column, "is a number; write a condition, such as total >= 60")
        return node

    def must(self, good: bool, column: str, fault: str) -> None:
        if not good:
            raise self.wrong(f"“{self.text(column)}” {fault}.", column)

    def percent(self, column: str, default: float | None = None) -> float:
        number = self.number(column, default)
        if number > 100:
            raise self.wrong(f"{number:g} is more than 100.", column)
        return number

    def weight(self, default: float | None = None) -> float:
        weight = self.number("weight", default)
        if weight <= 0:
            raise self.wrong("A weight must be larger than 0; delete the row to leave it out.", "weight")
        return weight

    def field(self, column: str, text: str, resolve: Callable[..., Ref]) -> Ref:
        return self.guard(column, lambda: parse_field(text, resolve))

    def guard(self, column: str, read: Callable[[], T]) -> T:
        """Run a reader of this cell; what it raises gets this row and column."""
        try:
            return read()
        except UnknownField as error:
            message = f"In “{self.text(column)}”: {error.message}"
            raise UnknownField(error.field, message, self.row, column) from None
        except ValueError as error:
            if isinstance(error, RubricError):
                raise
            raise self.wrong(f"In “{self.text(column)}”: {error}.", column) from None


def check_node(node: Node, fields: Fields) -> None:
    """Refuse what a field cannot give: a code that its choices lack, months of a number, ticks of a text."""
    if isinstance(node, Is):
        known = fields.codes(node.ref)
        if known is not None and node.code not in known:
            raise ExpressionError(f"the choices of {node.ref.name} have no code {node.code}")
    if isinstance(node, OfField):
        _check_function(node)
    for child in children(node):
        check_node(child, fields)


def _check_function(node: OfField) -> None:
    ref = node.ref
    fits = {
        "count": (ref.select == "many", "a select with several answers"),
        "months": (ref.type in ("date", "dateTime"), "a date"),
        "frequency": (ref.select == "one", "a select with one answer"),
    }
    good, wanted = fits[node.function]
    if not good:
        raise ExpressionError(f"{node.function}() needs {wanted}, but {ref.name} is not one")


def _ref(field: Field, rows: Rows | None) -> Ref:
    return Ref(field.name, field.path, field.type, field.select, rows, field.binary)


def only(by_kind: Mapping[str, list[Line]], kind: str) -> Line:
    lines = by_kind[kind]
    if not lines:
        raise RubricError(f"The sheet has no row of the kind {kind}.", None, "kind")
    if len(lines) > 1:
        raise lines[1].wrong(f"The sheet has a second row of the kind {kind} (first in row {lines[0].row}).", "kind")
    return lines[0]


def codes_only(known: Collection[str]) -> Callable[..., Ref]:
    """Return a resolver for conditions over figures: a name is one of these codes."""

    def resolve(name: str, rows: tuple[str, str, str] | None) -> Ref:
        if rows or name not in known:
            raise ValueError(f"{name} is no code here; the codes are {', '.join(sorted(known))}")
        return Ref(name)

    return resolve
