"""People and phones, what they may do, and their log-ins (PROTOCOL §1)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Instant


class Actor(Base):
    """Whoever can act: a person (`user`) or a phone's account (`field_key`)."""

    __tablename__ = "actors"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    type: Mapped[str] = mapped_column(String(16))
    display_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class User(Base):
    """A person who logs in. `email` is kept in lower case; `digest` is HA1 for HTTP Digest, if offered."""

    __tablename__ = "users"

    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("actors.id"), primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)
    password: Mapped[str | None] = mapped_column(String(200))
    digest: Mapped[str | None] = mapped_column(String(32))
    language: Mapped[str | None] = mapped_column(String(8))
    last_login_at: Mapped[datetime | None] = mapped_column(Instant)


class AppUser(Base):
    """A phone's account. The protocol shows its token to managers, so it is kept as it is; null once revoked."""

    __tablename__ = "app_users"

    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("actors.id"), primary_key=True)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"), index=True)
    token: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_by: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    last_used: Mapped[datetime | None] = mapped_column(Instant)


class Session(Base):
    """A log-in: sha256 of its token, its CSRF word, its end."""

    __tablename__ = "sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("actors.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class PasswordReset(Base):
    """A person's one-time link to a new password: sha256 of its token. A newer one takes its place."""

    __tablename__ = "password_resets"

    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("actors.id"), primary_key=True, autoincrement=False)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)


class Assignment(Base):
    """A role of an actor: everywhere (no project), in a project, in a form; `area` narrows it to a village code prefix."""

    __tablename__ = "assignments"
    __table_args__ = (UniqueConstraint("actor_id", "role_id", "project_id", "form_id", "area"),
                      Index("ix_assignments_project", "project_id"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    actor_id: Mapped[int] = mapped_column(Id, ForeignKey("actors.id"), index=True)
    role_id: Mapped[int] = mapped_column()
    project_id: Mapped[int | None] = mapped_column(Id, ForeignKey("projects.id"))
    form_id: Mapped[int | None] = mapped_column(Id, ForeignKey("forms.id"))
    area: Mapped[str] = mapped_column(String(32), default="")


class FailedLogin(Base):
    """A wrong password, kept for a quarter of an hour so that guessing is slow (DESIGN §10)."""

    __tablename__ = "failed_logins"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    subject: Mapped[str] = mapped_column(String(400), index=True)
    at: Mapped[datetime] = mapped_column(Instant)
