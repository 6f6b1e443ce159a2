"""Expressions as XPath for the phone, with the same arithmetic in the same order as `evaluate` (DESIGN §7).

XPath has no gaps, and a blank in a sum makes NaN; so beside the value stand two conditions: `known`, the
value exists, and `void`, it divides by a group of nobody. Only operations that JavaRosa (Collect) and
@getodk/xforms-engine share are used.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scoring.expressions import Call, Is, Node, Number, OfField, Operation, Ref, Value
from scoring.figures import HALF
from scoring.model import Rubric
from scoring.rules import FREQUENCY, Points, read_table


@dataclass(frozen=True, slots=True)
class Compiled:
    """`known` are conditions that must all hold (none: always), `void` is one condition ("": never)."""

    value: str
    known: tuple[str, ...] = ()
    void: str = ""

    def otherwise(self, void: str, unknown: str = "''") -> str:
        """Return the value, or these texts where it is void or not known."""
        rest = f"if({self.void}, {void}, {unknown})" if self.void else unknown
        return f"if({all_of(self.known)}, {self.value}, {rest})" if self.known else self.value


@dataclass(frozen=True, slots=True)
class Compiler:
    """`name` tells how a field or figure is written; `emit` stores an intermediate value and names it."""

    rubric: Rubric
    name: Callable[[Ref], str]
    emit: Callable[[str], str]

    def compile(self, node: Node) -> Compiled:
        match node:
            case Number(value):
                return Compiled(number(value))
            case Value(ref):
                return Compiled(self.name(ref), (self.is_number(ref),))
            case Is(ref, code, negated):
                held = f"selected({self.name(ref)}, {literal(code)})"
                return Compiled(f"not({held})" if negated else held, self.answered(ref))
            case OfField(function, ref):
                return self.of_field(function, ref)
            case Operation(operator, arguments):
                return _operation(operator, [self.compile(node) for node in arguments])
            case Call("mean", arguments):
                return self.mean([self.compile(node) for node in arguments])
            case Call(function, arguments):
                return _call(function, [self.compile(node) for node in arguments])

    def condition(self, node: Node | None) -> str:
        """Return a condition that holds only when it is known to; "" for none."""
        if node is None:
            return ""
        found = self.compile(node)
        return all_of((*found.known, found.value))

    def is_number(self, ref: Ref) -> str:
        name = self.name(ref)
        return f"{name} != ''" if ref.type in ("int", "decimal") else f"({name} >= 0 or {name} < 0)"

    def answered(self, ref: Ref) -> tuple[str, ...]:
        name = self.name(ref)
        return (f"{name} != ''", f"not(selected({name}, {literal(self.rubric.scale.unknown)}))")

    def of_field(self, function: str, ref: Ref) -> Compiled:
        if function == "count":
            return Compiled(self.ticks(ref), self.answered(ref))
        if function == "months":
            visit = self.rubric.scale.visit_date
            on = self.name(visit) if visit else "string(today())"
            return Compiled(_months(self.name(ref), on), (f"{self.name(ref)} != ''", f"{on} != ''"))
        return lookup(self.name(ref), read_table(FREQUENCY))

    def ticks(self, ref: Ref) -> str:
        scale, name = self.rubric.scale, self.name(ref)
        known = self.rubric.choices.get(ref.path, {})
        special = [code for code in (scale.none, scale.not_applicable) if code in known]
        less = "".join(f" - if(selected({name}, {literal(code)}), 1, 0)" for code in special)
        return f"(count-selected({name}){less})"

    def mean(self, items: Sequence[Compiled]) -> Compiled:
        """The items are stored first: each is read four times, and is long."""
        names = [self.emit(item.otherwise("'-'")) for item in items]
        known = tuple(f"{name} != ''" for name in names)
        some = any_of([f"{name} != '-'" for name in names])
        total = " + ".join(f"if({name} = '-', 0, {name})" for name in names)
        size = " + ".join(f"if({name} = '-', 0, 1)" for name in names)
        none = all_of([f"{name} = '-'" for name in names])
        return Compiled(f"(({total}) div ({size}))", (*known, some), none)


def literal(text: str) -> str:
    """Return an XPath string literal; XPath 1.0 has no escapes, so a text with both quotes is put together."""
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = text.split("'")
    return "concat(" + ', "\'", '.join(f"'{part}'" for part in parts) + ")"


def number(value: float) -> str:
    """Return a number as XPath 1.0 reads it: no exponent."""
    text = f"{value:.15g}" if float(f"{value:.15g}") == value else repr(value)
    text = text if "e" not in text else f"{value:.20f}".rstrip("0")
    return f"(0 - {text[1:]})" if text.startswith("-") else text


def all_of(conditions: Sequence[str]) -> str:
    """Return the conditions joined by `and`, each once; "true()" for none."""
    kept = list(dict.fromkeys(condition for condition in conditions if condition))
    return " and ".join(kept) if kept else "true()"


def any_of(conditions: Sequence[str]) -> str:
    kept = list(dict.fromkeys(condition for condition in conditions if condition))
    return kept[0] if len(kept) == 1 else f"({' or '.join(f'({c})' for c in kept)})"


def half_up(value: str, places: int) -> str:
    """Return the figure in units of its last printed place, as a whole number (`figures.half_up`)."""
    return f"int({value} * {10**places} + {number(HALF)})"


def fixed(hundredths: str, point: str) -> str:
    """Return a number of hundredths as text with two decimals, "59.30"."""
    return f"concat(int({hundredths} div 100), '{point}', substr(string(100 + {hundredths} mod 100), 1, 3))"


def lookup(name: str, table: dict[str, float]) -> Compiled:
    """Return the score of a choice code."""
    value = "''"
    for code, score in reversed(table.items()):
        value = f"if({name} = {literal(code)}, {number(score)}, {value})"
    return Compiled(value, (f"{name} != ''", f"selected({literal(' '.join(table))}, {name})"))


def line(points: Points, x: str) -> str:
    """Return `Points.line` of a stored number."""
    (x0, y0), *rest = points.pairs
    value = number(points.pairs[-1][1])
    for (xa, ya), (xb, yb) in reversed(list(zip(points.pairs, rest, strict=False))):
        slope = f"{number(ya)} + ({x} - {number(xa)}) * {number(yb - ya)} div {number(xb - xa)}"
        value = f"if({x} <= {number(xb)}, {slope}, {value})"
    return f"if({x} <= {number(x0)}, {number(y0)}, {value})"


def stair(points: Points, x: str) -> str:
    """Return `Points.stair` of a stored number."""
    value = number(points.pairs[0][1])
    for at, y in points.pairs[1:]:
        value = f"if({x} >= {number(at)}, {number(y)}, {value})"
    return value


def _months(day: str, on: str) -> str:
    def difference(start: int, end: int) -> str:
        return f"(number(substr({on}, {start}, {end})) - number(substr({day}, {start}, {end})))"

    return f"(12 * {difference(0, 4)} + {difference(5, 7)} + {difference(8, 10)} div 31)"


def _operation(operator: str, parts: Sequence[Compiled]) -> Compiled:
    if operator == "not":
        return replace(parts[0], value=f"not({parts[0].value})")
    left, right = parts
    if operator in ("and", "or"):
        return _connected(operator, left, right)
    void, known = _void_of(left, right), (*left.known, *right.known)
    sign = {"/": "div", "!=": "="}.get(operator, operator)
    value = f"({left.value} {sign} {right.value})"
    if operator == "!=":
        value = f"not{value}"
    if operator == "/" and not right.value.replace(".", "").isdigit():
        return Compiled(value, (*known, f"{right.value} > 0"), any_of([void, all_of((*known, f"{right.value} <= 0"))]))
    return Compiled(value, known, void)


def _void_of(left: Compiled, right: Compiled) -> str:
    """Return when a sum is void: one part is, and the other is not unknown."""
    if not left.void and not right.void:
        return ""
    here = any_of([left.void, right.void])
    sides = [any_of([part.void, all_of(part.known)]) if part.void else all_of(part.known) for part in (left, right)]
    return all_of([here, *(side for side in sides if side != "true()")])


def _connected(operator: str, left: Compiled, right: Compiled) -> Compiled:
    """One deciding part is enough, whatever is not known of the other (`evaluate._connected`)."""
    sides = [all_of((*part.known, part.value)) for part in (left, right)]
    against = [all_of((*part.known, f"not({part.value})")) for part in (left, right)]
    both = all_of((*left.known, *right.known))
    if operator == "or":
        return Compiled(any_of(sides), () if both == "true()" else (any_of([both, *sides]),))
    value = f"({left.value} and {right.value})"
    return Compiled(value, () if both == "true()" else (any_of([both, *against]),))


def _call(function: str, parts: Sequence[Compiled]) -> Compiled:
    if function == "if":
        return _if(*parts)
    if function == "share":
        return _share(*parts)
    known = tuple(condition for part in parts for condition in part.known)
    void = ""
    for done, part in enumerate(parts[1:], start=1):
        before = Compiled("", tuple(c for p in parts[:done] for c in p.known), void or parts[0].void)
        void = _void_of(before, part)
    void = parts[0].void if len(parts) == 1 else void
    if function == "round":
        return Compiled(half_up(parts[0].value, 0), known, void)
    return Compiled(f"{function}({', '.join(part.value for part in parts)})", known, void)


def _if(condition: Compiled, yes: Compiled, no: Compiled) -> Compiled:
    value = f"if({condition.value}, {yes.value}, {no.value})"
    then, other = f"({condition.value})", f"not({condition.value})"
    known = _branch(then, other, all_of(yes.known), all_of(no.known))
    voids = [all_of([*condition.known, then, yes.void]) if yes.void else "",
             all_of([*condition.known, other, no.void]) if no.void else "", condition.void]  # fmt: skip
    return Compiled(value, (*condition.known, *known), any_of(voids) if any(voids) else "")


def _branch(then: str, other: str, yes: str, no: str) -> tuple[str, ...]:
    if yes == no:
        return () if yes == "true()" else (yes,)
    if yes == "true()":
        return (any_of([then, no]),)
    if no == "true()":
        return (any_of([other, yes]),)
    return (any_of([all_of([then, yes]), all_of([other, no])]),)


def _share(part: Compiled, whole: Compiled) -> Compiled:
    here = f"{whole.value} > 0"
    void = any_of([whole.void, all_of([*whole.known, f"{whole.value} <= 0"])])
    if part.void:
        void = any_of([void, all_of([*whole.known, here, part.void])])
    return Compiled(f"(100 * {part.value} div {whole.value})", (*whole.known, here, *part.known), void)
