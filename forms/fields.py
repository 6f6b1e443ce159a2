"""The field tree of a form as Central's `/fields` lists it (PROTOCOL §3 "fields")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Text = dict[str, str]
"""A text by language name as the form spells it; the key is "" when the form has no languages."""

_NUMBERS_AND_TEXTS = ("string", "int", "decimal", "date", "time", "dateTime", "barcode", "boolean", "binary")
TYPES = frozenset({*_NUMBERS_AND_TEXTS, "geopoint", "geotrace", "geoshape", "structure", "repeat", "unknown"})


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a choice list; `columns` holds the further columns of the choices sheet."""

    value: str
    label: Text
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """One node of the form's primary instance; `path` leaves the root element out ("/identitas/desa")."""

    path: str
    name: str
    type: str
    label: Text
    hint: Text
    select: str | None  # None, "one", "many", "rank"
    choices: str | None  # key in Form.choices; None when no select, or when the choices are in a file
    binary: bool
    required: bool
    appearance: str
    children: tuple[Field, ...]
    saveto: str | None
    # Beyond the contract, for the checks and the desk.
    # `control` is the body element: input select1 select rank upload trigger range secret textarea group repeat.
    control: str = ""
    media: str = ""  # image audio video file, for uploads
    relevant: str = ""  # the XPath expressions as they stand in the form
    required_if: str = ""
    calculate: str = ""
    readonly: bool = False

    @property
    def container(self) -> bool:
        return self.type in ("structure", "repeat")


def walk(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield every field depth-first in form order, containers before what they hold."""
    stack = [iter(fields)]
    while stack:
        found = next(stack[-1], None)
        if found is None:
            stack.pop()
            continue
        yield found
        stack.append(iter(found.children))


def leaves(fields: Iterable[Field]) -> Iterator[Field]:
    """Yield every field that holds an answer once: not the groups around them, and nothing inside repeats."""
    for found in fields:
        if found.type == "structure":
            yield from leaves(found.children)
        elif found.type != "repeat":
            yield found
