"""What a rubric is, once its sheet has been read (docs/rubric.md says the same in words)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from scoring.expressions import Node, Ref
from scoring.rules import Points

Text = dict[str, str]
"""A text by language name as in the sheet's headers ("Indonesia (id)"); "" when it names none."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The row `rubric`: who it is, and the thresholds that hold for all of it."""

    id: str
    version: str
    label: Text
    completeness: float = 0.70  # share of weights a dimension must have answered
    cap: float = 50.0  # most an answer scores without its evidence
    small: float = 30.0  # denominators below are marked "angka kecil"
    combine: str = "median"  # several reviewers' ratings of one indicator
    unknown: str = "tt"
    not_applicable: str = "tb"
    none: str = "tidak_ada"
    status: Ref | None = None
    visit_date: Ref | None = None
    when: Node | None = None


@dataclass(frozen=True, slots=True)
class Unknowns:
    """A select-many whose ticks say which blank fields are not known; `groups` names several at once."""

    ref: Ref
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    label: Text
    weight: float
    rule: str
    value: Node
    of: Node | None
    points: Points | None
    table: Mapping[str, float]
    of_zero: float | str | None  # a score, the not-applicable code, or None: unanswered
    not_asked: Node | None
    not_applicable: Node | None
    codes: tuple[Ref, ...]  # where "not known" or "not applicable" is ticked beside numbers
    evidence: tuple[str, ...]  # letters, for the reader
    evidence_refs: tuple[tuple[Ref, ...], ...]  # all of these, any of those within
    cap: float
    small: float
    explain: Text
    responsible: str
    row: int
    inputs: tuple[Ref, ...]
    may_not_apply: tuple[Ref, ...]  # fields whose choices offer the not-applicable code


@dataclass(frozen=True, slots=True)
class Dimension:
    code: str
    label: Text
    weight: float
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A class; it begins at `start` and ends where the next begins."""

    code: str
    label: Text
    start: float
    follow_up: Text


@dataclass(frozen=True, slots=True)
class Gate:
    """What the class `band` and all above it demand besides the score."""

    code: str
    label: Text
    band: str
    condition: Node


@dataclass(frozen=True, slots=True)
class Readiness:
    when: Node
    part: Dimension


@dataclass(frozen=True, slots=True)
class Variable:
    code: str
    label: Text
    value: Node
    points: Points


@dataclass(frozen=True, slots=True)
class Index:
    code: str
    label: Text
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A class of the simulation; the first whose condition holds is it."""

    code: str
    label: Text
    when: Node | None


@dataclass(frozen=True, slots=True)
class Simulation:
    code: str
    label: Text
    when: Node | None
    indexes: tuple[Index, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Rubric:
    scale: Scale
    hash: str
    languages: tuple[str, ...]
    dimensions: tuple[Dimension, ...]
    bands: tuple[Band, ...]
    gates: tuple[Gate, ...]
    unknowns: tuple[Unknowns, ...]
    readiness: Readiness | None
    simulation: Simulation | None
    choices: Mapping[str, Mapping[str, Text]] = field(default_factory=dict, repr=False)  # by field path
    labels: Mapping[str, Text] = field(default_factory=dict, repr=False)  # by field path

    @property
    def indicators(self) -> dict[str, Indicator]:
        """Return every indicator of the score by code, in order of the sheet."""
        return {found.code: found for part in self.dimensions for found in part.indicators}
