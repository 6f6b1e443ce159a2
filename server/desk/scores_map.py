"""The map of classes as SVG figures: tiles, or outlines where somebody imported them (DESIGN §6, EXPECTATIONS P13)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, radians, sin

from flask_babel import gettext as _

from scoring.model import Band
from server.desk import words
from server.desk.indicators import say
from server.desk.scores_reading import Reading
from server.villages import tiles
from server.villages.models import ScoreRow, Village
from server.villages.store import Brief

SIDE = 50.0  # from the middle of a hexagon to its corner, in units of the drawing
GAP = 3.0
MARGIN = 14.0
WIDE = 900.0  # of the map of outlines
LETTER = 4.6  # width of a letter on it


@dataclass(frozen=True, slots=True)
class Look:
    """How a village is drawn: a style by the rank of its class or its state, a letter, a word for it."""

    style: str
    letter: str
    label: str


@dataclass(frozen=True, slots=True)
class Tile:
    """One village of the drawing: its shape, its text lines, where they stand."""

    village: Village
    look: Look
    figure: str
    shape: str
    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Caption:
    """The name of a sub-district."""

    x: float
    y: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Map:
    tiles: list[Tile]
    edges: str  # borders of sub-districts, as one path
    names: list[Caption]
    view: str
    outlines: bool


STYLES = ("band-1", "band-2", "band-3", "band-4")


def look(band: Band, bands: Sequence[Band]) -> Look:
    """The style of a class by its rank among the classes; its letter is the first that no lower class has."""
    rank = [one.code for one in bands].index(band.code)
    style = STYLES[round(rank * (len(STYLES) - 1) / max(1, len(bands) - 1))]
    letters = [say(one.label)[:1].upper() for one in bands]
    letter = letters[rank] if letters.count(letters[rank]) == 1 else str(rank + 1)
    return Look(style, letter, say(band.label))


def look_of(row: ScoreRow | None, bands: Sequence[Band]) -> Look:
    """How a village's score is drawn; formed, not formed and not assessed are different things."""
    if row is None:
        return Look("not-assessed", "–", _("Not assessed"))
    if row.kind == "readiness":
        return Look("not-formed", "R", _("No Pokja yet (readiness)"))
    band = next((one for one in bands if one.code == row.class_code), None)
    return look(band, bands) if band else Look("insufficient", "?", _("Not enough data"))


def legend(bands: Sequence[Band]) -> list[Look]:
    """All looks, best class first."""
    return [look(band, bands) for band in reversed(bands)] + [
        Look("insufficient", "?", _("Not enough data")), Look("not-formed", "R", _("No Pokja yet (readiness)")),
        Look("not-assessed", "–", _("Not assessed"))]


def figure_of(brief: Brief | None) -> str:
    """The short figure on the map: the score, or the readiness without decimals."""
    if brief is None:
        return ""
    if brief.row.kind == "readiness":
        return words.number(brief.readiness, 0) if brief.readiness is not None else ""
    return words.number(brief.row.total, 1) if brief.row.total is not None else ""


def draw(reading: Reading, outlines: bool = False) -> Map | None:
    """The map of the villages that the page is about; None when none of them has a point."""
    placed = [village for village in reading.villages if village.lat is not None and village.lon is not None]
    if not placed:
        return None
    return _outlines(reading, placed) if outlines else _tiles(reading, placed)


def has_outlines(reading: Reading) -> bool:
    return any(village.outline for village in reading.villages)


@lru_cache(maxsize=32)
def _cells(spots: tuple[tiles.Spot, ...]) -> dict[str, tiles.Cell]:
    return tiles.place(spots)


def _tiles(reading: Reading, placed: Sequence[Village]) -> Map:
    cells = _cells(tuple(tiles.Spot(v.code, v.subdistrict_code, float(v.lat or 0), float(v.lon or 0)) for v in placed))
    middle = {code: _middle(cell) for code, cell in cells.items()}
    drawn = []
    for village in placed:
        x, y = middle[village.code]
        row = reading.rows.get(village.code)
        drawn.append(Tile(village, look_of(row, reading.bands), figure_of(reading.briefs.get(village.code)), _hexagon(x, y, SIDE - GAP), x, y, _lines(village.name)))
    groups = {village.code: village.subdistrict_code for village in placed}
    edges = " ".join(_edge(cell, side) for cell, side in tiles.borders(cells, groups))
    named = dict(zip((v.subdistrict_code for v in placed), (v.subdistrict for v in placed), strict=True))
    captions = {group: _middle(cell) for group, cell in tiles.captions(cells, groups).items()} if len(named) > 1 else {}
    names = [Caption(x, y, _lines(named[group])) for group, (x, y) in captions.items()]
    return Map(drawn, edges, names, _view([*middle.values(), *captions.values()]), outlines=False)


