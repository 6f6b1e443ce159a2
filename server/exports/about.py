"""What an export says of itself: of which moment it is, of which areas, how many by review state (EXPECTATIONS S14)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from server.exports import store
from server.exports.scope import Scope
from server.exports.store import Wanted
from server.schemas import moment
from server.streams import Snapshot

STATES: tuple[tuple[str | None, str], ...] = (
    (None, "belum diperiksa (received)"), ("edited", "diperbaiki (edited)"), ("hasIssues", "dikembalikan (hasIssues)"),
    ("approved", "disetujui (approved)"), ("rejected", "ditolak (rejected)"))


@dataclass(frozen=True, slots=True)
class About:
    """The facts, read from the same snapshot as the rows."""

    title: str
    form: str
    version: str
    moment: datetime
    areas: tuple[str, ...]
    filter: str
    counts: dict[str | None, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def lines(self) -> list[tuple[str, str | int]]:
        """Labels with values, Indonesian first, the wire's word behind."""
        areas = "semua (all)" if "" in self.areas else ", ".join(self.areas)
        facts: list[tuple[str, str | int]] = [
            ("Formulir (form)", f"{self.title} ({self.form})"), ("Versi (version)", self.version),
            ("Keadaan data pada (snapshot at)", moment(self.moment) or ""), ("Wilayah (areas)", areas)]
        if self.filter:
            facts.append(("Saringan ($filter)", self.filter))
        facts.append(("Jumlah kiriman (submissions)", self.total))
        return facts + [(f"  {words}", self.counts.get(state, 0)) for state, words in STATES]

    def text(self, more: Iterable[str] = ()) -> str:
        return "\r\n".join([*(f"{label}: {value}" for label, value in self.lines()), *more, ""])


def about(scope: Scope, snapshot: Snapshot, wanted: Wanted, written: str) -> About:
    return About(scope.version.title, scope.row.xml_form_id, scope.version.version, snapshot.moment, scope.areas, written,
                 store.by_state(snapshot, wanted))
