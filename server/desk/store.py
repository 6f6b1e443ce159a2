"""Statements that only the desk's pages need."""

from __future__ import annotations

from sqlalchemy import select, update

from server.accounts.models import User
from server.db import db
from server.projects.models import Project


def user(actor_id: int) -> User | None:
    """The person who is this actor."""
    return db.session.get(User, actor_id)


def set_language(actor_id: int, language: str) -> None:
    """Remember the language a person reads."""
    db.session.execute(update(User).where(User.actor_id == actor_id).values(language=language))


def projects(ids: tuple[int, ...] | None) -> list[Project]:
    """Living projects among these ids (None: all), by name."""
    wanted = select(Project).where(Project.deleted_at.is_(None))
    if ids is not None:
        wanted = wanted.where(Project.id.in_(ids))
    return list(db.session.scalars(wanted.order_by(Project.name, Project.id)))