def _middle(cell: tiles.Cell) -> tuple[float, float]:
    x, y = tiles.centre(cell)
    return round(x * SIDE * tiles.ROOT3, 1), round(y * SIDE * tiles.ROOT3, 1)


def _corner(x: float, y: float, number: int, side: float) -> tuple[float, float]:
    """Corner `number` of a pointy-topped hexagon: 0 is lower right, then against the clock."""
    angle = pi / 6 - number * pi / 3
    return round(x + side * cos(angle), 1), round(y + side * sin(angle), 1)


def _hexagon(x: float, y: float, side: float) -> str:
    corners = [_corner(x, y, number, side) for number in range(6)]
    return "M" + "L".join(f"{a} {b}" for a, b in corners) + "Z"


def _edge(cell: tiles.Cell, side: int) -> str:
    x, y = _middle(cell)
    (ax, ay), (bx, by) = _corner(x, y, side, SIDE), _corner(x, y, side + 1, SIDE)
    return f"M{ax} {ay}L{bx} {by}"


def _view(points: Sequence[tuple[float, float]]) -> str:
    left, top = min(x for x, _ in points) - SIDE - MARGIN, min(y for _, y in points) - SIDE - MARGIN
    right, bottom = max(x for x, _ in points) + SIDE + MARGIN, max(y for _, y in points) + SIDE + MARGIN
    return f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}"


def _lines(name: str) -> tuple[str, ...]:
    """A village's name on at most two lines."""
    parts = name.split()
    if len(name) <= 9 or len(parts) == 1:
        return (name,)
    cuts = [(" ".join(parts[:at]), " ".join(parts[at:])) for at in range(1, len(parts))]
    return min(cuts, key=lambda pair: max(len(pair[0]), len(pair[1])))


def _outlines(reading: Reading, placed: Sequence[Village]) -> Map:
    """Equirectangular, north up, fitted to the largest part of each village; islets outside that are cut off."""
    parts = {village.code: _largest(village) for village in placed}
    lons, lats = [lon for part in parts.values() for lon, _ in part], [lat for part in parts.values() for _, lat in part]
    west, north, narrow = min(lons), max(lats), cos(radians(sum(lats) / len(lats)))
    per = (WIDE - 2 * MARGIN) / max((max(lons) - west) * narrow, 0.01)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round(MARGIN + (lon - west) * narrow * per, 1), round(MARGIN + (north - lat) * per, 1)

    drawn = []
    for village in placed:
        row = reading.rows.get(village.code)
        x, y = at(village.lon or 0.0, village.lat or 0.0)
        wide = (max(lon for lon, _ in parts[village.code]) - min(lon for lon, _ in parts[village.code])) * narrow * per
        name = (village.name,) if wide > LETTER * (len(village.name) + 2) else ()  # the smallest ones carry their letter only
        drawn.append(Tile(village, look_of(row, reading.bands), figure_of(reading.briefs.get(village.code)),
                          _shape(village, at) or _hexagon(x, y, 7), x, y, name))
    return Map(drawn, "", [], f"0 0 {WIDE:.0f} {(north - min(lats)) * per + 2 * MARGIN:.0f}", outlines=True)


def _rings(village: Village) -> list[list[tuple[float, float]]]:
    outline = village.outline
    if not outline:
        return []
    polygons = [outline["coordinates"]] if outline["type"] == "Polygon" else outline["coordinates"]
    return [[(point[0], point[1]) for point in ring] for polygon in polygons for ring in polygon]


def _largest(village: Village) -> list[tuple[float, float]]:
    """The ring of a village that covers most; its point where there is no outline."""
    point = [(village.lon or 0.0, village.lat or 0.0)]
    return max(_rings(village), key=lambda ring: abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in itertools.pairwise(ring))),
               default=point)


def _shape(village: Village, at: Callable[[float, float], tuple[float, float]]) -> str:
    return "".join("M" + "L".join("{} {}".format(*at(lon, lat)) for lon, lat in ring) + "Z" for ring in _rings(village))
