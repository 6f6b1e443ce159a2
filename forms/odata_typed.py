"""The rows of a form's first table by types: read, arranged and written without a dictionary on the way (DESIGN §9).

It makes the rows that `odata_rows.maker` makes, in half the time: msgspec reads the stored answers into an object with a
place for each field, numbers as numbers, and writes objects as it writes dictionaries. Only for whole rows.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Annotated, Any

import msgspec

from forms.fields import Field, leaves
from forms.form import Form
from forms.odata import sanitised
from forms.odata_rows import known
from forms.odata_tables import steps
from forms.odata_values import LARGEST

Stored = str | bytes
Make = Callable[[Stored, str, str, Any], Any]
"""Makes a row from: the stored answers, the row's own address, `__id` and `__system`. `write` writes it."""

# What is read as a number here is the same number in odata_values, and what is not goes there to be asked. Only "nan" and
# "inf" pass as such; they are written as null, which odata_values says, too.
_NUMBERS: dict[str, Any] = {
    "int": Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST - 1)] | None,
    "decimal": float | None,
}
write = msgspec.json.Encoder().encode


def maker(form: Form, *, as_wkt: bool = False) -> Make:
    """Return the function that makes the rows of the form's first table, made once per form."""
    name = f"typed rows, as_wkt={as_wkt}"
    made: Make = form.derived.get(name) or form.derived.setdefault(name, _maker(form, as_wkt))
    return made


def _maker(form: Form, as_wkt: bool) -> Make:
    fields = {found.path: found for found in leaves(form.fields)}
    answers = _struct("Answers", fields, [_NUMBERS.get(found.type, str | None) for found in fields.values()])
    read = msgspec.json.Decoder(answers, strict=False).decode
    plain = msgspec.json.Decoder(dict[str, str]).decode
    arrange = _arrangement(form.fields, {path: f"a{number}" for number, path in enumerate(fields)}, as_wkt)
    numbers = [(path, known(found.type) if found.type in _NUMBERS else None) for path, found in fields.items()]

    def make(stored: Stored, link: str, instance_id: str, system: Any) -> Any:
        try:
            found = read(stored)
        except msgspec.ValidationError:  # a number written in another way, or none
            said = plain(stored)
            found = answers(*(convert[said.get(path)] if convert else said.get(path) for path, convert in numbers))
        return arrange(found, link, instance_id, system)

    return make


def _struct(name: str, names: Iterable[str], types: Iterable[Any]) -> Any:
    """A type with the fields a0, a1, …, which JSON knows by these names. Nothing in it ever refers back to it."""
    listed = list(names)
    return msgspec.defstruct(name, [(f"a{number}", kind, None) for number, kind in enumerate(types)],
                             rename={f"a{number}": each for number, each in enumerate(listed)}, gc=False)


def _arrangement(fields: Iterable[Field], places: dict[str, str], as_wkt: bool) -> Callable[[Any, str, str, Any], Any]:
    """The function from answers to a row: one expression compiled from syntax nodes, `Row(Group(found.a0, …), id, system)`."""
    used: dict[str, Any] = {}
    body = _object(fields, places, as_wkt, used, {"__id": _name("id"), "__system": _name("system")})
    arguments = ast.arguments(posonlyargs=[], args=[ast.arg(name) for name in ("found", "link", "id", "system")], kwonlyargs=[],
                              kw_defaults=[], defaults=[])
    tree = ast.fix_missing_locations(ast.Expression(ast.Lambda(arguments, body)))
    made: Callable[[Any, str, str, Any], Any] = FunctionType(compile(tree, "<typed row>", "eval"), used)()
    return made


def _object(fields: Iterable[Field], places: dict[str, str], as_wkt: bool, used: dict[str, Any],
            beside: dict[str, ast.expr]) -> ast.Call:
    values: dict[str, ast.expr] = {}
    for found in fields:
        name = sanitised(found.name)
        if found.type == "repeat":
            end = "/" + "/".join(steps(found.path))
            values[f"{name}@odata.navigationLink"] = ast.BinOp(_name("link"), ast.Add(), ast.Constant(end))
        elif found.type == "structure":
            values[name] = _object(found.children, places, as_wkt, used, {})
        else:
            values[name] = _value(found, places, as_wkt, used)
    values |= beside
    kind = f"Row{len(used)}"
    used[kind] = _struct(kind, values, [Any] * len(values))
    return ast.Call(_name(kind), list(values.values()), [])


def _value(found: Field, places: dict[str, str], as_wkt: bool, used: dict[str, Any]) -> ast.expr:
    asked = ast.Attribute(_name("found"), places[found.path], ast.Load())
    convert = None if found.type in _NUMBERS else known(found.type, as_wkt=as_wkt)
    if convert is None:
        return asked
    name = f"known_{found.type}"
    used.setdefault(name, convert)
    return ast.Subscript(_name(name), asked, ast.Load())


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())
