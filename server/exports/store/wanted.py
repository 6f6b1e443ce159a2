"""Which submissions an export is about, in which order, from where on (PROTOCOL §4 "Paging", DESIGN §4.3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from server.db import Instant
from server.streams import Snapshot
from server.submissions import store as submissions
from server.submissions.models import SHOWN, Submission, SubmissionVersion


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of submissions: new ones come before it, so nothing shifts behind it."""

    created_at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Submissions of a form in these areas, narrowed and ordered; newest first unless `order` says otherwise."""

    form_id: int
    areas: tuple[str, ...]
    trial: bool = False
    condition: ColumnElement[bool] | None = None
    deleted: bool = False  # also those in the trash: the condition decides
    submission_id: int | None = None
    order: tuple[Any, ...] = ()
    after: Place | None = None  # only what comes behind it
    upto: Place | None = None  # nothing newer than it
    skip: int = 0
    limit: int | None = field(default=None)


NEWEST = (Submission.created_at.desc(), Submission.id.desc())


def narrowed(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    """Apply everything but order and paging; the statement joins submissions with their current versions."""
    return _narrowed(statement.join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id).where(
        SubmissionVersion.current), wanted)


def _alone(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    """The same for a statement that asks nothing of versions: each submission has one current version anyway."""
    return narrowed(statement, wanted) if wanted.condition is not None else _narrowed(statement, wanted, counted=True)


def _narrowed(statement: Select[Any], wanted: Wanted, counted: bool = False) -> Select[Any]:
    """`counted`: in no order, so that the index without trials and trash is taken, which is enough to count by."""
    statement = submissions.in_areas(statement.where(Submission.form_id == wanted.form_id), wanted.areas)
    if counted and not wanted.trial and not wanted.deleted:
        statement = statement.where(SHOWN)
    else:
        statement = statement.where(Submission.trial.is_(wanted.trial), *(() if wanted.deleted else (Submission.deleted_at.is_(None),)))
    if wanted.submission_id is not None:
        statement = statement.where(Submission.id == wanted.submission_id)
    return statement if wanted.condition is None else statement.where(wanted.condition)


def paged(statement: Select[Any], wanted: Wanted) -> Select[Any]:
    """Apply order and paging to a narrowed statement."""
    position = tuple_(Submission.created_at, Submission.id)
    if wanted.after is not None:
        statement = statement.where(position < _bound(wanted.after))
    if wanted.upto is not None:
        statement = statement.where(position <= _bound(wanted.upto))
    statement = statement.order_by(*wanted.order, *NEWEST)
    if wanted.skip:
        statement = statement.offset(wanted.skip)
    return statement if wanted.limit is None else statement.limit(wanted.limit)


def _bound(place: Place) -> Any:
    return tuple_(literal(place.created_at, Instant), literal(place.id))


def count(snapshot: Snapshot, wanted: Wanted) -> int:
    """How many there are, paging aside."""
    return int(snapshot.connection.scalar(_alone(select(func.count()).select_from(Submission), wanted)) or 0)


def by_state(snapshot: Snapshot, wanted: Wanted) -> dict[str | None, int]:
    """How many there are in each review state; None is "received"."""
    column: InstrumentedAttribute[str | None] = Submission.review_state
    found = snapshot.connection.execute(_alone(select(column, func.count()).select_from(Submission), wanted).group_by(column))
    return {row[0]: row[1] for row in found}


def newest(snapshot: Snapshot, wanted: Wanted) -> Place | None:
    """The place of the newest one."""
    found = snapshot.connection.execute(narrowed(select(Submission.created_at, Submission.id), wanted)
                                        .order_by(*NEWEST).limit(1)).first()
    return Place(found[0], found[1]) if found else None
