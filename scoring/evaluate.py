"""The value of an expression over one set of answers (docs/rubric.md "Expressions").

An expression is a number, a condition, or one of two gaps: UNKNOWN (an answer it needs is not there)
and VOID (it divides by a group of nobody). A gap in a part is a gap of the whole, except where `if` or
`mean` do not need that part.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import Enum
from typing import Protocol

from scoring.expressions import Call, Is, Node, Number, OfField, Operation, Ref, Value
from scoring.figures import half_up


class Gap(Enum):
    UNKNOWN = "unknown"
    VOID = "void"


Result = float | bool | Gap
# Collect writes decimals from ten million on as Java prints them: 1.5E7.
_NUMBER = re.compile(r"-?\d{1,15}(\.\d+)?([eE][+-]?\d{1,2})?")


class World(Protocol):
    """Where an expression finds answers."""

    on: date

    def text(self, ref: Ref) -> str: ...
    def number(self, ref: Ref) -> float | None: ...
    def unknown(self, text: str) -> bool: ...
    def ticks(self, ref: Ref) -> Sequence[str]: ...
    def frequency(self, text: str) -> float | None: ...


def as_number(text: str) -> float | None:
    """Return the number that an XForm wrote, or None (codes such as tt, blanks, anything else)."""
    return float(text) if _NUMBER.fullmatch(text) else None


def as_date(text: str) -> date | None:
    """Return the day of an XForm date or dateTime, or None."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def months_between(day: date, on: date) -> float:
    """Return calendar months from `day` to `on`; a day is 1/31 of a month.

    So 24 November 2025 to 24 November 2026 is exactly 12, leap year or not, and no time zone plays a part.
    """
    return 12 * (on.year - day.year) + (on.month - day.month) + (on.day - day.day) / 31


def evaluate(node: Node, world: World) -> Result:
    """Return the value of the expression, or the gap that keeps it from having one."""
    match node:
        case Number(value):
            return value
        case Value(ref):
            number = world.number(ref)
            return Gap.UNKNOWN if number is None else number
        case Is(ref, code, negated):
            text = world.text(ref)
            if world.unknown(text):
                return Gap.UNKNOWN
            return (code in text.split()) != negated
        case OfField(function, ref):
            return _of_field(function, ref, world)
        case Operation(sign, arguments):
            return _operation(sign, arguments, world)
        case Call(function, arguments):
            return _call(function, arguments, world)


def holds(node: Node | None, world: World) -> bool:
    """Tell whether a condition is met; one that cannot be known is not."""
    return node is not None and evaluate(node, world) is True


def number_of(node: Node, world: World) -> float | None:
    """Return the number of an expression, None for either gap."""
    value = evaluate(node, world)
    return None if isinstance(value, Gap) else float(value)


def _of_field(function: str, ref: Ref, world: World) -> Result:
    text = world.text(ref)
    if world.unknown(text):
        return Gap.UNKNOWN
    if function == "count":
        return float(len(world.ticks(ref)))
    if function == "months":
        day = as_date(text)
        return Gap.UNKNOWN if day is None else months_between(day, world.on)
    score = world.frequency(text)
    return Gap.UNKNOWN if score is None else score


def _operation(sign: str, arguments: Sequence[Node], world: World) -> Result:
    if sign in ("and", "or"):
        return _connected(sign == "or", arguments, world)
    values: list[float] = []
    gap: Gap | None = None
    for node in arguments:
        value = evaluate(node, world)
        if value is Gap.UNKNOWN:
            return value
        if isinstance(value, Gap):
            gap = value
        else:
            values.append(value)
    if sign == "/" and values and values[-1] <= 0:
        return Gap.VOID
    return gap if gap else _apply(sign, values)


_OPERATORS: dict[str, Callable[[float, float], float | bool]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "=": operator.eq, "!=": operator.ne,
}  # fmt: skip


def _connected(deciding: bool, arguments: Sequence[Node], world: World) -> Result:
    """One true part decides an `or`, one false part an `and`, whatever is not known of the other."""
    values = [evaluate(node, world) for node in arguments]
    if any(value is deciding for value in values):
        return deciding
    return Gap.UNKNOWN if any(isinstance(value, Gap) for value in values) else not deciding


def _apply(sign: str, values: Sequence[float]) -> Result:
    return not values[0] if sign == "not" else _OPERATORS[sign](values[0], values[1])


def _call(function: str, arguments: Sequence[Node], world: World) -> Result:
    if function == "if":
        condition = evaluate(arguments[0], world)
        if isinstance(condition, Gap):
            return condition
        return evaluate(arguments[1 if condition else 2], world)
    if function == "share":
        return _share(arguments, world)
    values = [evaluate(node, world) for node in arguments]
    if Gap.UNKNOWN in values:
        return Gap.UNKNOWN
    numbers = [value for value in values if not isinstance(value, Gap)]
    if function == "mean":
        return _mean(numbers)
    if len(numbers) < len(values):
        return Gap.VOID
    if function == "round":
        return half_up(numbers[0], 0)
    return min(numbers) if function == "min" else max(numbers)


def _share(arguments: Sequence[Node], world: World) -> Result:
    """100 × part ÷ whole; VOID when the whole is nobody, whatever is known of the part."""
    whole = evaluate(arguments[1], world)
    if isinstance(whole, Gap):
        return whole
    if whole <= 0:
        return Gap.VOID
    part = evaluate(arguments[0], world)
    return part if isinstance(part, Gap) else 100 * part / whole


def _mean(numbers: Sequence[float]) -> Result:
    if not numbers:
        return Gap.VOID
    total = 0.0
    for number in numbers:
        total += number
    return total / len(numbers)
