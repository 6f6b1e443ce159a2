"""What a reader may see of a project's scores in one period: villages, rows, labels (EXPECTATIONS S7, DOMAIN §5.4)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import g, request

from forms import Form
from scoring.model import Band, Rubric
from scoring.overview import Overview, Seen, overview
from server import refusal_store
from server.desk.indicators import say
from server.grants import covers
from server.problems import Problem
from server.projects import store as projects
from server.projects.models import Project
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.villages import store
from server.villages.models import Period, ScoreRow, Village
from server.villages.store import Brief


@dataclass(frozen=True)
class Reading:
    """A form with a rubric in one period, narrowed to the reader's areas and to the sub-district that was chosen."""

    project: Project
    row: FormRow
    version: FormVersion
    form: Form
    rubric: Rubric
    others: list[tuple[str, str]]  # further forms with a rubric: id and title
    periods: list[str]
    period: str
    areas: tuple[str, ...]
    subdistrict: str

    @cached_property
    def known(self) -> list[Village]:
        """All villages of the reader's areas."""
        return store.inside(self.areas)

    @cached_property
    def villages(self) -> list[Village]:
        """Those of the chosen sub-district."""
        return [village for village in self.known if self.subdistrict in ("", village.subdistrict_code)]

    @cached_property
    def briefs(self) -> dict[str, Brief]:
        """Scores of the period by village code, of the reader's areas."""
        return self._of(self.period)

    @cached_property
    def rows(self) -> dict[str, ScoreRow]:
        return {code: brief.row for code, brief in self.briefs.items()}

    @cached_property
    def before(self) -> dict[str, ScoreRow]:
        """Scores of the period before."""
        return {code: brief.row for code, brief in self._of(self.period_before).items()}

    def _of(self, period: str) -> dict[str, Brief]:
        found = store.briefs(self.project.id, period, self.areas, self.row.id) if period else []
        return {brief.row.village_code: brief for brief in found}

    @property
    def period_before(self) -> str:
        """The newest period that is older than this one; "" when there is none."""
        return next((code for code in self.periods if code < self.period), "")

    @cached_property
    def seen(self) -> list[Seen]:
        return [seen(village.code, self.rows.get(village.code)) for village in self.villages]

    @cached_property
    def overview(self) -> Overview:
        return overview(self.seen, [band.code for band in self.bands])

    @property
    def bands(self) -> tuple[Band, ...]:
        """The classes, lowest first."""
        return self.rubric.bands

    @cached_property
    def lock(self) -> Period | None:
        """The lock of the period, if it is locked."""
        found = store.period(self.project.id, self.period)
        return found if found and found.locked_at else None

    @property
    def whole(self) -> bool:
        """Whether the reader sees the whole project, and asked for it."""
        return "" in self.areas and not self.subdistrict

    @property
    def narrowed(self) -> tuple[str, ...]:
        """The reader's areas within the chosen sub-district."""
        if not self.subdistrict:
            return self.areas
        if covers(self.areas, self.subdistrict):
            return (self.subdistrict,)
        return tuple(area for area in self.areas if covers((self.subdistrict,), area))

    @property
    def subdistricts(self) -> list[tuple[str, str]]:
        return sorted({(village.subdistrict_code, village.subdistrict) for village in self.known}, key=lambda pair: pair[1])

    @property
    def place(self) -> str:
        """The sub-district that the page is about; "" when it is about several."""
        names = {village.subdistrict for village in self.villages}
        return names.pop() if len(names) == 1 else ""

    def label(self, period: str) -> str:
        """A period as the form names it: "Semester 2 2026"."""
        return period_label(self.form, period)


def seen(code: str, row: ScoreRow | None) -> Seen:
    """A stored score as the overview counts it."""
    if row is None:
        return Seen(code)
    return Seen(code, "readiness" if row.kind == "readiness" else "score", row.formed, row.total, row.class_code)


def period_label(form: Form, period: str) -> str:
    """The label of a period's choice in the form; the code where the form has none."""
    path = publishing.period_path(form)
    asked = form.by_path.get(path) if path else None
    listed = form.choices.get(asked.choices, ()) if asked and asked.choices else ()
    return next((say(choice.label) for choice in listed if choice.value == period), period) or period


def kind_label(reading: Reading, kind: str) -> str:
    """A kind of assessment as the form names it."""
    path = publishing.kind_path(reading.form)
    asked = reading.form.by_path.get(path) if path else None
    listed = reading.form.choices.get(asked.choices, ()) if asked and asked.choices else ()
    return next((say(choice.label) for choice in listed if choice.value == kind), kind) or reading.version.title


def counted_kind(reading: Reading) -> str:
    """The kind of assessment that counts for the score; "" when every kind does."""
    return reading.form.settings.get("counted_kind", "")


def read(project: int) -> Reading | None:
    """What the address asks for; None when the project has no form with a rubric."""
    scored = [(row, version) for row, version in publishing.forms_of(project) if publishing.rubric(version) is not None]
    if not scored:
        return None
    wanted = request.args.get("form", "")
    row, version = next(((row, version) for row, version in scored if row.xml_form_id == wanted), scored[0])
    rubric = publishing.rubric(version)
    assert rubric is not None
    areas = g.caller.areas("score.read", project)
    periods = store.periods(project)
    period = request.args.get("period", "") or (periods[0] if periods else "")
    subdistrict = request.args.get("kecamatan", "")
    if subdistrict and not any(village.subdistrict_code == subdistrict for village in store.inside(areas)):
        raise Problem("404.1")
    others = [(one.xml_form_id, other.title) for one, other in scored]
    return Reading(projects.get(project), row, version, publishing.definition(version), rubric, others, periods, period, areas, subdistrict)


def village_of(reading: Reading, code: str) -> Village:
    """A village of the reader's areas, or 404.1."""
    found = store.find(code)
    if found is None or not covers(reading.areas, code):
        if found is not None:
            refusal_store.outside("score.read")
        raise Problem("404.1")
    return found


def query(reading: Reading, **more: Any) -> dict[str, Any]:
    """The parts of the address that pages of scores pass on."""
    kept = {"period": reading.period, "kecamatan": reading.subdistrict, "form": request.args.get("form", ""), **more}
    return {name: value for name, value in kept.items() if value}
