"""The expression of a `$filter` as a tree (PROTOCOL §4 "$filter"). What it is compared with is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from urllib.parse import unquote

COMPARISONS = ("eq", "ne", "gt", "ge", "lt", "le")
FUNCTIONS = {"now": 0, "year": 1, "month": 1, "day": 1, "hour": 1, "minute": 1, "second": 1}
MAX_NODES, MAX_DEPTH = 300, 60  # no client writes more; deeper ones would only strain the database
_KNOWN_ELSEWHERE = frozenset({"add", "sub", "mul", "div", "divby", "mod", "has", "in"})
_TOKEN = re.compile(r"""\s*(?:
    (?P<text>'(?:[^']|'')*')
  | (?P<moment>\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[+\-\ ]\d\d:\d\d)?)?)(?![\w.])
  | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])
  | (?P<name>[$A-Za-z_][\w.\-]*(?:/[A-Za-z_][\w.\-]*)*)
  | (?P<sign>[(),])
)""", re.VERBOSE | re.ASCII)


class FilterError(ValueError):
    """The text is no expression; the message says where."""


class Unsupported(ValueError):
    """An expression of OData that is not known here."""


class UnknownFunction(Unsupported):
    """A function that is not known here."""


@dataclass(frozen=True, slots=True)
class Literal:
    """null, true, false, a number (as its text), a text, a moment in UTC or a date."""

    value: bool | float | int | str | datetime | date | None
    written: str


@dataclass(frozen=True, slots=True)
class Path:
    name: str


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not:
    inner: Node


@dataclass(frozen=True, slots=True)
class Both:
    """All of the parts (`every`), or any of them."""

    parts: tuple[Node, ...]
    every: bool


Node = Literal | Path | Call | Compare | Not | Both


def parse(text: str) -> Node:
    """Return the tree of a filter. Raises FilterError, Unsupported or UnknownFunction.

    One that makes no sense as it stands is read once more as percent-encoded: ruODK encodes those of lists twice.
    """
    try:
        return _tree(text)
    except FilterError:
        plain = unquote(text)
        if plain == text:
            raise
    return _tree(plain)


def _tree(text: str) -> Node:
    reader = _Reader(text)
    tree = reader.either(0)
    if reader.kind != "end":
        raise FilterError(f"{reader.value!r} was not expected at place {reader.at + 1}.")
    return tree


def nodes(tree: Node) -> Iterator[Node]:
    """Yield the tree and everything in it."""
    yield tree
    inner: tuple[Node, ...] = ()
    match tree:
        case Call(arguments=inner) | Both(parts=inner):
            pass
        case Compare(left=left, right=right):
            inner = (left, right)
        case Not(inner=one):
            inner = (one,)
    for each in inner:
        yield from nodes(each)


def names(tree: Node) -> set[str]:
    """Return the paths a filter asks for."""
    return {each.name for each in nodes(tree) if isinstance(each, Path)}


class _Reader:
    """A cursor over the tokens. Every rule is a method and leaves the cursor behind what it read."""

    def __init__(self, text: str) -> None:
        self.text, self.end, self.made = text, 0, 0
        self.step()

    def step(self) -> None:
        self.at = self.end
        found = _TOKEN.match(self.text, self.at)
        if found is None:
            if self.text[self.at:].strip():
                raise FilterError(f"{self.text[self.at:].strip()[:20]!r} cannot be read, at place {self.at + 1}.")
            self.kind, self.value = "end", ""
            return
        self.kind, self.end = str(found.lastgroup), found.end()
        self.value = found[self.kind]

    def count(self, depth: int) -> None:
        self.made += 1
        if self.made > MAX_NODES or depth > MAX_DEPTH:
            raise FilterError("it is too long or too deep.")

    def word(self, *words: str) -> bool:
        """Whether the cursor stands on one of these words of the language."""
        return self.kind == "name" and self.value in words

    def either(self, depth: int) -> Node:
        return self._chain("or", depth)

    def _chain(self, word: str, depth: int) -> Node:
        self.count(depth)
        def part() -> Node:
            return self._chain("and", depth + 1) if word == "or" else self.negated(depth + 1)

        parts = [part()]
        while self.word(word):
            self.step()
            parts.append(part())
        return parts[0] if len(parts) == 1 else Both(tuple(parts), word == "and")

    def negated(self, depth: int) -> Node:
        self.count(depth)
        if self.word("not"):
            self.step()
            return Not(self.negated(depth + 1))
        return self.comparison(depth)

    def comparison(self, depth: int) -> Node:
        left = self.operand(depth)
        if self.word(*_KNOWN_ELSEWHERE):
            raise Unsupported(self.value)
        if not self.word(*COMPARISONS):
            return left
        operator = self.value
        self.step()
        right = self.operand(depth)
        if self.word(*_KNOWN_ELSEWHERE):
            raise Unsupported(self.value)
        return Compare(operator, left, right)

    def operand(self, depth: int) -> Node:
        self.count(depth)
        kind, value, at = self.kind, self.value, self.at
        if kind == "end":
            raise FilterError("it ends where a value was expected.")
        self.step()
        if kind == "sign":
            if value != "(":
                raise FilterError(f"{value!r} was not expected at place {at + 1}.")
            inner = self.either(depth + 1)
            self.close()
            return inner
        if kind == "name" and self.kind == "sign" and self.value == "(":
            return self.call(value, depth)
        return literal(kind, value)

    def call(self, function: str, depth: int) -> Node:
        if function not in FUNCTIONS:
            raise UnknownFunction(function)
        self.step()
        arguments: list[Node] = []
        while not (self.kind == "sign" and self.value == ")"):
            arguments.append(self.either(depth + 1))
            if not (self.kind == "sign" and self.value == ","):
                break
            self.step()
        self.close()
        if len(arguments) != FUNCTIONS[function]:
            raise FilterError(f"{function}() takes {FUNCTIONS[function]} values, not {len(arguments)}.")
        return Call(function, tuple(arguments))

    def close(self) -> None:
        if not (self.kind == "sign" and self.value == ")"):
            raise FilterError(f"a bracket is not closed at place {self.at + 1}.")
        self.step()


def literal(kind: str, written: str) -> Node:
    """Return the value that a token stands for."""
    if kind == "text":
        return Literal(written[1:-1].replace("''", "'"), written)
    if kind == "number":
        return Literal(_number(written), written)
    if kind == "moment":
        return Literal(moment(written), written)
    if written in (*COMPARISONS, "and", "or", "not"):
        raise FilterError(f"{written!r} stands where a value was expected.")
    fixed = {"null": None, "true": True, "false": False}
    return Literal(fixed[written], written) if written in fixed else Path(written)


def _number(written: str) -> int | float:
    if len(written) > 40:
        raise FilterError("a number has too many digits.")
    if written.lstrip("+-").isdigit():
        whole = int(written)
        return whole if abs(whole) < 2**63 else float(whole)
    number = float(written)
    if number in (float("inf"), float("-inf")):
        raise FilterError(f"the number {written} is too large.")
    return number


def moment(written: str) -> datetime | date:
    """Return a date, or a moment in UTC (also where no offset is named). Raises FilterError."""
    try:
        if "T" not in written:
            return date.fromisoformat(written)
        # A plus sign that nobody encoded arrives as a blank.
        found = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", written.replace(" ", "+")))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FilterError(f"{written} is no date.") from None
