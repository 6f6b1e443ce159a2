"""The columns of a table of answers as CSV and XLSX show them (PROTOCOL §5, §B.8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.fields import Field, leaves
from forms.form import Form

Expand = Callable[[str | None], list[str | None]]
Split = Mapping[str, Iterable[str]]
"""By path of a select-multiple field: the values that occur, sorted; each gets a column of its own."""

GEOPOINT = ("Latitude", "Longitude", "Altitude", "Accuracy")
_RISKY = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Columns:
    """The answer columns of one table: header, the path behind each cell, and how some cells become several.

    `numbers` are the places, after that, of cells that hold numbers; `days` of those that hold dates.
    """

    header: tuple[str, ...]
    paths: tuple[str, ...]
    expansions: tuple[tuple[int, Expand], ...]  # from the last cell to the first, so that places before stay right
    numbers: frozenset[int]
    days: frozenset[int]

    def cells(self, get: Callable[[str], Any]) -> list[str | None]:
        """Return one row; None for what was not answered."""
        row = list(map(get, self.paths))
        for place, expand in self.expansions:
            row[place:place + 1] = expand(row[place])
        return row


@dataclass(frozen=True, slots=True)
class _Column:
    path: str
    header: tuple[str, ...]
    kind: str = "text"
    expand: Expand | None = None


def columns(form: Form, fields: Iterable[Field], *, above: str = "", group_paths: bool = True, split: Split | None = None,
            labels: str | None = None) -> Columns:
    """Return the columns of these fields, without the repeats in them, groups joined by "-".

    `above` is the path of the table's repeat, which column names leave out. With `labels` (a language of the form, or
    ""), each select has a column with its choices' labels behind it.
    """
    made = [column for found in leaves(fields)
            for column in _of(form, found, _name(found, above, group_paths), (split or {}).get(found.path), labels)]
    places, at = [], 0
    for column in made:
        places.append(range(at, at + len(column.header)))
        at += len(column.header)
    return Columns(
        tuple(name for column in made for name in column.header), tuple(column.path for column in made),
        tuple((place, column.expand) for place, column in reversed([*enumerate(made)]) if column.expand),
        frozenset(each for column, range_ in zip(made, places, strict=True) if column.kind == "number" for each in range_),
        frozenset(range_[0] for column, range_ in zip(made, places, strict=True) if column.kind == "date"))


def _name(found: Field, above: str, group_paths: bool) -> str:
    return found.path[len(above) + 1:].replace("/", "-") if group_paths else found.name


def _of(form: Form, found: Field, name: str, split: Iterable[str] | None, labels: str | None) -> Iterator[_Column]:
    if found.type == "geopoint":
        yield _Column(found.path, tuple(f"{name}-{part}" for part in GEOPOINT), "number", _position)
        return
    if split is not None:
        values = tuple(split)
        yield _Column(found.path, (name, *(f"{name}/{value}" for value in values)), "text", _flags(values))
    else:
        yield _Column(found.path, (name,), {"int": "number", "decimal": "number", "date": "date"}.get(found.type, "text"))
    if labels is not None and found.choices in form.choices:
        yield _Column(found.path, (f"{name} (label)",), "text", _labels(form, found.choices or "", labels))


def _position(text: str | None) -> list[str | None]:
    parts: list[str | None] = list((text or "").split()[:4])
    return parts + [None] * (4 - len(parts))


def _flags(values: tuple[str, ...]) -> Expand:
    def expand(text: str | None) -> list[str | None]:
        if not text:
            return [text, *[None] * len(values)]
        ticked = set(text.split())
        return [text, *("1" if value in ticked else "0" for value in values)]

    return expand


def _labels(form: Form, choices: str, language: str) -> Expand:
    known: dict[str, str] = {}
    for choice in form.choices[choices]:
        known.setdefault(choice.value, form.say(choice.label, language) or choice.value)

    def expand(text: str | None) -> list[str | None]:
        if not text:
            return [None]
        return [known[text]] if text in known else ["; ".join(known.get(value, value) for value in text.split())]

    return expand


def safe(cell: str | None, is_number: bool = False) -> str | None:
    """Return a cell that no spreadsheet runs as a formula: an apostrophe before `= + - @` unless it is a number."""
    if not cell or not cell.startswith(_RISKY) or (is_number and _NUMBER.fullmatch(cell)):
        return cell
    return f"'{cell}"


def table_files(form: Form) -> dict[str, str]:
    """Return the base name of each table's file by path: "{form id}-{repeat}", the same name again with ~1, ~2."""
    files, seen = {"": form.xml_form_id}, dict[str, int]()
    for path, found in form.by_path.items():
        if found.type == "repeat":
            number = seen.get(found.name, 0)
            seen[found.name] = number + 1
            files[path] = f"{form.xml_form_id}-{found.name}" + (f"~{number}" if number else "")
    return files
