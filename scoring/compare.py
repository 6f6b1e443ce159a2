"""Comparisons that a page draws: with the period before, with the villages around (EXPECTATIONS P1, P5, M3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from scoring.figures import half_up

Direction = Literal["up", "down", "same"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A score with its bounds, as printed."""

    total: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Move:
    """`points` gained (below 0: lost); "same" also when what is not known could explain the whole difference."""

    direction: Direction
    points: float
    overlap: bool


def move(now: Reading, before: Reading) -> Move:
    """Return how a village moved from one period to the next. Overlapping bounds are no real difference."""
    points = round(now.total - before.total, 2)
    overlap = now.lower <= before.upper and before.lower <= now.upper
    direction: Direction = "same" if overlap or points == 0 else "up" if points > 0 else "down"
    return Move(direction, points, overlap)


@dataclass(frozen=True, slots=True)
class Against:
    """One indicator of a village beside the median of the villages it is compared with."""

    code: str
    value: float
    median: float
    ahead: float


def against(
    own: Mapping[str, float], others: Sequence[Mapping[str, float]], most: int = 5
) -> tuple[list[Against], list[Against]]:
    """Return the strongest and the weakest indicators against the median of `others` (the village itself among them).

    Largest distance first; at equal distance in the order of `own`. Only indicators that at least two of the others
    have are compared, and none that stands at the median.
    """
    compared = []
    for code, value in own.items():
        values = [other[code] for other in others if code in other]
        if len(values) >= 2:
            middle = half_up(median(values))
            compared.append(Against(code, value, middle, round(value - middle, 2)))
    strong = sorted((one for one in compared if one.ahead > 0), key=lambda one: -one.ahead)
    weak = sorted((one for one in compared if one.ahead < 0), key=lambda one: one.ahead)
    return strong[:most], weak[:most]
