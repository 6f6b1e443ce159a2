"""Lists of villages read from CSV, outlines from GeoJSON; whatever is wrong is said with its line (DESIGN §2)."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass
from typing import Any

COLUMNS = ("kecamatan_code", "kecamatan", "village_code", "village", "lon", "lat")
CODE = re.compile(r"\d{2}(\.\d{2,4}){1,3}")


class BadList(ValueError):
    """The file cannot be imported; the text names the line or feature and what is wrong."""


@dataclass(frozen=True, slots=True)
class Row:
    """One village as a file gives it; the point in degrees WGS84."""

    code: str
    name: str
    subdistrict_code: str
    subdistrict: str
    lon: float | None
    lat: float | None


def read_csv(data: bytes) -> list[Row]:
    """Villages of a CSV file with the columns COLUMNS (UTF-8, comma or semicolon). Raises BadList."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadList("The file is not UTF-8; save it as CSV UTF-8.") from None
    head = text.partition("\n")[0]
    lines = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    missing = [name for name in COLUMNS[:4] if name not in (lines.fieldnames or ())]
    if missing:
        raise BadList(f"The first line lacks the column {missing[0]}; it has {', '.join(lines.fieldnames or ['nothing'])}.")
    rows = [_row(number, line) for number, line in enumerate(lines, start=2)]
    if not rows:
        raise BadList("The file holds no village.")
    _refuse_doubles([row.code for row in rows])
    return rows


def _row(number: int, line: dict[str, str | None]) -> Row:
    cells = {name: (line.get(name) or "").strip() for name in COLUMNS}
    for name in COLUMNS[:4]:
        if not cells[name]:
            raise BadList(f"Line {number}: {name} is empty.")
    for name in ("kecamatan_code", "village_code"):
        if not CODE.fullmatch(cells[name]):
            raise BadList(f"Line {number}: {name} is {cells[name]!r}; a Kemendagri code looks like 19.06.01.2001.")
    if not cells["village_code"].startswith(cells["kecamatan_code"] + "."):
        raise BadList(f"Line {number}: the village {cells['village_code']} does not lie in {cells['kecamatan_code']}.")
    lon, lat = _degrees(number, "lon", cells["lon"], 180), _degrees(number, "lat", cells["lat"], 90)
    return Row(cells["village_code"], cells["village"], cells["kecamatan_code"], cells["kecamatan"], lon, lat)


def _degrees(number: int, name: str, value: str, most: int) -> float | None:
    if not value:
        return None
    try:
        degrees = float(value.replace(",", "."))
    except ValueError:
        raise BadList(f"Line {number}: {name} is {value!r}, not a number of degrees.") from None
    if not abs(degrees) <= most:
        raise BadList(f"Line {number}: {name} is {value}, outside ±{most}.")
    return degrees


def _refuse_doubles(codes: list[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise BadList(f"The village {code} stands twice in the file.")
        seen.add(code)


def read_geojson(data: bytes) -> dict[str, dict[str, Any]]:
    """Outlines (Polygon or MultiPolygon, WGS84) by village code. Raises BadList."""
    try:
        document = json.loads(data)
        features = document["features"]
    except (ValueError, KeyError, TypeError):
        raise BadList("The file is not a GeoJSON FeatureCollection.") from None
    found = {}
    for number, feature in enumerate(features, start=1):
        code = str((feature.get("properties") or {}).get("village_code", ""))
        if not CODE.fullmatch(code):
            raise BadList(f"Feature {number} has no property village_code like 19.06.01.2001.")
        found[code] = _geometry(number, code, feature.get("geometry"))
    return found


def _geometry(number: int, code: str, geometry: Any) -> dict[str, Any]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadList(f"Feature {number} ({code}) is {kind or 'empty'}; an outline is a Polygon or MultiPolygon.")
    polygons = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    try:
        points = [(float(x), float(y)) for polygon in polygons for ring in polygon for x, y, *_ in ring]
    except (TypeError, ValueError):
        raise BadList(f"Feature {number} ({code}) has a point that is not [lon, lat].") from None
    if not points or any(abs(x) > 180 or abs(y) > 90 for x, y in points):
        raise BadList(f"Feature {number} ({code}) is not in degrees WGS84 (lon, lat).")
    return {"type": kind, "coordinates": geometry["coordinates"]}
