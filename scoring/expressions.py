"""The small closed language of the rubric's cells: text in, a typed tree out (docs/rubric.md "Expressions").

Both `evaluate` (Python) and `xpath` (the phone) read the tree; nothing else may be said in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass


class ExpressionError(ValueError):
    """The text is not an expression; the message says at which word."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The one row of a repeat whose field `key` holds `code`: poktan[jenis=bkb]."""

    repeat: str  # name
    path: str
    key: str
    code: str


@dataclass(frozen=True, slots=True)
class Ref:
    """A field of the form, or (in gates and class conditions) the code of a figure of the rubric."""

    name: str
    path: str = ""
    type: str = "code"
    select: str | None = None
    rows: Rows | None = None
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Value:
    """The field as a number."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Is:
    """The field's answer is (or is not) this code."""

    ref: Ref
    code: str
    negated: bool


@dataclass(frozen=True, slots=True)
class OfField:
    """count(field), months(field), frequency(field)."""

    function: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    operator: str  # + - * /  < <= > >= = !=  and or not
    arguments: tuple[Node, ...]


Node = Number | Value | Is | OfField | Call | Operation
Resolve = Callable[[str, tuple[str, str, str] | None], Ref]

FIELD_FUNCTIONS = ("count", "months", "frequency")
ARITY = {"min": (2, 9), "max": (2, 9), "if": (3, 3), "share": (2, 2), "mean": (1, 99), "round": (1, 1)}
COMPARISONS = ("<=", ">=", "!=", "<", ">", "=")
BOOLEAN = frozenset(("and", "or", "not", *COMPARISONS))

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|'(?P<text>[^']*)'"
    r"|(?P<name>[^\W\d]\w*(?:-[^\W\d]\w*)*)|(?P<sign><=|>=|!=|[-+*/()<>=,\[\].]))"
)


def boolean(node: Node) -> bool:
    """Tell whether the node is a condition rather than a number."""
    return isinstance(node, Is) or (isinstance(node, Operation) and node.operator in BOOLEAN)


def children(node: Node) -> tuple[Node, ...]:
    return node.arguments if isinstance(node, Call | Operation) else ()


def parts(node: Node) -> Iterator[Node]:
    """Yield the expression and all that it is made of, in order."""
    yield node
    for child in children(node):
        yield from parts(child)


def refs(node: Node) -> Iterator[Ref]:
    """Yield the fields that the expression names, in order, with repetitions."""
    yield from (part.ref for part in parts(node) if isinstance(part, Value | Is | OfField))


def parse(text: str, resolve: Resolve) -> Node:
    """Read an expression; `resolve(name, (repeat, key, code) | None)` finds a field or raises."""
    reader = _Reader(text, resolve)
    try:
        node = reader.either()
    except RecursionError:
        raise ExpressionError("there are too many brackets inside one another") from None
    if reader.here:
        raise ExpressionError(f"“{reader.here[1]}” was not expected here")
    return node


def field(text: str, resolve: Resolve) -> Ref:
    """Read the name of one field: a1_bukti, poktan[jenis=bkb].poktan_bukti."""
    reader = _Reader(text, resolve)
    ref = reader.reference()
    if reader.here:
        raise ExpressionError(f"“{reader.here[1]}” was not expected after the name of a field")
    return ref


