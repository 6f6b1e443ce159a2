"""Positions as forms write them, as GeoJSON and as Well-Known Text (PROTOCOL §4 "Rows")."""

from __future__ import annotations

from math import isfinite
from typing import Any

Point = tuple[float, ...]
GEOGRAPHIES = {"geopoint": "Point", "geotrace": "LineString", "geoshape": "Polygon"}
_FEWEST = {"geopoint": 1, "geotrace": 2, "geoshape": 4}


def read(kind: str, text: str) -> list[Point] | None:
    """Return the points as (latitude, longitude[, altitude[, accuracy]]) in degrees and metres; None if it is no position."""
    found = []
    for part in text.strip().rstrip("; ").split(";"):
        try:
            numbers = tuple(map(float, part.split()))
        except ValueError:
            return None
        if not 2 <= len(numbers) <= 4 or not all(map(isfinite, numbers)) or abs(numbers[0]) > 90 or abs(numbers[1]) > 180:
            return None
        found.append(numbers)
    fits = len(found) == 1 if kind == "geopoint" else len(found) >= _FEWEST[kind]
    return found if fits else None


def geojson(kind: str, text: str) -> dict[str, Any] | None:
    """Return a GeoJSON geometry; a point's accuracy stands in `properties`, as Central writes it."""
    points = read(kind, text)
    if points is None:
        return None
    placed = [[point[1], point[0], *point[2:3]] for point in points]
    coordinates: Any = {"geopoint": placed[0], "geotrace": placed, "geoshape": [placed]}[kind]
    shape: dict[str, Any] = {"type": GEOGRAPHIES[kind], "coordinates": coordinates}
    if kind == "geopoint" and len(points[0]) == 4:
        shape["properties"] = {"accuracy": points[0][3]}
    return shape


def wkt(kind: str, text: str) -> str | None:
    """Return e.g. `POINT (106.15 -2.85 12.5)`: longitude first."""
    points = read(kind, text)
    if points is None:
        return None
    listed = ",".join(" ".join(f"{number:.15g}" for number in (point[1], point[0], *point[2:3])) for point in points)
    return f"{GEOGRAPHIES[kind].upper()} ({f'({listed})' if kind == 'geoshape' else listed})"
