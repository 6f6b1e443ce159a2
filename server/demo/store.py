"""Statements that only the demo needs: find it, and give its submissions and reviews the days they pretend to have."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from server.db import db
from server.demo.people import PROJECT
from server.projects.models import Project
from server.reviews.models import Comment, Rating, Review
from server.submissions.models import Submission, SubmissionVersion


def project() -> Project | None:
    """The demo's project, also under a changed description."""
    return db.session.scalar(select(Project).where(Project.name == PROJECT, Project.deleted_at.is_(None)).order_by(Project.id).limit(1))


def any_project() -> Project | None:
    """Some living project: a database in use is not filled with examples."""
    return db.session.scalar(select(Project).where(Project.deleted_at.is_(None)).order_by(Project.id).limit(1))


def date_arrival(submission_id: int, version_id: int, at: datetime, *, first: bool) -> None:
    """Let a version have arrived at `at`; of the first one the submission too."""
    db.session.execute(update(SubmissionVersion).where(SubmissionVersion.id == version_id).values(created_at=at))
    changes = {"created_at": at} if first else {"updated_at": at}
    db.session.execute(update(Submission).where(Submission.id == submission_id).values(**changes))
    db.session.expire_all()


def date_review(submission_id: int, version_id: int, at: datetime) -> None:
    """Let what was decided, said and rated on a version have been so at `at`."""
    for table in (Review, Comment, Rating):
        db.session.execute(update(table).where(table.submission_id == submission_id, table.version_id == version_id).values(created_at=at))
    db.session.execute(update(Submission).where(Submission.id == submission_id).values(updated_at=at))
    db.session.expire_all()
