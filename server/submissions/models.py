"""Submissions: chains of versions whose raw XML is the truth, and their files (DESIGN §3, PROTOCOL §2.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, and_, func, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Instant, Json

TO_WEIGH = -1  # of `Submission.risk`: something came that nobody has weighed yet


class Submission(Base):
    """What the server keeps of one filled form. `instance_id` is the first one, for good.

    `area`, `period`, `kind` and `instance_name` are those of the current version, taken from the answers by the
    form's settings, so that lists and grants never open the answers. `risk` are the points of its signals
    (reviews.Risk), TO_WEIGH until they are found; it stands here because the queue is read in its order.
    """

    __tablename__ = "submissions"
    __table_args__ = (UniqueConstraint("form_id", "trial", "instance_id"),
                      Index("ix_submissions_form_order", "form_id", "trial", "created_at", "id"),
                      Index("ix_submissions_area", "area", "period"),
                      Index("ix_submissions_submitter", "submitter_id", "form_id", "area"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    form_id: Mapped[int] = mapped_column(Id, ForeignKey("forms.id"))
    trial: Mapped[bool] = mapped_column(default=False)  # sent to a draft form: kept apart, gone on publish
    instance_id: Mapped[str] = mapped_column(String(255))
    submitter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    device_id: Mapped[str | None] = mapped_column(String(255))
    review_state: Mapped[str | None] = mapped_column(String(16))  # null, hasIssues, edited, approved, rejected
    area: Mapped[str] = mapped_column(String(32), default="")
    period: Mapped[str] = mapped_column(String(32), default="")
    kind: Mapped[str] = mapped_column(String(64), default="")
    instance_name: Mapped[str | None] = mapped_column(String(500))
    edits: Mapped[int] = mapped_column(default=0)
    risk: Mapped[int] = mapped_column(default=TO_WEIGH, server_default=str(TO_WEIGH))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


# The two orders of the queue, within a form and a review state (server/reviews/store/queue.py). The area is in them, too,
# because without it the rows would have to be read to count or find those of an area.
_SHOWN = "NOT trial AND deleted_at IS NULL"
_UNDECIDED = f"{_SHOWN} AND (review_state IS NULL OR review_state = 'edited')"
Index("ix_submissions_waiting", Submission.form_id, Submission.review_state, Submission.risk.desc(), Submission.created_at,
      Submission.id, Submission.area, sqlite_where=text(_UNDECIDED), postgresql_where=text(_UNDECIDED))
Index("ix_submissions_touched", Submission.form_id, Submission.review_state,
      func.coalesce(Submission.updated_at, Submission.created_at), Submission.id, Submission.area,
      sqlite_where=text(_SHOWN), postgresql_where=text(_SHOWN))
# What these indexes hold, in the very words of their conditions: with others SQLite would take the index of all the form.
SHOWN = and_(text("NOT submissions.trial"), Submission.deleted_at.is_(None))


class SubmissionVersion(Base):
    """One version: the bytes as they came, the flat answers, and where they disagree with the form.

    Exactly one version of a submission is `current`.
    """

    __tablename__ = "submission_versions"
    __table_args__ = (UniqueConstraint("form_id", "trial", "instance_id"),
                      Index("ix_submission_versions_submission", "submission_id", "id"),
                      Index("uq_submission_versions_current", "submission_id", unique=True,
                            sqlite_where=text("current"), postgresql_where=text("current")))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    submission_id: Mapped[int] = mapped_column(Id, ForeignKey("submissions.id"))
    form_id: Mapped[int] = mapped_column(Id, ForeignKey("forms.id"))
    trial: Mapped[bool] = mapped_column(default=False)
    form_version_id: Mapped[int] = mapped_column(Id, ForeignKey("form_versions.id"))
    current: Mapped[bool] = mapped_column(default=True)
    instance_id: Mapped[str] = mapped_column(String(255))
    instance_name: Mapped[str | None] = mapped_column(String(500))
    xml: Mapped[bytes] = mapped_column(LargeBinary)
    xml_sha256: Mapped[str] = mapped_column(String(64))
    answers: Mapped[dict[str, str]] = mapped_column(Json)
    disagreements: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    submitter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    device_id: Mapped[str | None] = mapped_column(String(255))
    user_agent: Mapped[str | None] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(Instant)


class SubmissionAttachment(Base):
    """A file slot of a version (named by its XML), or a stray file that came along (`expected` false)."""

    __tablename__ = "submission_attachments"
    __table_args__ = (UniqueConstraint("version_id", "name"), Index("ix_submission_attachments_sha256", "sha256"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("submission_versions.id"))
    name: Mapped[str] = mapped_column(String(255))
    expected: Mapped[bool] = mapped_column(default=True)
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("blobs.sha256"))
    size: Mapped[int | None] = mapped_column(BigInteger)
    content_type: Mapped[str | None] = mapped_column(String(100))
    updated_at: Mapped[datetime | None] = mapped_column(Instant)


class Quarantined(Base):
    """What the door refused although its sender was let in: the bytes as they came, who sent them, why they were refused.

    The same bytes again are counted, never kept twice. `instance_id` and `area` are empty when they cannot be told;
    `version_id` is the stored version that an accepted one became.
    """

    __tablename__ = "quarantine"
    __table_args__ = (UniqueConstraint("project_id", "xml_sha256"),
                      Index("ix_quarantine_order", "project_id", "state", "last_seen_at", "id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"))
    state: Mapped[str] = mapped_column(String(16), default="waiting")  # waiting, accepted, discarded
    code: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str] = mapped_column(String(32), default="")  # sync.decide's key, or why the XML cannot be read
    message: Mapped[str] = mapped_column(Text)
    xml_form_id: Mapped[str] = mapped_column(String(255), default="")
    form_version: Mapped[str] = mapped_column(String(255), default="")
    instance_id: Mapped[str] = mapped_column(String(255), default="")
    deprecated_id: Mapped[str | None] = mapped_column(String(255))
    instance_name: Mapped[str | None] = mapped_column(String(500))
    area: Mapped[str] = mapped_column(String(32), default="")
    xml: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    xml_sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)  # bytes of the XML and all files
    submitter_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    device_id: Mapped[str | None] = mapped_column(String(255))
    user_agent: Mapped[str | None] = mapped_column(String(255))
    tries: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    decided_by: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    decision: Mapped[str] = mapped_column(Text, default="")  # why it was discarded
    version_id: Mapped[int | None] = mapped_column(Id, ForeignKey("submission_versions.id"))


class QuarantinedFile(Base):
    """A file that came with something refused."""

    __tablename__ = "quarantine_files"
    __table_args__ = (UniqueConstraint("quarantine_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    quarantine_id: Mapped[int] = mapped_column(Id, ForeignKey("quarantine.id"))
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64), ForeignKey("blobs.sha256"))
    size: Mapped[int] = mapped_column(BigInteger)
    content_type: Mapped[str | None] = mapped_column(String(100))
