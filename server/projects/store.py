"""Statements on projects."""

from __future__ import annotations

from sqlalchemy import select

from server import events
from server.db import db, now
from server.problems import Problem
from server.projects.models import Project


def find(project_id: int) -> Project | None:
    """The living project of that id."""
    return db.session.scalar(select(Project).where(Project.id == project_id, Project.deleted_at.is_(None)))


def get(project_id: int) -> Project:
    """The living project of that id, or the problem 404.1."""
    project = find(project_id)
    if project is None:
        raise Problem("404.1", message=f"There is no project {project_id}.")
    return project


def listing(ids: tuple[int, ...] | None = None) -> list[Project]:
    """Living projects, by name; `ids` narrows them."""
    wanted = select(Project).where(Project.deleted_at.is_(None)).order_by(Project.name, Project.id)
    if ids is not None:
        wanted = wanted.where(Project.id.in_(ids))
    return list(db.session.scalars(wanted))


def create(name: str, description: str | None = None, actor_id: int | None = None) -> Project:
    project = Project(name=name, description=description, created_at=now())
    db.session.add(project)
    db.session.flush()
    events.record("project.create", project_id=project.id, actor_id=actor_id, subject=str(project.id),
                  details={"name": name})
    return project


def first_or_get(project_id: int) -> Project:
    """The project of that id; in a database without any project the first one is made."""
    if db.session.scalar(select(Project.id).limit(1)) is None and project_id == 1:
        return create("Pokja Kampung KB")
    return get(project_id)
