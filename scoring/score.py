"""The score of one village from its answers, ratings and evidence (DOMAIN §5.2-5.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from scoring.errors import RatingError
from scoring.evaluate import holds
from scoring.improve import Step, improvements
from scoring.model import Dimension, Rubric
from scoring.record import record
from scoring.simulation import Simulated, simulate
from scoring.source import Source
from scoring.standing import Rating, Standing, stand
from scoring.totals import Mark, Part, Standard, Total, part, standard, total

__all__ = ["Rating", "Score", "score", "to_json"]


@dataclass(frozen=True, slots=True)
class Score:
    """All figures at full precision; `to_json` rounds them as they are printed.

    `kind` readiness: a village without a Pokja. Its figure is `readiness`; `total.score` is then None, so
    that it can never be averaged with scores.
    """

    kind: Literal["score", "readiness"]
    rubric: Rubric
    status: str
    formed: bool
    total: Total
    readiness: float | None
    parts: tuple[Part, ...]
    standings: Mapping[str, Standing]
    standard: Standard | None
    simulation: Simulated | None
    steps: tuple[Step, ...] = ()

    @property
    def dimensions(self) -> tuple[Dimension, ...]:
        ready = self.rubric.readiness
        return (ready.part,) if self.kind == "readiness" and ready else self.rubric.dimensions


def score(
    answers: Mapping[str, str],
    rubric: Rubric,
    *,
    on: date,
    ratings: Sequence[Rating] = (),
    rejected_evidence: Collection[str] = (),
    files: Collection[str] | None = None,
) -> Score:
    """Score one village from 0 to 100.

    `on` is the day of the visit, `rejected_evidence` holds paths or file names, `files` the names of the
    attachments that are really there (None: trust the answers). Missing answers lower the completeness
    and widen the bounds, never the total. Raises RatingError. Source: DOMAIN §5.4.
    """
    rated = _by_indicator(ratings, rubric)
    source = Source(answers, rubric, on, files, rejected_evidence)
    ready = rubric.readiness
    if ready and holds(ready.when, source):
        return _readiness(rubric, ready.part, source, rated)
    standings = _standings(rubric.dimensions, source, rated)
    marks = {code: Mark(found.state, found.value) for code, found in standings.items()}
    parts = tuple(part(found, marks, rubric.scale.completeness) for found in rubric.dimensions)
    whole = total(parts)
    return Score(
        kind="score",
        rubric=rubric,
        status=_status(source),
        formed=rubric.scale.when is None or holds(rubric.scale.when, source),
        total=whole,
        readiness=None,
        parts=parts,
        standings=standings,
        standard=standard(rubric, whole, parts, {code: found.judged for code, found in standings.items()}),
        simulation=simulate(rubric, source),
        steps=improvements(rubric, parts, standings) if whole.score is not None else (),
    )


def _readiness(rubric: Rubric, dimension: Dimension, source: Source, rated: Mapping[str, list[Rating]]) -> Score:
    standings = _standings((dimension,), source, rated)
    marks = {code: Mark(found.state, found.value) for code, found in standings.items()}
    found = part(dimension, marks, rubric.scale.completeness)
    whole = Total(None, found.lower, found.upper, None, found.completeness or 0.0)
    return Score("readiness", rubric, _status(source), False, whole, found.score, (found,), standings, None, None)


def _standings(dimensions: Sequence[Dimension], source: Source, rated: Mapping[str, list[Rating]]) -> dict[str, Standing]:
    combine = source.scale.combine
    return {
        indicator.code: stand(indicator, source, rated.get(indicator.code, ()), combine)
        for dimension in dimensions
        for indicator in dimension.indicators
    }


def _status(source: Source) -> str:
    return source.text(source.scale.status) if source.scale.status else ""


def _by_indicator(ratings: Sequence[Rating], rubric: Rubric) -> dict[str, list[Rating]]:
    known = dict(rubric.indicators)
    if rubric.readiness:
        known |= {found.code: found for found in rubric.readiness.part.indicators}
    by_indicator: dict[str, list[Rating]] = {}
    for rating in ratings:
        if rating.indicator not in known:
            raise RatingError(f"{rating.rater} rates {rating.indicator}, which rubric {rubric.scale.id} does not have.")
        if not 0 <= rating.value <= 100:
            raise RatingError(f"{rating.rater} rates {rating.indicator} with {rating.value}; it must be 0 to 100.")
        by_indicator.setdefault(rating.indicator, []).append(rating)
    return by_indicator


def to_json(score: Score) -> dict[str, Any]:
    """Return the score as the database keeps it and pages read it (docs/rubric.md "The stored score")."""
    return record(score)
