"""The queue: submissions of one's areas by what is decided on them, the riskiest first (EXPECTATIONS S1, S7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, literal_column, or_, select, union_all
from sqlalchemy.orm import aliased, defer

from server.accounts.models import Actor
from server.db import db
from server.dear import dear
from server.publishing.models import FormRow
from server.reviews.models import Risk
from server.submissions.models import SHOWN, Submission, SubmissionVersion
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


UNDECIDED: tuple[str | None, ...] = ("edited", None)
DECIDED = ("hasIssues", "approved", "rejected")
MOST_PARTS = 60  # of one statement; SQLite takes 500, but each costs something to plan


def queue(project_id: int, areas: Iterable[str], filters: Filters, limit: int = 50, offset: int = 0) -> list[Line]:
    """One page of the list: resent ones first, then by risk, then the longest waiting; decided ones newest first."""
    page = _page(_forms(project_id, filters), areas, filters, limit, offset)
    lines = {row[0].id: Line(*row) for row in db.session.execute(_LINES.where(Submission.id.in_(page)))}
    return [lines[each] for each in page if each in lines]


_sender = aliased(Actor)
_LINES = (select(Submission, SubmissionVersion, FormRow, func.coalesce(_sender.display_name, ""), Risk)
          .join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id)
          .join(FormRow, FormRow.id == Submission.form_id)
          .outerjoin(_sender, _sender.id == Submission.submitter_id)
          .outerjoin(Risk, Risk.submission_id == Submission.id)
          .where(SubmissionVersion.current)
          .options(defer(SubmissionVersion.xml), defer(SubmissionVersion.answers)))


def _page(forms: dict[int, str], areas: Iterable[str], filters: Filters, limit: int, offset: int = 0) -> list[int]:
    """The ids of one page, in order.

    Within a form and a review state an index has the order (submissions/models.py), so the head of each is taken and the
    heads are merged: a page costs the same with a million submissions as with a hundred. Only what the index holds is
    asked for, so that the rows of other areas are passed over without being read.
    """
    waits = filters.state == "waiting"
    states = UNDECIDED if waits else (*UNDECIDED, *DECIDED) if filters.state == "all" else (filters.state,)
    apart = len(forms) * len(states) <= MOST_PARTS
    groups = [[form] for form in forms] if apart else [list(forms)]
    since: Any = Submission.created_at if waits else func.coalesce(Submission.updated_at, Submission.created_at)
    by: list[Any] = [Submission.risk.desc(), since, Submission.id] if waits else [since.desc(), Submission.id.desc()]
    heads = []
    for group in groups:
        for state in states:
            head = select(Submission.id, since.label("since"), literal(int(state == "edited")).label("resent"),
                          *((Submission.risk,) if waits else ()))
            head = head.where(Submission.form_id == group[0] if apart else Submission.form_id.in_(group), _in_state(state))
            head = _narrowed(head, areas, filters)
            # By the state, too, although it is one: PostgreSQL takes no order from an index whose first column "is null".
            first = Submission.review_state if waits else Submission.review_state.desc()
            heads.append(head.order_by(first, *by).limit(limit + offset).subquery())
    if not heads:
        return []
    merged = union_all(*(select(head) for head in heads)).subquery().c
    order = [merged.resent.desc(), merged.risk.desc(), merged.since, merged.id] if waits else [merged.since.desc(), merged.id.desc()]
    return list(db.session.scalars(select(merged.id).order_by(*order).limit(limit).offset(offset)))


def _in_state(state: str | None) -> ColumnElement[bool]:
    # The word itself, no parameter: only so SQLite sees that the partial index holds what is asked for.
    return Submission.review_state.is_(None) if state is None else Submission.review_state == literal_column(f"'{state}'")


def _forms(project_id: int, filters: Filters | None = None) -> dict[int, str]:
    """The living forms that are asked for: id and xmlFormId."""
    wanted = select(FormRow.id, FormRow.xml_form_id).where(FormRow.project_id == project_id, FormRow.deleted_at.is_(None))
    if filters and filters.form:
        wanted = wanted.where(FormRow.xml_form_id == filters.form)
    return {row[0]: row[1] for row in db.session.execute(wanted)}


def _narrowed(wanted: Select[Any], areas: Iterable[str], filters: Filters) -> Select[Any]:
    """Only what lies in the areas and fits the filters, whatever its form and its state."""
    wanted = in_areas(wanted.where(SHOWN), areas)
    if filters.area:
        wanted = in_areas(wanted, (filters.area,))
    if filters.submitter is not None:
        wanted = wanted.where(Submission.submitter_id == filters.submitter)
    if filters.period:
        wanted = wanted.where(Submission.period == filters.period)
    return _searched(wanted, filters)


def _searched(wanted: Select[Any], filters: Filters) -> Select[Any]:
    if not filters.search:
        return wanted
    sender = select(Actor.id).where(Actor.id == Submission.submitter_id, Actor.display_name.icontains(filters.search, autoescape=True))
    return wanted.where(or_(Submission.instance_name.icontains(filters.search, autoescape=True),
                            Submission.instance_id == filters.search, Submission.area.in_(filters.found), sender.exists()))


def counts(project_id: int, areas: Iterable[str], filters: Filters) -> dict[str, int]:
    """How many submissions each state holds under the same filters; a few seconds old where counting takes long."""
    areas, forms = tuple(areas), _forms(project_id, filters)
    found = dear(("queue", tuple(forms), areas, replace(filters, state="")), lambda: _counted(forms, areas, filters))
    return {"waiting": found.get("", 0) + found.get("edited", 0), **{state: found.get(state, 0) for state in DECIDED},
            "all": sum(found.values())}


def _counted(forms: Collection[int], areas: Iterable[str], filters: Filters) -> dict[str, int]:
    # A count for each state: grouping would compare the state of every row with that of the one before.
    of_form = select(func.count()).where(Submission.form_id.in_(forms))
    columns = [_narrowed(of_form.where(_in_state(state)), areas, filters).scalar_subquery() for state in (*UNDECIDED, *DECIDED)]
    row = db.session.execute(select(*columns)).one()
    return {state or "": number for state, number in zip((*UNDECIDED, *DECIDED), row, strict=True)}


def order(project_id: int, areas: Iterable[str], filters: Filters, limit: int = 500) -> list[tuple[str, str]]:
    """The head of the list as (xmlFormId, instanceId), to walk from one submission to the next."""
    forms = _forms(project_id, filters)
    page = _page(forms, areas, filters, limit)
    rows = db.session.execute(select(Submission.id, Submission.form_id, Submission.instance_id).where(Submission.id.in_(page)))
    named = {row[0]: (forms[row[1]], row[2]) for row in rows}
    return [named[each] for each in page if each in named]


def senders(project_id: int, areas: Iterable[str]) -> list[tuple[int, str]]:
    """Who sent submissions of these areas: actor id and name, by name."""
    sent = select(Submission.id).where(Submission.submitter_id == Actor.id, Submission.form_id.in_(_forms(project_id)))
    wanted = select(Actor.id, Actor.display_name).where(_narrowed(sent, areas, Filters("all")).exists())
    return sorted(((row[0], row[1]) for row in db.session.execute(wanted)), key=lambda pair: pair[1].casefold())
