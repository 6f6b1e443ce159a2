"""Forms, their versions and drafts, and the files that travel with them (PROTOCOL §3, DESIGN §4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Instant, Json


class FormRow(Base):
    """What is asked, under one xmlFormId of a project; its versions say which one is published and which the draft."""

    __tablename__ = "forms"
    __table_args__ = (Index("uq_forms_living", "project_id", "xml_form_id", unique=True,
                            sqlite_where=text("deleted_at IS NULL"), postgresql_where=text("deleted_at IS NULL")),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"), index=True)
    xml_form_id: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16), default="open")  # open, closing, closed
    creator_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class FormVersion(Base):
    """One definition: the exact XForm bytes, the field tree as JSON (forms.form.to_json), the rubric's rows if any.

    At most one version of a form is `current` (the published one phones get) and one is the `draft`; published
    versions that were replaced are neither and stay for ever.
    """

    __tablename__ = "form_versions"
    __table_args__ = (
        Index("ix_form_versions_form_version", "form_id", "version"),
        Index("uq_form_versions_current", "form_id", unique=True, sqlite_where=text("current"), postgresql_where=text("current")),
        Index("uq_form_versions_draft", "form_id", unique=True, sqlite_where=text("draft"), postgresql_where=text("draft")))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    form_id: Mapped[int] = mapped_column(Id, ForeignKey("forms.id"))
    version: Mapped[str] = mapped_column(String(255), default="")
    current: Mapped[bool] = mapped_column(default=False)
    draft: Mapped[bool] = mapped_column(default=False)
    title: Mapped[str] = mapped_column(String(500))
    # The three large columns are read only when asked for: lists never open them.
    xml: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    md5: Mapped[str] = mapped_column(String(32))
    sha1: Mapped[str] = mapped_column(String(40))
    sha256: Mapped[str] = mapped_column(String(64))
    definition: Mapped[dict[str, Any]] = mapped_column(Json, deferred=True)
    rubric: Mapped[list[dict[str, str]] | None] = mapped_column(Json, deferred=True)  # rows of the sheet `scoring`
    workbook_sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("blobs.sha256"))
    workbook_type: Mapped[str | None] = mapped_column(String(100))
    draft_token: Mapped[str | None] = mapped_column(String(64), unique=True)
    creator_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    created_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)


class FormAttachment(Base):
    """A slot for a file that the form expects: filled by a kept file, or by an entity list; else it is empty."""

    __tablename__ = "form_attachments"
    __table_args__ = (UniqueConstraint("version_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    version_id: Mapped[int] = mapped_column(Id, ForeignKey("form_versions.id"))
    name: Mapped[str] = mapped_column(String(255))
    type: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str | None] = mapped_column(String(64), ForeignKey("blobs.sha256"))
    dataset_id: Mapped[int | None] = mapped_column(Id, ForeignKey("datasets.id"), index=True)
    updated_at: Mapped[datetime | None] = mapped_column(Instant)
