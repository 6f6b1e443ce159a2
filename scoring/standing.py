"""How one indicator stands (answered, not known, not applicable, missing, not asked) and its score (DOMAIN §5.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import Literal

from scoring.evaluate import Gap, Result, evaluate, holds
from scoring.expressions import Call, Value, parts
from scoring.model import Indicator
from scoring.rules import TABLES
from scoring.source import Evidence, Input, Source

State = Literal["answered", "tt", "tb", "missing", "notAsked"]


@dataclass(frozen=True, slots=True)
class Rating:
    """A reviewer's own score (0-100) for an indicator."""

    indicator: str
    value: float
    rater: str


@dataclass(frozen=True, slots=True)
class Combined:
    """Several reviewers' ratings as one; `spread` is the highest less the lowest."""

    value: float
    raters: int
    spread: float


@dataclass(frozen=True, slots=True)
class Standing:
    """`own` is the state by the answers alone; a rating turns `state` into "answered"."""

    indicator: Indicator
    state: State
    own: State
    value: float | None
    uncapped: float | None
    raw: float | str | None
    inputs: tuple[Input, ...]
    evidence: Evidence
    rating: Combined | None = None
    small: bool = False
    part: float | None = None  # the two numbers of a share
    whole: float | None = None

    @property
    def judged(self) -> float | None:
        """Return what gates look at: the rating if there is one, else the score before the evidence cap."""
        return self.rating.value if self.rating else self.uncapped

    @property
    def capped(self) -> bool:
        return self.uncapped is not None and self.value != self.uncapped and self.rating is None


def stand(indicator: Indicator, source: Source, ratings: Sequence[Rating] = (), combine: str = "median") -> Standing:
    """Return how the indicator stands by these answers, evidence and ratings.

    A rating replaces the score; the evidence cap does not apply to it, for its reviewer has seen the evidence.
    """
    own = _own(indicator, source)
    if not ratings:
        return own
    latest = {rating.rater: rating.value for rating in ratings}
    rating = combined(list(latest.values()), combine)
    return replace(own, state="answered", value=rating.value, rating=rating)


def combined(values: Sequence[float], how: str) -> Combined:
    """Return the ratings as one, by the rule the rubric names."""
    rules: dict[str, Callable[[Sequence[float]], float]] = {"median": median, "mean": fmean, "min": min, "max": max}
    return Combined(float(rules[how](values)), len(values), max(values) - min(values))


def _own(indicator: Indicator, source: Source) -> Standing:
    inputs, evidence = source.inputs(indicator.inputs), source.evidence(indicator)
    empty = Standing(indicator, "missing", "missing", None, None, None, inputs, evidence)
    if holds(indicator.not_asked, source):
        return replace(empty, state="notAsked", own="notAsked", value=0.0, uncapped=0.0)
    if _not_applicable(indicator, source):
        return replace(empty, state="tb", own="tb")
    raw = _raw(indicator, source)
    score = _score(indicator, raw)
    if score == source.scale.not_applicable:
        return replace(empty, state="tb", own="tb")
    if isinstance(score, Gap | str):
        state: State = "tt" if _not_known(indicator, source) else "missing"
        return replace(empty, state=state, own=state)
    part, whole = _counts(indicator, source)
    needs = bool(indicator.evidence_refs) and not evidence.present
    return replace(
        empty,
        state="answered",
        own="answered",
        value=min(score, indicator.cap) if needs else score,
        uncapped=score,
        raw=None if isinstance(raw, Gap) else raw,
        small=any(0 < size < indicator.small for size in _wholes(indicator, source)),
        part=part,
        whole=whole,
    )


def _not_applicable(indicator: Indicator, source: Source) -> bool:
    code = source.scale.not_applicable
    ticked = any(code in source.text(ref).split() for ref in indicator.may_not_apply)
    return ticked or holds(indicator.not_applicable, source)


def _not_known(indicator: Indicator, source: Source) -> bool:
    asked = (*indicator.inputs, *indicator.codes)
    return any(source.scale.unknown in source.text(ref).split() for ref in asked)


def _raw(indicator: Indicator, source: Source) -> Result | str:
    """Return the number that the rule reads, the answer's code for a table, or a gap."""
    if indicator.rule in TABLES and isinstance(indicator.value, Value):
        return source.text(indicator.value.ref) or Gap.UNKNOWN
    if indicator.of is not None:
        return evaluate(Call("share", (indicator.value, indicator.of)), source)
    return evaluate(indicator.value, source)


def _score(indicator: Indicator, raw: Result | str) -> float | str | Gap:
    """Return 0-100, the not-applicable code, or the gap."""
    if raw is Gap.VOID:
        return Gap.UNKNOWN if indicator.of_zero is None else indicator.of_zero
    if isinstance(raw, Gap):
        return raw
    if isinstance(raw, str):
        return indicator.table.get(raw, Gap.UNKNOWN)
    if indicator.points is None:
        return min(max(float(raw), 0.0), 100.0)
    return indicator.points.stair(raw) if indicator.rule == "steps" else indicator.points.line(raw)


def _counts(indicator: Indicator, source: Source) -> tuple[float | None, float | None]:
    if indicator.of is None:
        return None, None
    part, whole = evaluate(indicator.value, source), evaluate(indicator.of, source)
    return (None if isinstance(part, Gap) else float(part)), (None if isinstance(whole, Gap) else float(whole))


def _wholes(indicator: Indicator, source: Source) -> list[float]:
    """Return the denominators of every share the indicator is made of."""
    shares = (node.arguments[1] for node in parts(indicator.value) if isinstance(node, Call) and node.function == "share")
    wholes = [*shares, *([indicator.of] if indicator.of is not None else [])]
    return [float(size) for node in wholes if not isinstance(size := evaluate(node, source), Gap)]
