"""From indicator scores to dimensions, total, bounds and class (DOMAIN §5.4); needs no answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import exp, log
from typing import Literal

from scoring.evaluate import evaluate
from scoring.expressions import Ref
from scoring.figures import half_up, together
from scoring.model import Band, Dimension, Gate, Rubric

UNANSWERED = ("tt", "missing")


@dataclass(frozen=True, slots=True)
class Mark:
    """What an indicator gives to its dimension: its state, and its score when it has one."""

    state: Literal["answered", "tt", "tb", "missing", "notAsked"]
    value: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """A dimension's figures; all None when nothing in it applies, `score` None when too little is answered."""

    code: str
    weight: float
    score: float | None
    lower: float | None
    upper: float | None
    completeness: float | None
    answered: float = 0.0  # weights answered


@dataclass(frozen=True, slots=True)
class Total:
    score: float | None
    lower: float | None
    upper: float | None
    geometric: float | None
    completeness: float


@dataclass(frozen=True, slots=True)
class Standard:
    """The class: `ungated` by the figure alone, `band` after the gates; `failed` are the gates in between."""

    band: Band
    ungated: Band
    provisional: bool
    failed: tuple[Gate, ...]
    next: Band | None
    points: float


def part(dimension: Dimension, marks: Mapping[str, Mark], needed: float) -> Part:
    """Return a dimension's figures; unanswered indicators lower its completeness, never its score.

    Not-applicable indicators are dropped from the weights; what was not asked counts as answered with 0.
    """
    applicable: list[float] = []
    answered: list[float] = []
    points: list[float] = []
    for indicator in dimension.indicators:
        mark = marks[indicator.code]
        if mark.state == "tb":
            continue
        applicable.append(indicator.weight)
        if mark.state not in UNANSWERED and mark.value is not None:
            answered.append(indicator.weight)
            points.append(indicator.weight * mark.value)
    return _part(dimension, together(applicable), together(answered), together(points), needed)


def _part(dimension: Dimension, applicable: float, answered: float, points: float, needed: float) -> Part:
    if applicable <= 0:
        return Part(dimension.code, dimension.weight, None, None, None, None)
    completeness = answered / applicable
    enough = half_up(completeness, 4) >= needed and answered > 0
    return Part(
        dimension.code,
        dimension.weight,
        points / answered if enough else None,
        points / applicable,
        (points + 100 * (applicable - answered)) / applicable,
        completeness,
        answered,
    )


def total(parts: Sequence[Part]) -> Total:
    """Return the total of the dimensions that apply; no score unless each of them has one."""
    used = [found for found in parts if found.completeness is not None]
    scores = [found.score for found in used if found.score is not None]
    whole = bool(used) and len(scores) == len(used)
    return Total(
        score=_mean(used, scores) if whole else None,
        lower=_mean(used, [found.lower or 0.0 for found in used]) if used else None,
        upper=_mean(used, [found.upper or 0.0 for found in used]) if used else None,
        geometric=exp(_mean(used, [log(max(score, 1.0)) for score in scores])) if whole else None,
        completeness=_mean(used, [found.completeness or 0.0 for found in used]) if used else 0.0,
    )


def _mean(parts: Sequence[Part], values: Sequence[float]) -> float:
    weighted = [found.weight * value for found, value in zip(parts, values, strict=True)]
    return together(weighted) / together([found.weight for found in parts])


def band_of(bands: Sequence[Band], figure: float) -> Band:
    """Return the class of a figure as printed: 59.996 prints 60.00 and belongs to the class from 60."""
    shown = half_up(figure)
    return [band for band in bands if shown >= band.start or band is bands[0]][-1]


def standard(rubric: Rubric, found: Total, parts: Sequence[Part], judged: Mapping[str, float | None]) -> Standard | None:
    """Return the class of a total, None without one; `judged` holds what gates look at, by indicator."""
    bands = rubric.bands
    if found.score is None or found.lower is None or found.upper is None or not bands:
        return None
    ungated = band_of(bands, found.score)
    failed = _failed(rubric, ungated, figures(found, parts, judged))
    order = list(bands)
    allowed = min((order.index(_band(bands, gate)) for gate in failed), default=len(order))
    band = order[max(0, min(order.index(ungated), allowed - 1))]
    above = order.index(band) + 1
    following = order[above] if above < len(order) else None
    return Standard(
        band=band,
        ungated=ungated,
        provisional=band_of(bands, found.lower) != band_of(bands, found.upper),
        failed=failed,
        next=following,
        points=max(0.0, following.start - half_up(found.score)) if following else 0.0,
    )


def figures(found: Total, parts: Sequence[Part], judged: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return the figures that a gate may name, rounded as they are printed (completeness to 4 decimals)."""
    named = {**judged, **{part.code: part.score for part in parts}, "total": found.score}
    rounded = {code: None if value is None else half_up(value) for code, value in named.items()}
    return {**rounded, "completeness": half_up(found.completeness, 4)}


def _failed(rubric: Rubric, ungated: Band, named: Mapping[str, float | None]) -> tuple[Gate, ...]:
    """Return the gates at or below the class reached by the figure that are not met."""
    order = list(rubric.bands)
    reached = order.index(ungated)
    binding = [gate for gate in rubric.gates if order.index(_band(order, gate)) <= reached]
    return tuple(gate for gate in binding if evaluate(gate.condition, Named(named)) is not True)


def _band(bands: Sequence[Band], gate: Gate) -> Band:
    return next(band for band in bands if band.code == gate.band)


class Named:
    """Figures by code, for gates and verdicts, which read numbers only. Implements `evaluate.World`."""

    on = date.min

    def __init__(self, named: Mapping[str, float | None]) -> None:
        self.named = named

    def number(self, ref: Ref) -> float | None:
        return self.named.get(ref.name)

    def text(self, ref: Ref) -> str:
        return ""

    def unknown(self, text: str) -> bool:
        return not text

    def ticks(self, ref: Ref) -> Sequence[str]:
        return ()

    def frequency(self, text: str) -> float | None:
        return None
