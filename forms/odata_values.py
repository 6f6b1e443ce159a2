"""Answers, which are texts, as the typed values of OData (PROTOCOL §4 "$metadata", "Rows")."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from math import isfinite
from typing import Any

from forms.positions import GEOGRAPHIES, geojson, wkt

EDM = {
    "int": "Edm.Int64", "decimal": "Edm.Decimal", "boolean": "Edm.Boolean", "date": "Edm.Date", "dateTime": "Edm.DateTimeOffset",
    "geopoint": "Edm.GeographyPoint", "geotrace": "Edm.GeographyLineString", "geoshape": "Edm.GeographyPolygon",
}
"""The OData type of a field's type; any other is Edm.String."""

LARGEST = 2**63
_PLAIN = re.compile(r"[+-]?\d{1,100}(\.\d{0,100})?([eE][+-]?\d{1,2})?", re.ASCII)
_SHORT_OFFSET = re.compile(r"(.*T.*[+-]\d\d):?(\d\d)?")


def whole(text: str) -> int | None:
    """Return a whole number of 64 bits, also from "12.0" and "1.5E7"; None for anything else."""
    try:
        number = int(text) if text.isascii() and "_" not in text else None
    except ValueError:
        approximate = decimal(text)
        number = int(approximate) if approximate is not None and approximate.is_integer() else None
    return number if number is not None and -LARGEST <= number < LARGEST else None


def decimal(text: str) -> float | None:
    """Return a finite number, also from "1.5E7"; None for anything else."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not isfinite(number) or "_" in text or not text.isascii():
        return None
    return number


def truth(text: str) -> bool | None:
    return {"true": True, "1": True, "false": False, "0": False}.get(text.strip())


def moment(text: str) -> str:
    """Return a date and time with its offset completed: "…+07" and "…+0700" become "…+07:00"."""
    if text[-6:-5] in ("+", "-") or text[-1:] == "Z":
        return text
    short = _SHORT_OFFSET.fullmatch(text)
    return f"{short[1]}:{short[2] or '00'}" if short else text


def number(text: str) -> float | None:
    """Return what a filter compares a number field by; None for what is no number."""
    return decimal(text.strip()) if _PLAIN.fullmatch(text.strip()) else None


def conversion(kind: str, *, as_wkt: bool = False) -> Callable[[str], Any] | None:
    """Return how an answer of this type becomes its OData value; None when the text itself is it."""
    if kind in GEOGRAPHIES:
        return partial(wkt if as_wkt else geojson, kind)
    return _CONVERSIONS.get(kind)


_CONVERSIONS: dict[str, Callable[[str], Any]] = {"int": whole, "decimal": decimal, "boolean": truth, "dateTime": moment}
