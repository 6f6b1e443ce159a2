"""What one step up would give: the improvements nearest at hand, most points first (EXPECTATIONS F5, P6).

A step is the next score that the indicator's rule can give; where evidence is missing, it is showing the
evidence. Each step is counted alone: taking it adds its points to the total and changes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scoring.figures import half_up, together
from scoring.model import Indicator, Rubric
from scoring.standing import Standing
from scoring.totals import Part

TRIFLE = 0.005
"""A level less than this above the score is no step: it would print as the same score."""

FORMULA_LEVELS = (25.0, 50.0, 75.0, 100.0)


@dataclass(frozen=True, slots=True)
class Step:
    """`points` of the total are won when the indicator goes from `value` to `to`."""

    indicator: Indicator
    how: Literal["evidence", "step"]
    value: float
    to: float
    points: float


def levels(indicator: Indicator) -> tuple[float, ...]:
    """Return the scores that the rule names, lowest first; quarters for a formula."""
    if indicator.points is not None:
        return tuple(sorted({y for _, y in indicator.points.pairs}))
    return tuple(sorted(set(indicator.table.values()))) or FORMULA_LEVELS


def improvements(
    rubric: Rubric, parts: Sequence[Part], standings: Mapping[str, Standing], most: int = 3
) -> tuple[Step, ...]:
    """Return the steps that give most points, as printed; equal ones in the order of the sheet."""
    weights = together([part.weight for part in parts if part.completeness is not None])
    steps = [
        step
        for dimension, part in zip(rubric.dimensions, parts, strict=True)
        for indicator in dimension.indicators
        if (step := _step(standings[indicator.code], part, weights)) is not None
    ]
    ranked = sorted(steps, key=lambda step: -half_up(step.points))
    return tuple(step for step in ranked if half_up(step.points) > 0)[:most]


def _step(standing: Standing, part: Part, weights: float) -> Step | None:
    value = standing.value
    if standing.state != "answered" or value is None or part.answered <= 0:
        return None
    capped = standing.capped and standing.uncapped is not None
    above = [standing.uncapped] if capped else [y for y in levels(standing.indicator) if value < y - TRIFLE]
    if not above or above[0] is None:
        return None
    points = part.weight * standing.indicator.weight * (above[0] - value) / (weights * part.answered)
    return Step(standing.indicator, "evidence" if capped else "step", value, above[0], points)
