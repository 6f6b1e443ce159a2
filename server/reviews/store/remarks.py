"""Comments on single questions and reviewers' own ratings of indicators (DESIGN §4.4, §4.5)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from server import events, follow
from server.accounts.models import Actor
from server.db import db, now
from server.problems import Problem
from server.reviews.models import Comment, Rating
from server.reviews.store.guards import hold, project_of, refuse_locked, refuse_old_version
from server.submissions import store as submissions
from server.submissions.models import Submission

MAX_BODY = 10_000
MAX_PATH = 500


@dataclass(frozen=True, slots=True)
class Entry:
    """A comment with its author: the display name and whether it is a phone's account."""

    comment: Comment
    author: str
    from_phone: bool


def comments(submission_id: int, version_id: int | None = None) -> list[Entry]:
    """Comments on a submission, or on one version of it, oldest first."""
    wanted = select(Comment, Actor.display_name, Actor.type).outerjoin(Actor, Actor.id == Comment.actor_id).where(
        Comment.submission_id == submission_id)
    if version_id is not None:
        wanted = wanted.where(Comment.version_id == version_id)
    return [Entry(row[0], row[1] or "", row[2] == "field_key") for row in db.session.execute(wanted.order_by(Comment.id))]


def on_version(version_id: int) -> list[Comment]:
    """The comments on one version, oldest first: what its sender reads when it is sent back."""
    return list(db.session.scalars(select(Comment).where(Comment.version_id == version_id).order_by(Comment.id)))


def add_comment(submission: Submission, version_id: int, path: str | None, body: str, actor_id: int | None,
                review_id: int | None = None) -> Comment:
    """Write a comment on a question, or with `path` None on the whole. Raises 400.2, 400.13."""
    body = body.strip()
    if not body:
        raise Problem("400.2", field="body")
    if len(body) > MAX_BODY:
        raise Problem("400.13", field="body", max=MAX_BODY)
    if path and len(path) > MAX_PATH:
        raise Problem("400.13", field="path", max=MAX_PATH)
    comment = Comment(submission_id=submission.id, version_id=version_id, review_id=review_id, path=path or None, body=body,
                      actor_id=actor_id, created_at=now())
    db.session.add(comment)
    db.session.flush()
    _record("comment.create", submission, actor_id, {"commentId": comment.id, "path": comment.path})
    return comment


def rate(submission: Submission, version_id: int, indicator: str, value: float | None, evidence_rejected: bool,
         reason: str, actor_id: int | None) -> Rating:
    """Write a reviewer's own rating (0–100) of an indicator, or that its evidence does not count; scores follow.

    Neither takes the reviewer's earlier rating back. Raises 400.2 without a reason, 400.8 for a value outside 0–100,
    409.31 in a locked period, 409.30 when the version is no longer the current one.
    """
    hold(submission)
    refuse_old_version(submission, version_id)
    refuse_locked(submission)
    if not reason.strip():
        raise Problem("400.2", field="reason")
    if value is not None and not 0 <= value <= 100:
        raise Problem("400.8", field="value", value=value, reason="a rating lies between 0 and 100.")
    rating = Rating(submission_id=submission.id, version_id=version_id, indicator=indicator, value=value,
                    evidence_rejected=evidence_rejected, reason=reason.strip(), actor_id=actor_id, created_at=now())
    db.session.add(rating)
    db.session.flush()
    _record("rating.create", submission, actor_id, {"ratingId": rating.id, "indicator": indicator, "value": value,
                                                    "evidenceRejected": evidence_rejected})
    follow.changed(submission.id)
    return rating


def all_ratings(submission_id: int) -> list[tuple[Rating, str]]:
    """Every rating ever given to a submission with the reviewer's name, oldest first."""
    found = db.session.execute(select(Rating, Actor.display_name).outerjoin(Actor, Actor.id == Rating.actor_id).where(
        Rating.submission_id == submission_id).order_by(Rating.id))
    return [(row[0], row[1] or "") for row in found]


def ratings(submission_id: int) -> list[Rating]:
    """The ratings that count: of the current version, the newest of each reviewer for each indicator.

    A new version starts without ratings: the answer that a reviewer rated may be the one that was corrected.
    """
    current = submissions.current(submission_id).id
    newest = {(rating.actor_id, rating.indicator): rating for rating, _ in all_ratings(submission_id) if rating.version_id == current}
    return sorted((rating for rating in newest.values() if rating.value is not None or rating.evidence_rejected),
                  key=lambda rating: rating.id)


def _record(action: str, submission: Submission, actor_id: int | None, details: dict[str, object]) -> None:
    events.record(action, project_id=project_of(submission), actor_id=actor_id, subject=submission.instance_id,
                  details={"submissionId": submission.id, "instanceId": submission.instance_id, **details})
