"""The national classification as its website computed it in 2023, from our answers (DOMAIN §1.3, §5.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scoring.evaluate import evaluate, holds, number_of
from scoring.figures import half_up, together
from scoring.model import Rubric, Simulation, Variable, Verdict
from scoring.source import Source
from scoring.totals import Named


@dataclass(frozen=True, slots=True)
class Scored:
    """One variable: what was counted, and its points; None where the answers do not say."""

    variable: Variable
    value: float | None
    points: float | None


@dataclass(frozen=True, slots=True)
class Simulated:
    """`indexes` are means to 2 decimals, None where a variable lacks; `verdict` only when all are there."""

    simulation: Simulation
    scored: tuple[Scored, ...]
    indexes: Mapping[str, float | None]
    verdict: Verdict | None

    @property
    def missing(self) -> tuple[Variable, ...]:
        return tuple(found.variable for found in self.scored if found.points is None)


def simulate(rubric: Rubric, source: Source) -> Simulated | None:
    """Return the simulated class, None when the rubric has no simulation or it does not apply here.

    Where the national rule gives 1 (or, dividing by no couples, even 4) for missing data, this gives no class.
    """
    simulation = rubric.simulation
    if simulation is None or (simulation.when is not None and not holds(simulation.when, source)):
        return None
    scored = [_scored(found, source) for index in simulation.indexes for found in index.variables]
    indexes = index_means(simulation, {found.variable.code: found.points for found in scored})
    return Simulated(simulation, tuple(scored), indexes, verdict(simulation, indexes))


def index_means(simulation: Simulation, points: Mapping[str, float | None]) -> dict[str, float | None]:
    """Return each index as the mean of its variables' points, rounded to 2 decimals as the site does."""
    return {
        index.code: _mean([points[found.code] for found in index.variables]) for index in simulation.indexes
    }  # fmt: skip


def verdict(simulation: Simulation, indexes: Mapping[str, float | None]) -> Verdict | None:
    """Return the class of three indexes, None while one is not known."""
    if None in indexes.values():
        return None
    world = Named(indexes)
    return next(v for v in simulation.verdicts if v.when is None or evaluate(v.when, world) is True)


def _scored(variable: Variable, source: Source) -> Scored:
    value = number_of(variable.value, source)
    return Scored(variable, value, None if value is None else variable.points.stair(value))


def _mean(points: Sequence[float | None]) -> float | None:
    known = [value for value in points if value is not None]
    return half_up(together(known) / len(known)) if len(known) == len(points) else None
