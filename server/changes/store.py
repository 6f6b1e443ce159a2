"""What one phone needs to know: its forms, its villages, and what became of the records it sent (DESIGN §4.6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, tuple_
from sqlalchemy import literal as value_of

from server import events
from server.db import db
from server.events import Cursor, Event
from server.publishing.models import FormRow, FormVersion
from server.reviews.models import Comment, Review
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion
from sync.decide import made

DECIDED = 500  # of a first visit; later visits get what happened since
OF_SUBMISSIONS = ("submission.update", "submission.update.version", "submission.delete", "submission.restore",
                  "submission.attachment.update", "review.decide", "comment.create")


def horizon(project_id: int) -> Cursor:
    """The cursor behind the last line that concerns the project: its own lines, and those of no project."""
    own, common = events.head(project_id), _common_head()
    return max(own, common, key=lambda cursor: (cursor.transaction, cursor.id))


def _common_head() -> Cursor:
    wanted = select(Event.transaction_id, Event.id, Event.logged_at).where(Event.project_id.is_(None), events.settled())
    row = db.session.execute(wanted.order_by(Event.transaction_id.desc(), Event.id.desc()).limit(1)).first()
    return Cursor.behind(row)


def _between(since: Cursor, until: Cursor) -> Any:
    place = tuple_(Event.transaction_id, Event.id)
    return and_(place > tuple_(value_of(since.transaction), value_of(since.id)),
                place <= tuple_(value_of(until.transaction), value_of(until.id)))


def happened(project_id: int, since: Cursor, until: Cursor) -> set[str]:
    """Names of what happened in the project, or to no project in particular, between two cursors."""
    found: set[str] = set()
    for where in (Event.project_id == project_id, Event.project_id.is_(None)):
        found.update(db.session.scalars(select(Event.action).where(where, _between(since, until)).distinct()))
    return found


def touched(project_id: int, actor_id: int | None, since: Cursor, until: Cursor) -> set[int]:
    """Ids of the caller's own submissions that something happened to between two cursors."""
    wanted = select(Submission.id).join(Event, Event.subject == Submission.instance_id).join(
        FormRow, FormRow.id == Submission.form_id).where(
        Event.project_id == project_id, FormRow.project_id == project_id, Event.action.in_(OF_SUBMISSIONS),
        Submission.submitter_id == actor_id, Submission.trial.is_(False), _between(since, until))
    return set(db.session.scalars(wanted.distinct()))


Own = tuple[Submission, SubmissionVersion, str, str]
_OWN = select(Submission, SubmissionVersion, FormRow.xml_form_id, FormVersion.version).join(
    SubmissionVersion, and_(SubmissionVersion.submission_id == Submission.id, SubmissionVersion.current)).join(
    FormRow, FormRow.id == Submission.form_id).join(FormVersion, FormVersion.id == SubmissionVersion.form_version_id)


def _own(project_id: int, actor_id: int | None) -> Any:
    return _OWN.where(FormRow.project_id == project_id, FormRow.deleted_at.is_(None), Submission.trial.is_(False),
                      Submission.submitter_id == actor_id, Submission.deleted_at.is_(None))


def returned(project_id: int, actor_id: int | None) -> list[Own]:
    """The caller's submissions that were sent back and not answered yet, the longest waiting first."""
    wanted = _own(project_id, actor_id).where(Submission.review_state == "hasIssues")
    return [tuple(row) for row in db.session.execute(wanted.order_by(Submission.updated_at, Submission.id))]


def decided(project_id: int, actor_id: int | None, only: Collection[int] | None = None) -> list[Own]:
    """The caller's submissions with their review states: those of `only`, else the newest that have a state."""
    wanted = _own(project_id, actor_id)
    wanted = wanted.where(Submission.review_state.is_not(None)) if only is None else wanted.where(Submission.id.in_(only))
    order = wanted.order_by(Submission.updated_at.desc(), Submission.id.desc()).limit(DECIDED)
    return [tuple(row) for row in db.session.execute(order)]


def last_reviews(submission_ids: Iterable[int]) -> dict[int, tuple[str, datetime]]:
    """Reason and moment of the newest review of each submission."""
    rows = db.session.execute(select(Review.submission_id, Review.reason, Review.created_at).where(
        Review.submission_id.in_(list(submission_ids))).order_by(Review.id))
    return {submission_id: (reason, at) for submission_id, reason, at in rows}


def remarks(version_ids: Iterable[int]) -> dict[int, list[Comment]]:
    """The comments on these versions, in the order they were made."""
    found: dict[int, list[Comment]] = {}
    for comment in db.session.scalars(select(Comment).where(Comment.version_id.in_(list(version_ids))).order_by(Comment.id)):
        found.setdefault(comment.version_id, []).append(comment)
    return found


def files(version_ids: Iterable[int]) -> dict[int, list[SubmissionAttachment]]:
    """The files that these versions really have."""
    found: dict[int, list[SubmissionAttachment]] = {}
    rows = db.session.scalars(select(SubmissionAttachment).where(
        SubmissionAttachment.version_id.in_(list(version_ids)), SubmissionAttachment.expected,
        SubmissionAttachment.sha256.is_not(None)).order_by(SubmissionAttachment.id))
    for row in rows:
        found.setdefault(row.version_id, []).append(row)
    return found


def definitions(version_ids: Iterable[int]) -> list[FormVersion]:
    return list(db.session.scalars(select(FormVersion).where(FormVersion.id.in_(list(version_ids)))))


def sent_by(form_id: int, actor_id: int | None, instance_id: str,
            xml_sha256: str = "") -> tuple[Submission, SubmissionVersion] | None:
    """The submission that has a version of this instance id, and that version: the caller's own, or of exactly this XML."""
    ids = [instance_id, made(xml_sha256)]  # by the second it goes where its own id was taken and somebody took it in
    row = db.session.execute(select(Submission, SubmissionVersion).join(
        SubmissionVersion, SubmissionVersion.submission_id == Submission.id).where(
        SubmissionVersion.form_id == form_id, SubmissionVersion.trial.is_(False), SubmissionVersion.instance_id.in_(ids),
        or_(Submission.submitter_id == actor_id, SubmissionVersion.submitter_id == actor_id,
            SubmissionVersion.xml_sha256 == xml_sha256))
        .order_by((SubmissionVersion.xml_sha256 == xml_sha256).desc(), (SubmissionVersion.instance_id == instance_id).desc())).first()
    return (row[0], row[1]) if row else None
