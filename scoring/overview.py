"""What a district's page says of all its villages together: the five figures of DOMAIN §5.4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from scoring.figures import together

Found = Literal["class", "insufficient", "readiness", "notAssessed"]


@dataclass(frozen=True, slots=True)
class Seen:
    """One village in one period: what stands of it. `total` 0–100 and `band` as the score's record has them.

    `kind` is None for a village that no approved assessment of the period speaks of.
    """

    village: str
    kind: Literal["score", "readiness"] | None = None
    formed: bool = False
    total: float | None = None
    band: str | None = None

    @property
    def found(self) -> Found:
        if self.kind is None:
            return "notAssessed"
        if self.kind == "readiness":
            return "readiness"
        return "insufficient" if self.band is None else "class"


@dataclass(frozen=True, slots=True)
class Overview:
    """Counts of villages, shares 0–1, scores 0–100 (None where nothing is scored).

    `coverage` is the share of all villages with a Pokja, `effective` is Σ score ÷ (100 × all villages): in both a
    village without a Pokja, and one that is not assessed, counts 0.
    """

    villages: int
    assessed: int
    formed: int
    scored: int
    coverage: float | None
    mean: float | None
    median: float | None
    least: float | None
    most: float | None
    effective: float | None
    bands: Mapping[str, int]
    insufficient: int
    readiness: int
    not_assessed: int


def overview(seen: Sequence[Seen], bands: Sequence[str]) -> Overview:
    """Return the figures of these villages; `bands` are the class codes, lowest first, each of which gets a count."""
    totals = [one.total for one in seen if one.kind == "score" and one.total is not None]
    count = len(seen)
    formed = sum(one.formed for one in seen)
    found = [one.found for one in seen]
    return Overview(
        villages=count,
        assessed=count - found.count("notAssessed"),
        formed=formed,
        scored=len(totals),
        coverage=formed / count if count else None,
        mean=together(totals) / len(totals) if totals else None,
        median=median(totals) if totals else None,
        least=min(totals, default=None),
        most=max(totals, default=None),
        effective=together(totals) / (100 * count) if count else None,
        bands={code: sum(one.band == code for one in seen) for code in bands},
        insufficient=found.count("insufficient"),
        readiness=found.count("readiness"),
        not_assessed=found.count("notAssessed"),
    )
