"""One set of answers as expressions and evidence see it: codes, rows of repeats, files (DOMAIN §5.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scoring.evaluate import as_number
from scoring.expressions import Ref, Rows
from scoring.model import Indicator, Rubric
from scoring.rules import FREQUENCY, read_table

_FREQUENCY = read_table(FREQUENCY)


@dataclass(frozen=True, slots=True)
class Input:
    """An answer that a figure was made of; `path` names the row of a repeat: /poktan[1]/ada."""

    name: str
    path: str
    value: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What proof an indicator asks for and what of it is there; `rejected`: it was there, a reviewer refused it."""

    required: tuple[str, ...]
    present: bool
    rejected: bool
    paths: tuple[str, ...]
    files: tuple[str, ...]


class Source:
    """Answers of one submission. Implements `evaluate.World`."""

    def __init__(
        self,
        answers: Mapping[str, str],
        rubric: Rubric,
        on: date,
        files: Collection[str] | None = None,
        rejected: Collection[str] = (),
    ) -> None:
        self.answers = answers
        self.scale = rubric.scale
        self.choices = rubric.choices
        self.on = on
        self.files = files
        self.rejected = frozenset(rejected)
        self.rows: dict[Rows, str] = {}
        self.hidden: frozenset[str] = frozenset()
        self.hidden = frozenset(name for unknowns in rubric.unknowns for tick in self.text(unknowns.ref).split()
                                for name in (tick, *unknowns.groups.get(tick, ())))  # fmt: skip

    def path(self, ref: Ref) -> str:
        """Return where the answer stands: /identitas/desa, /poktan[2]/ada; without such a row, /poktan[]/ada."""
        if ref.rows is None:
            return ref.path
        if ref.rows not in self.rows:
            self.rows[ref.rows] = self._row(ref.rows)
        return self.rows[ref.rows] + ref.path.removeprefix(ref.rows.path)

    def _row(self, rows: Rows) -> str:
        position = 1
        while (row := f"{rows.path}[{position}]") in self.answers:
            if self.answers.get(f"{row}/{rows.key}") == rows.code:
                return row
            position += 1
        return f"{rows.path}[]"

    def text(self, ref: Ref) -> str:
        """Return the answer, the unknown code for a blank that is ticked as not known, or ""."""
        return self.answers.get(self.path(ref), "") or (self.scale.unknown if ref.name in self.hidden else "")

    def number(self, ref: Ref) -> float | None:
        return as_number(self.text(ref))

    def unknown(self, text: str) -> bool:
        return not text or self.scale.unknown in text.split()

    def ticks(self, ref: Ref) -> Sequence[str]:
        """Return the choices ticked, once each, without "none of them" and without codes the form lacks."""
        known = self.choices.get(ref.path)
        ticked = dict.fromkeys(self.text(ref).split())
        special = (self.scale.none, self.scale.unknown, self.scale.not_applicable)
        return [code for code in ticked if code not in special and (known is None or code in known)]

    def frequency(self, text: str) -> float | None:
        return _FREQUENCY.get(text)

    def inputs(self, refs: Sequence[Ref]) -> tuple[Input, ...]:
        return tuple(Input(ref.name, self.path(ref), self.answers.get(self.path(ref), "")) for ref in refs)

    def evidence(self, indicator: Indicator) -> Evidence:
        """Return what is there of the indicator's evidence: all groups are needed, of each group one part."""
        groups = indicator.evidence_refs
        there = [[ref for ref in group if self._given(ref)] for group in groups]
        good = [[ref for ref in group if not self._rejected(ref)] for group in there]
        flat = [ref for group in groups for ref in group]
        return Evidence(
            required=indicator.evidence,
            present=all(good),
            rejected=any(found and not kept for found, kept in zip(there, good, strict=True)),
            paths=tuple(self.path(ref) for ref in flat),
            files=tuple(self.answers[self.path(ref)] for ref in flat if ref.binary and self._given(ref)),
        )

    def _given(self, ref: Ref) -> bool:
        value = self.answers.get(self.path(ref), "")
        return bool(value) and (not ref.binary or self.files is None or value in self.files)

    def _rejected(self, ref: Ref) -> bool:
        path = self.path(ref)
        return path in self.rejected or (ref.binary and self.answers.get(path) in self.rejected)
