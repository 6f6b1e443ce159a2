"""Figures of a village's page: the ruler of classes and the line through the periods, in their own units (DESIGN §6)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from scoring.model import Band
from server.desk.scores_map import Look, look
from server.desk.scores_reading import Reading
from server.desk.scores_words import reading_of
from server.villages.models import ScoreRow

RULER = 600.0
CHART_WIDTH, CHART_HEIGHT, LEFT, TOP = 560.0, 190.0, 34.0, 14.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """One class on the ruler."""

    look: Look
    x: float
    width: float
    start: float


@dataclass(frozen=True, slots=True)
class Ruler:
    stretches: list[Stretch]
    x: float | None
    low: float
    high: float


def ruler(row: ScoreRow, bands: Sequence[Band]) -> Ruler:
    """Where the score and its bounds lie among the classes, on 0–100."""
    starts = [band.start for band in bands] + [100.0]
    stretches = [Stretch(look(band, bands), _along(band.start), _along(end) - _along(band.start), band.start)
                 for band, end in zip(bands, starts[1:], strict=True)]
    return Ruler(stretches, None if row.total is None else _along(row.total), _along(row.lower or 0.0), _along(row.upper or 0.0))


def _along(value: float) -> float:
    return round(value / 100 * RULER, 1)


@dataclass(frozen=True, slots=True)
class Point:
    """One period: `broken` when its method is not that of the period before."""

    period: str
    x: float
    y: float | None
    low: float | None
    high: float | None
    row: ScoreRow
    broken: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through the periods: `paths` are joined stretches, interrupted where the method changed or a score lacks."""

    points: list[Point]
    paths: list[str]
    levels: list[tuple[float, float, str]]


def trend(rows: Sequence[ScoreRow], reading: Reading) -> Trend | None:
    """The trend of a village; None with fewer than two periods."""
    if len(rows) < 2:
        return None
    step = (CHART_WIDTH - LEFT - 70) / (len(rows) - 1)
    points, before = [], None
    for number, row in enumerate(rows):
        found, method = reading_of(row), row.result["rubric"]["hash"]
        points.append(Point(row.period, round(LEFT + 30 + number * step, 1), _up(found.total) if found else None,
                            _up(found.lower) if found else None, _up(found.upper) if found else None, row,
                            before is not None and method != before))
        before = method
    joined = [f"M{a.x} {a.y}L{b.x} {b.y}" for a, b in itertools.pairwise(points)
              if a.y is not None and b.y is not None and not b.broken]
    return Trend(points, joined, [(_up(band.start), band.start, look(band, reading.bands).letter) for band in reading.bands])


def _up(value: float) -> float:
    return round(TOP + (100 - value) / 100 * CHART_HEIGHT, 1)
