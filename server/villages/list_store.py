"""The villages as an entity list `desa` of each project, so that the last visit's facts travel to phones (PROTOCOL §6).

A form that carries `desa.csv` finds there, by the column `code`, what the newest score of the village was computed from:
period, status, score, class, day, and the answers that the form's setting `carried_fields` names.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from forms.entities import property_fault
from server.datasets import store as datasets
from server.datasets.models import Dataset
from server.datasets.store import Given, Maker
from server.db import db
from server.projects import store as projects
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.submissions.models import SubmissionVersion
from server.villages.models import ScoreRow, Village

NAME, KEPT_BY = "desa", "villages"
OWN = ("code", "kecamatan", "kecamatan_code")
FACTS = ("period", "status", "score", "class", "visited")


def uuid_of(code: str) -> str:
    """The uuid of a village: the same in every project and on every server."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"village {code}".encode()).digest()[:16], version=4))


def published(form_id: int) -> None:
    """A form was published: make the list if the form asks for villages, and give it the properties the form carries."""
    form = db.session.get(FormRow, form_id)
    if form is not None:
        keep(form.project_id)


def imported() -> None:
    """The list of villages changed: bring the lists of all projects that use villages up to date."""
    for project in projects.listing():
        keep(project.id, every=True)


def keep(project_id: int, *, every: bool = False) -> None:
    """Make the list of a project whose forms ask for villages; fill it when it is new, has new columns, or `every` time."""
    asking, carried = _asked(project_id)
    if not asking:
        return
    known = next((each for each in datasets.lists(project_id) if each.name.casefold() == NAME), None)
    if known is not None and known.kept_by != KEPT_BY:
        return  # somebody's own list of that name is left alone
    if known is None and db.session.scalar(select(Village.code).limit(1)) is None:
        return
    dataset = known or datasets.create_list(project_id, NAME, area_property=OWN[0], kept_by=KEPT_BY)
    have = {each.name.casefold() for each in datasets.properties(dataset.id)}
    missing = [name for name in dict.fromkeys([*OWN, *FACTS, *carried]) if name.casefold() not in have]
    for name in missing:
        datasets.add_property(dataset, name, None)
    if every or missing:
        _fill(dataset, None)


def _asked(project_id: int) -> tuple[bool, list[str]]:
    """Whether a published form has an area or carries the list, and the fields whose answers are to be carried."""
    asking, carried = False, []
    for _, version in publishing.forms_of(project_id):
        form = publishing.definition(version)
        asking |= publishing.area_path(form) is not None or any(slot.name == f"{NAME}.csv" for slot in form.slots)
        carried += [name for name in _carried(version) if form.field(name) is not None and property_fault(name) is None]
    return asking, carried


def _carried(version: FormVersion) -> list[str]:
    return publishing.definition(version).settings.get("carried_fields", "").replace(",", " ").split()


def scored(project_id: int, village_code: str) -> None:
    """The score of a village changed: so do its facts."""
    dataset = datasets.find_list(project_id, NAME)
    if dataset is not None and dataset.kept_by == KEPT_BY:
        _fill(dataset, village_code)


def _fill(dataset: Dataset, only: str | None) -> None:
    """Write all villages, or only one, with the facts of their newest scores."""
    wanted = select(Village).order_by(Village.code)
    villages = db.session.scalars(wanted if only is None else wanted.where(Village.code == only)).all()
    names = datasets.names(dataset)
    facts = _facts(dataset.project_id, only)
    datasets.put(dataset, [_entity(village, facts.get(village.code, {}), names) for village in villages],
                 Maker(source={"name": "villages"}))


def _entity(village: Village, facts: dict[str, str], names: Iterable[str]) -> Given:
    own = {"code": village.code, "kecamatan": village.subdistrict, "kecamatan_code": village.subdistrict_code}
    said = {name: {**facts, **own}.get(name, "") for name in names}
    return Given(uuid_of(village.code), f"{village.name} ({village.subdistrict})", said)


def _facts(project_id: int, only: str | None) -> dict[str, dict[str, str]]:
    """What the newest score of each village says, and the carried answers of the submission behind it."""
    wanted = select(ScoreRow, SubmissionVersion.answers, SubmissionVersion.created_at, FormVersion).join(
        SubmissionVersion, SubmissionVersion.id == ScoreRow.version_id).join(
        FormVersion, FormVersion.id == ScoreRow.form_version_id).where(ScoreRow.project_id == project_id)
    if only is not None:
        wanted = wanted.where(ScoreRow.village_code == only)
    return {row.village_code: _told(row, answers, at.date().isoformat(), version)
            for row, answers, at, version in db.session.execute(wanted.order_by(ScoreRow.period, ScoreRow.computed_at))}


def _told(row: ScoreRow, answers: dict[str, Any], arrived: str, version: FormVersion) -> dict[str, str]:
    form, rubric = publishing.definition(version), publishing.rubric(version)
    visit = rubric.scale.visit_date if rubric is not None else None
    told = {"period": row.period, "status": row.status, "score": "" if row.total is None else f"{row.total:.2f}",
            "class": row.class_code or "", "visited": (answers.get(visit.path, "") if visit else "")[:10] or arrived}
    carried = {name: answers.get(field.path, "") for name in _carried(version) if (field := form.field(name)) is not None}
    return {**carried, **told}
