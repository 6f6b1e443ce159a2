"""Rows of what makes a submission risky; the judgement itself is the desk's (EXPECTATIONS S1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, or_, select

from server.db import db, now
from server.publishing.models import FormRow
from server.reviews.models import Risk
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion


def unweighed(project_id: int, limit: int) -> list[tuple[Submission, SubmissionVersion]]:
    """Waiting submissions whose current version, or a photo of it, came after they were last weighed."""
    late = exists().where(SubmissionAttachment.version_id == SubmissionVersion.id, SubmissionAttachment.updated_at > Risk.weighed_at)
    found = db.session.execute(
        select(Submission, SubmissionVersion).join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id)
        .join(FormRow, FormRow.id == Submission.form_id).outerjoin(Risk, Risk.submission_id == Submission.id)
        .where(FormRow.project_id == project_id, FormRow.deleted_at.is_(None), Submission.deleted_at.is_(None),
               Submission.trial.is_(False), SubmissionVersion.current, awaits_review(),
               or_(Risk.submission_id.is_(None), Risk.version_id != SubmissionVersion.id, late))
        .order_by(Submission.id).limit(limit))
    return [(row[0], row[1]) for row in found]


def awaits_review() -> ColumnElement[bool]:
    """The condition that nobody decided on the present version yet."""
    return or_(Submission.review_state.is_(None), Submission.review_state == "edited")


def keep(submission_id: int, version_id: int, points: int, signals: Sequence[dict[str, Any]]) -> None:
    """Write the result for a submission, in place of an earlier one."""
    row = db.session.get(Risk, submission_id) or Risk(submission_id=submission_id)
    row.version_id, row.points, row.signals, row.weighed_at = version_id, points, list(signals), now()
    db.session.add(row)
    db.session.flush()


def risk_of(submission_id: int, version_id: int) -> Risk | None:
    """What was found for this version."""
    return db.session.scalar(select(Risk).where(Risk.submission_id == submission_id, Risk.version_id == version_id))


def forget(submission_ids: Iterable[int]) -> None:
    """Have these submissions weighed again."""
    ids = list(submission_ids)
    if ids:
        db.session.execute(delete(Risk).where(Risk.submission_id.in_(ids)))


def photo_used_by(version_id: int, submission_id: int) -> list[tuple[str, str, Submission]]:
    """Files of this version that came with another submission too: (name here, name there, the other submission)."""
    mine, other = SubmissionAttachment, SubmissionAttachment.__table__.alias("other")
    version = SubmissionVersion.__table__.alias("version")
    found = db.session.execute(
        select(mine.name, other.c.name, Submission).join(other, other.c.sha256 == mine.sha256)
        .join(version, version.c.id == other.c.version_id).join(Submission, Submission.id == version.c.submission_id)
        .where(mine.version_id == version_id, mine.size > 0, Submission.id != submission_id, Submission.deleted_at.is_(None),
               Submission.trial.is_(False), version.c.current)
        .order_by(mine.id, Submission.id).limit(50))
    return [(row[0], row[1], row[2]) for row in found]
