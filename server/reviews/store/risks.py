"""Rows of what makes a submission risky; the judgement itself is the desk's (EXPECTATIONS S1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, delete, func, literal_column, select, union_all, update

from server.db import db, now
from server.publishing.models import FormRow
from server.reviews.models import Risk
from server.submissions.models import SHOWN, TO_WEIGH, Submission, SubmissionAttachment, SubmissionVersion

_WEIGHING = 0x77656967  # of the advisory lock, beside the project


def any_unweighed(project_id: int) -> bool:
    """Whether something that waits for review came, or got a photo, since it was last weighed."""
    return db.session.scalar(_unweighed(project_id, 1)) is not None


def take_unweighed(project_id: int, limit: int) -> list[tuple[Submission, SubmissionVersion]]:
    """Some of them, held until the transaction ends; none while somebody else has some.

    One at a time: two who weigh two submissions with the same photo would each not see the other's.
    """
    if db.engine.dialect.name == "postgresql" and not db.session.scalar(select(func.pg_try_advisory_xact_lock(_WEIGHING, project_id))):
        return []
    unweighed = select(_unweighed(project_id, limit).subquery().c.id)
    ids = list(db.session.scalars(select(Submission.id).where(Submission.id.in_(unweighed)).with_for_update(skip_locked=True)))
    found = db.session.execute(
        select(Submission, SubmissionVersion).join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id)
        .where(Submission.id.in_(ids), SubmissionVersion.current).order_by(Submission.id)
        .execution_options(populate_existing=True))
    return [(row[0], row[1]) for row in found]


def _unweighed(project_id: int, limit: int) -> CompoundSelect[tuple[int]]:
    forms = select(FormRow.id).where(FormRow.project_id == project_id, FormRow.deleted_at.is_(None))
    # Asked for each state apart, each is a place in the index of the queue, wherever it stands there.
    each = (select(Submission.id).where(Submission.form_id.in_(forms), SHOWN, state, Submission.risk == TO_WEIGH).limit(limit).subquery()
            for state in (Submission.review_state.is_(None), Submission.review_state == literal_column("'edited'")))
    return union_all(*(select(part) for part in each)).limit(limit)


def keep(submission_id: int, version_id: int, points: int, signals: Sequence[dict[str, Any]]) -> None:
    """Write the result for a submission, in place of an earlier one."""
    row = db.session.get(Risk, submission_id) or Risk(submission_id=submission_id)
    row.version_id, row.points, row.signals, row.weighed_at = version_id, points, list(signals), now()
    db.session.add(row)
    db.session.flush()
    _set_risk([submission_id], points)


def risk_of(submission_id: int, version_id: int) -> Risk | None:
    """What was found for this version."""
    return db.session.scalar(select(Risk).where(Risk.submission_id == submission_id, Risk.version_id == version_id))


def forget(submission_ids: Iterable[int]) -> None:
    """Have these submissions weighed again."""
    ids = list(submission_ids)
    if ids:
        db.session.execute(delete(Risk).where(Risk.submission_id.in_(ids)))
        _set_risk(ids, TO_WEIGH)


def _set_risk(submission_ids: list[int], risk: int) -> None:
    db.session.execute(update(Submission).where(Submission.id.in_(submission_ids)).values(risk=risk))


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