class _Reader:
    """A recursive descent over the tokens, one method a level of precedence."""

    def __init__(self, text: str, resolve: Resolve) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.resolve = resolve

    @property
    def here(self) -> tuple[str, str] | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def take(self, *words: str) -> str | None:
        """Step over the next token if it is one of these words or signs."""
        if self.here and self.here[0] != "text" and self.here[1] in words:
            self.at += 1
            return self.tokens[self.at - 1][1]
        return None

    def expect(self, word: str) -> None:
        if not self.take(word):
            found = f"“{self.here[1]}”" if self.here else "the end"
            raise ExpressionError(f"“{word}” is missing before {found}")

    def either(self) -> Node:
        return self.chain(self.both, ("or",))

    def both(self) -> Node:
        return self.chain(self.negation, ("and",))

    def negation(self) -> Node:
        if self.take("not"):
            return Operation("not", (_condition(self.negation(), "not"),))
        return self.comparison()

    def comparison(self) -> Node:
        left = self.terms()
        sign = self.take(*COMPARISONS)
        if not sign:
            return left
        if self.here and self.here[0] == "text":
            self.at += 1
            return _is(left, sign, self.tokens[self.at - 1][1])
        right = self.terms()
        return Operation(sign, (_number(left, sign), _number(right, sign)))

    def terms(self) -> Node:
        return self.chain(self.factors, ("+", "-"))

    def factors(self) -> Node:
        return self.chain(self.primary, ("*", "/"))

    def chain(self, level: Callable[[], Node], words: tuple[str, ...]) -> Node:
        node = level()
        while word := self.take(*words):
            check = _condition if word in BOOLEAN else _number
            node = Operation(word, (check(node, word), check(level(), word)))
        return node

    def primary(self) -> Node:
        if self.take("("):
            node = self.either()
            self.expect(")")
            return node
        kind, word = self.here or ("", "")
        if kind == "number":
            self.at += 1
            return Number(float(word))
        if kind == "text":
            raise ExpressionError(f"the text '{word}' may only be compared with a field, as in field = '{word}'")
        if kind == "name" and self.tokens[self.at + 1 : self.at + 2] == [("sign", "(")]:
            return self.call()
        return Value(self.reference())

    def call(self) -> Node:
        name = self.tokens[self.at][1]
        self.at += 2
        if name in FIELD_FUNCTIONS:
            ref = self.reference()
            self.expect(")")
            return OfField(name, ref)
        if name not in ARITY:
            known = ", ".join((*FIELD_FUNCTIONS, *ARITY))
            raise ExpressionError(f"there is no function {name}(); the functions are {known}")
        arguments = [self.either()]
        while self.take(","):
            arguments.append(self.either())
        self.expect(")")
        return _call(name, arguments)

    def reference(self) -> Ref:
        name = self.word()
        if not self.take("["):
            return self.resolve(name, None)
        key = self.word()
        self.expect("=")
        code = self.word()
        self.expect("]")
        self.expect(".")
        return self.resolve(self.word(), (name, key, code))

    def word(self) -> str:
        kind, word = self.here or ("", "")
        if kind not in ("name", "text", "number"):
            found = f"“{word}”" if word else "the end"
            raise ExpressionError(f"the name of a field is missing before {found}")
        self.at += 1
        return word


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise ExpressionError(f"“{text[at:].strip()[:12]}” cannot be read")
        kind = match.lastgroup or ""
        yield kind, match[kind]
        at = match.end()


def _is(left: Node, sign: str, code: str) -> Node:
    if not isinstance(left, Value) or sign not in ("=", "!="):
        raise ExpressionError(f"the text '{code}' may only be compared with a field, by = or !=")
    return Is(left.ref, code, sign == "!=")


def _condition(node: Node, word: str) -> Node:
    if not boolean(node):
        raise ExpressionError(f"“{word}” needs a condition on each side, such as field = 'ya' or field > 0")
    return node


def _number(node: Node, word: str) -> Node:
    if boolean(node):
        raise ExpressionError(f"“{word}” needs a number on each side, not a condition; use if(condition, 1, 0)")
    return node


def _call(name: str, arguments: list[Node]) -> Call:
    least, most = ARITY[name]
    if not least <= len(arguments) <= most:
        number = str(least) if least == most else f"{least} or more"
        raise ExpressionError(f"{name}() needs {number} values, not {len(arguments)}")
    numbers = arguments[1:] if name == "if" else arguments
    if name == "if":
        _condition(arguments[0], "if")
    for node in numbers:
        _number(node, f"{name}()")
    return Call(name, tuple(arguments))
