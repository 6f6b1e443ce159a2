"""Decisions: append-only lines of which the newest is the review state (DESIGN §4.4, EXPECTATIONS S3, S5, S6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from server import events
from server.accounts.models import Actor
from server.db import db, now
from server.problems import Problem
from server.publishing.models import FormRow
from server.reviews.models import Comment, Review
from server.reviews.store.guards import hold, last_review, project_of, refuse_decided, refuse_locked, refuse_old_version
from server.reviews.store.remarks import add_comment, on_version
from server.submissions import store as submissions
from server.submissions.models import Submission, SubmissionVersion

STATES = (None, "hasIssues", "edited", "rejected", "approved")  # of the protocol; None takes a decision back
REASONED = ("hasIssues", "rejected")

def history(submission_id: int) -> list[tuple[Review, str]]:
    """Every decision with its reviewer's name, newest first."""
    found = db.session.execute(select(Review, Actor.display_name).outerjoin(Actor, Actor.id == Review.actor_id).where(
        Review.submission_id == submission_id).order_by(Review.id.desc()))
    return [(row[0], row[1] or "") for row in found]


def decide(submission: Submission, version_id: int, state: str | None, reason: str, actor_id: int | None,
           seen: int | None, comments: Sequence[tuple[str | None, str]] = (), *, reasons: bool = True) -> Review:
    """Write a decision on the current version with its comments; state, log and scores follow.

    `seen` is the id of the newest review that the reviewer's page showed (None: there was none; ANY: no page).
    Raises 409.30 when somebody decided or the worker resent meanwhile, 409.31 in a locked period, 400.2 when a
    reason is missing: sending back, rejecting and changing an earlier decision need one (unless not `reasons`).
    """
    hold(submission)
    refuse_old_version(submission, version_id)
    refuse_decided(submission, seen)
    refuse_locked(submission)
    reason = reason.strip()
    if reasons and not reason and (state in REASONED or submission.review_state in ("approved", "hasIssues", "rejected")):
        raise Problem("400.2", field="reason")
    review = Review(submission_id=submission.id, version_id=version_id, actor_id=actor_id, state=state, reason=reason,
                    created_at=now())
    db.session.add(review)
    db.session.flush()
    for path, body in comments:
        add_comment(submission, version_id, path, body, actor_id, review_id=review.id)
    _record(submission, review)
    submissions.set_state(submission, state)
    return review


def _record(submission: Submission, review: Review) -> None:
    events.record("submission.update", project_id=project_of(submission), actor_id=review.actor_id, subject=submission.instance_id,
                  details={"submissionId": submission.id, "instanceId": submission.instance_id, "versionId": review.version_id,
                           "reviewId": review.id, "reviewState": review.state, "before": submission.review_state})


@dataclass(frozen=True, slots=True)
class Returned:
    """A submission that its sender must correct: the decision, and every comment on the version it is about."""

    submission: Submission
    version: SubmissionVersion
    review: Review | None
    comments: list[Comment]


def returned_to(actor_id: int, project_id: int) -> list[Returned]:
    """What was sent back to this app user and not yet sent again, longest waiting first."""
    found = db.session.execute(
        select(Submission, SubmissionVersion).join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id)
        .join(FormRow, FormRow.id == Submission.form_id)
        .where(FormRow.project_id == project_id, Submission.review_state == "hasIssues", Submission.deleted_at.is_(None),
               Submission.trial.is_(False), SubmissionVersion.current,
               or_(Submission.submitter_id == actor_id, SubmissionVersion.submitter_id == actor_id))
        .order_by(Submission.updated_at, Submission.id))
    return [Returned(submission, version, last_review(submission.id), on_version(version.id))
            for submission, version in found]
