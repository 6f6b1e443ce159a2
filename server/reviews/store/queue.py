"""The queue: submissions of one's areas by what is decided on them, the riskiest first (EXPECTATIONS S1, S7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

from server.accounts.models import Actor
from server.db import db
from server.publishing.models import FormRow
from server.reviews.models import Risk
from server.reviews.store.risks import awaits_review
from server.submissions.models import Submission, SubmissionVersion
from server.submissions.store import in_areas


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reviewer narrowed the list to; empty values narrow nothing. `found` are area codes the search names."""

    state: str = "waiting"  # waiting, hasIssues, approved, rejected, all
    area: str = ""
    submitter: int | None = None
    period: str = ""
    form: str = ""
    search: str = ""
    found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One submission in the list."""

    submission: Submission
    version: SubmissionVersion
    form: FormRow
    sender: str
    risk: Risk | None


def queue(project_id: int, areas: Iterable[str], filters: Filters, limit: int = 50, offset: int = 0) -> list[Line]:
    """One page of the list: resent ones first, then by risk, then the longest waiting; decided ones newest first."""
    wanted = _narrowed(_base(), project_id, areas, filters)
    if filters.state == "waiting":
        by: list[Any] = [(func.coalesce(Submission.review_state, "") == "edited").desc(), func.coalesce(Risk.points, 0).desc(),
                            Submission.created_at, Submission.id]
    else:
        by = [func.coalesce(Submission.updated_at, Submission.created_at).desc(), Submission.id.desc()]
    return [Line(*row) for row in db.session.execute(wanted.order_by(*by).limit(limit).offset(offset))]


def _base() -> Select[Any]:
    sender = aliased(Actor)
    return (select(Submission, SubmissionVersion, FormRow, func.coalesce(sender.display_name, ""), Risk)
            .join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id)
            .join(FormRow, FormRow.id == Submission.form_id)
            .outerjoin(sender, sender.id == Submission.submitter_id)
            .outerjoin(Risk, Risk.submission_id == Submission.id)
            .where(SubmissionVersion.current))


def _narrowed(wanted: Select[Any], project_id: int, areas: Iterable[str], filters: Filters) -> Select[Any]:
    wanted = wanted.where(FormRow.project_id == project_id, FormRow.deleted_at.is_(None), Submission.deleted_at.is_(None),
                          Submission.trial.is_(False))
    wanted = in_areas(wanted, areas)
    if filters.state == "waiting":
        wanted = wanted.where(awaits_review())
    elif filters.state != "all":
        wanted = wanted.where(Submission.review_state == filters.state)
    if filters.area:
        wanted = in_areas(wanted, (filters.area,))
    if filters.submitter is not None:
        wanted = wanted.where(Submission.submitter_id == filters.submitter)
    if filters.period:
        wanted = wanted.where(Submission.period == filters.period)
    if filters.form:
        wanted = wanted.where(FormRow.xml_form_id == filters.form)
    return _searched(wanted, filters)


def _searched(wanted: Select[Any], filters: Filters) -> Select[Any]:
    if not filters.search:
        return wanted
    sender = select(Actor.id).where(Actor.id == Submission.submitter_id, Actor.display_name.icontains(filters.search, autoescape=True))
    return wanted.where(or_(Submission.instance_name.icontains(filters.search, autoescape=True),
                            Submission.instance_id == filters.search, Submission.area.in_(filters.found), sender.exists()))


def counts(project_id: int, areas: Iterable[str], filters: Filters) -> dict[str, int]:
    """How many submissions each state holds under the same filters."""
    everything = Filters("all", filters.area, filters.submitter, filters.period, filters.form, filters.search, filters.found)
    wanted = select(Submission.review_state, func.count()).join(FormRow, FormRow.id == Submission.form_id)
    found = {row[0] or "waiting": row[1] for row in db.session.execute(
        _narrowed(wanted, project_id, areas, everything).group_by(Submission.review_state))}
    return {"waiting": found.get("waiting", 0) + found.get("edited", 0), **{state: found.get(state, 0) for state in
            ("hasIssues", "approved", "rejected")}, "all": sum(found.values())}


def order(project_id: int, areas: Iterable[str], filters: Filters, limit: int = 500) -> list[tuple[str, str]]:
    """The head of the list as (xmlFormId, instanceId), to walk from one submission to the next."""
    return [(line.form.xml_form_id, line.submission.instance_id) for line in queue(project_id, areas, filters, limit)]


def senders(project_id: int, areas: Iterable[str]) -> list[tuple[int, str]]:
    """Who sent submissions of these areas: actor id and name, by name."""
    wanted = select(Actor.id, Actor.display_name).distinct().join(Submission, Submission.submitter_id == Actor.id).join(
        FormRow, FormRow.id == Submission.form_id)
    wanted = _narrowed(wanted, project_id, areas, Filters("all"))
    return sorted(((row[0], row[1]) for row in db.session.execute(wanted)), key=lambda pair: pair[1].casefold())
