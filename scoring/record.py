"""The stored form of a score: plain JSON values, figures rounded as printed (docs/rubric.md "The stored score")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scoring.explain import explain
from scoring.figures import half_up
from scoring.improve import Step
from scoring.model import Dimension, Rubric
from scoring.simulation import Simulated
from scoring.standing import Standing
from scoring.totals import Part, Standard

if TYPE_CHECKING:
    from scoring.score import Score


def record(score: Score) -> dict[str, Any]:
    scale, total = score.rubric.scale, score.total
    return {
        "kind": score.kind,
        "rubric": {"id": scale.id, "version": scale.version, "hash": score.rubric.hash, "label": scale.label},
        "formed": score.formed,
        "status": score.status,
        "total": _figure(total.score),
        "readiness": _figure(score.readiness),
        "lower": _figure(total.lower),
        "upper": _figure(total.upper),
        "geometric": _figure(total.geometric),
        "completeness": half_up(total.completeness, 4),
        "class": _standard(score.standard),
        "next": _next(score.standard),
        "dimensions": [
            _dimension(dimension, found, score) for dimension, found in zip(score.dimensions, score.parts, strict=True)
        ],
        "improvements": [_step(found) for found in score.steps],
        "simulation": _simulation(score.simulation),
    }


def _figure(value: float | None) -> float | None:
    return None if value is None else half_up(value)


def _standard(found: Standard | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "code": found.band.code,
        "label": found.band.label,
        "followUp": found.band.follow_up,
        "provisional": found.provisional,
        "ungated": found.ungated.code,
        "reasons": [gate.label for gate in found.failed],
        "gates": [gate.code for gate in found.failed],
    }


def _next(found: Standard | None) -> dict[str, Any] | None:
    if found is None or found.next is None:
        return None
    return {"class": found.next.code, "label": found.next.label, "points": half_up(found.points)}


def _dimension(dimension: Dimension, found: Part, score: Score) -> dict[str, Any]:
    return {
        "code": dimension.code,
        "label": dimension.label,
        "weight": dimension.weight,
        "score": _figure(found.score),
        "lower": _figure(found.lower),
        "upper": _figure(found.upper),
        "completeness": None if found.completeness is None else half_up(found.completeness, 4),
        "indicators": [_indicator(score.standings[i.code], score.rubric) for i in dimension.indicators],
    }


def _indicator(standing: Standing, rubric: Rubric) -> dict[str, Any]:
    indicator, evidence, rating = standing.indicator, standing.evidence, standing.rating
    return {
        "code": indicator.code,
        "label": indicator.label,
        "weight": indicator.weight,
        "state": standing.state,
        "ownState": standing.own,
        "value": _figure(standing.value),
        "uncapped": _figure(standing.uncapped),
        "raw": standing.raw,
        "inputs": [{"name": i.name, "path": i.path, "value": i.value} for i in standing.inputs],
        "evidence": {
            "required": list(evidence.required),
            "present": evidence.present,
            "rejected": evidence.rejected,
            "paths": list(evidence.paths),
            "files": list(evidence.files),
        },
        "rating": None if rating is None else {
            "value": half_up(rating.value), "raters": rating.raters, "spread": half_up(rating.spread)},
        "small": standing.small,
        "responsible": indicator.responsible,
        "explain": explain(standing, rubric),
    }  # fmt: skip


def _step(found: Step) -> dict[str, Any]:
    return {
        "indicator": found.indicator.code,
        "label": found.indicator.label,
        "how": found.how,
        "value": half_up(found.value),
        "to": half_up(found.to),
        "points": half_up(found.points),
        "responsible": found.indicator.responsible,
    }


def _simulation(found: Simulated | None) -> dict[str, Any] | None:
    if found is None:
        return None
    verdict = found.verdict
    return {
        "label": found.simulation.label,
        **found.indexes,
        "class": None if verdict is None else {"code": verdict.code, "label": verdict.label},
        "variables": [
            {"code": s.variable.code, "label": s.variable.label, "value": s.value, "points": s.points} for s in found.scored
        ],
        "sufficient": verdict is not None,
        "missing": [{"code": variable.code, "label": variable.label} for variable in found.missing],
    }
