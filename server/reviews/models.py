"""Reviews: append-only decisions, comments on single questions, reviewers' ratings of indicators (DESIGN §4.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Instant, Json


class Review(Base):
    """One decision on one version. The newest one gives the review state; taking back is a further line."""

    __tablename__ = "reviews"
    __table_args__ = (Index("ix_reviews_submission", "submission_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id, ForeignKey("submissions.id"))
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("submission_versions.id"))
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    state: Mapped[str | None] = mapped_column(String(16))  # approved, hasIssues, rejected, edited; null: taken back
    reason: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(Instant)


class Comment(Base):
    """A remark on the whole submission (`path` null) or on one question, by its path with repeat positions."""

    __tablename__ = "comments"
    __table_args__ = (Index("ix_comments_submission", "submission_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id, ForeignKey("submissions.id"))
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("submission_versions.id"))
    review_id: Mapped[int | None] = mapped_column(Id, ForeignKey("reviews.id"))
    path: Mapped[str | None] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Rating(Base):
    """A reviewer's own rating of an indicator (0–100) with its reason, or the rejection of its evidence.

    The newest line of one actor for one indicator counts; `value` null and `evidence_rejected` false take it back.
    """

    __tablename__ = "ratings"
    __table_args__ = (Index("ix_ratings_submission", "submission_id", "id"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id, ForeignKey("submissions.id"))
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("submission_versions.id"))
    indicator: Mapped[str] = mapped_column(String(64))
    value: Mapped[float | None] = mapped_column()
    evidence_rejected: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(Text, default="")
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)


class Risk(Base):
    """Why one version of a submission should be looked at early: `signals` as codes with their details, weighed in `points`.

    Written when a queue first shows the version; a later photo or version makes it old, and it is weighed again.
    """

    __tablename__ = "risks"

    submission_id: Mapped[int] = mapped_column(Id, ForeignKey("submissions.id"), primary_key=True, autoincrement=False)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("submission_versions.id"))
    points: Mapped[int] = mapped_column()
    signals: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    weighed_at: Mapped[datetime] = mapped_column(Instant)
