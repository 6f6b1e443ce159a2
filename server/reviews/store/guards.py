"""What every change of a review checks first: nobody was faster, and the period is open (EXPECTATIONS S5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from server.accounts.models import Actor
from server.db import db
from server.problems import Problem
from server.publishing.models import FormRow
from server.reviews.models import Review
from server.schemas import moment
from server.submissions import store as submissions
from server.submissions.models import Submission

ANY = -1  # "whatever was decided before": for callers of the API, which show no page

LockReader = Callable[[int, str], datetime | None]
_locked: LockReader | None = None


def locks_from(reader: LockReader) -> None:
    """Name the function that tells since when a period of a project is locked. Periods lie in a room above this one."""
    global _locked
    _locked = reader


def hold(submission: Submission) -> None:
    """Two deciders at once queue here, so that the second one sees what the first one wrote."""
    db.session.execute(select(Submission.id).where(Submission.id == submission.id).with_for_update())
    db.session.refresh(submission)


def last_review(submission_id: int) -> Review | None:
    """The newest decision."""
    return db.session.scalar(select(Review).where(Review.submission_id == submission_id).order_by(Review.id.desc()).limit(1))


def refuse_old_version(submission: Submission, version_id: int) -> None:
    """Raise 409.30 when a newer version came: what the reviewer read is no longer what would be decided."""
    current = submissions.current(submission.id)
    if current.id != version_id:
        raise _meanwhile(current.submitter_id, current.created_at, "edited")


def refuse_decided(submission: Submission, seen: int | None) -> None:
    """Raise 409.30 when the newest decision is not the one that the reviewer's page showed."""
    newest = last_review(submission.id)
    if seen != ANY and newest is not None and newest.id != seen:
        raise _meanwhile(newest.actor_id, newest.created_at, newest.state)


def _meanwhile(actor_id: int | None, at: datetime, state: str | None) -> Problem:
    actor = db.session.scalar(select(Actor.display_name).where(Actor.id == actor_id)) or "?"
    return Problem("409.30", actor=actor, at=moment(at), state=state or "taken back")


def refuse_locked(submission: Submission) -> None:
    """Raise 409.31 when the submission's period is locked: what was published stays."""
    since = _locked(project_of(submission), submission.period) if _locked and submission.period else None
    if since is not None:
        raise Problem("409.31", period=submission.period, since=moment(since))


def project_of(submission: Submission) -> int:
    """The project of a submission's form."""
    return db.session.scalars(select(FormRow.project_id).where(FormRow.id == submission.form_id)).one()
