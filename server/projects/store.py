"""Statements on projects (PROTOCOL §3 "Project")."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Table, func, or_, select

from server import events
from server.areas import under
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
    wanted = select(Project).where(Project.deleted_at.is_(None)).order_by(func.lower(Project.name), Project.id)
    if ids is not None:
        wanted = wanted.where(Project.id.in_(ids))
    return list(db.session.scalars(wanted))


def create(name: str, description: str | None = None, actor_id: int | None = None) -> Project:
    """A new project."""
    project = Project(name=name, description=description, created_at=now())
    db.session.add(project)
    db.session.flush()
    _record("project.create", project, actor_id, {"name": name})
    return project


def first_or_get(project_id: int) -> Project:
    """The project of that id; in a database that never held any, project 1 is made."""
    if project_id == 1 and db.session.scalar(select(Project.id).limit(1)) is None:
        return create("Pokja Kampung KB")
    return get(project_id)


def change(project: Project, values: dict[str, Any], actor_id: int | None) -> None:
    """Change name, description or whether the project is archived."""
    changed = {name: value for name, value in values.items() if getattr(project, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(project, name, value)
    project.updated_at = now()
    db.session.flush()
    _record("project.update", project, actor_id, changed)


def delete(project: Project, actor_id: int | None) -> None:
    """Hide a project: nobody's role in it holds any longer, its phones are refused."""
    project.deleted_at = now()
    db.session.flush()
    _record("project.delete", project, actor_id, {"name": project.name})


def counts(ids: list[int]) -> dict[int, dict[str, int]]:
    """Living forms and phones of each project. The tables belong to other rooms, so they are read by name."""
    forms, phones, actors = _table("forms"), _table("app_users"), _table("actors")
    found = {each: {"forms": 0, "app_users": 0} for each in ids}
    of_forms = select(forms.c.project_id, func.count()).where(forms.c.deleted_at.is_(None))
    of_phones = select(phones.c.project_id, func.count()).join(actors, actors.c.id == phones.c.actor_id).where(
        actors.c.deleted_at.is_(None))
    for name, wanted, column in (("forms", of_forms, forms.c.project_id), ("app_users", of_phones, phones.c.project_id)):
        for project_id, number in db.session.execute(wanted.where(column.in_(ids)).group_by(column)):
            found[project_id][name] = number
    return found


def last_submission(project_id: int, areas: tuple[str, ...]) -> datetime | None:
    """When the newest submission of these areas came in."""
    forms, submissions = _table("forms"), _table("submissions")
    last: datetime | None = db.session.scalar(
        select(func.max(submissions.c.created_at)).join(forms, forms.c.id == submissions.c.form_id).where(
            forms.c.project_id == project_id, forms.c.deleted_at.is_(None), submissions.c.deleted_at.is_(None),
            submissions.c.trial.is_(False), under(submissions.c.area, areas)))
    return last


def lists(project_id: int, areas: tuple[str, ...]) -> tuple[int, datetime | None]:
    """How many entity lists a project has, and when the newest entity of these areas was made."""
    datasets, entities = _table("datasets"), _table("entities")
    living = (datasets.c.project_id == project_id, datasets.c.deleted_at.is_(None))
    number = db.session.scalar(select(func.count()).select_from(datasets).where(*living)) or 0
    seen = or_(datasets.c.area_property.is_(None), under(entities.c.area, areas))
    last: datetime | None = db.session.scalar(select(func.max(entities.c.created_at)).join(
        datasets, datasets.c.id == entities.c.dataset_id).where(*living, entities.c.deleted_at.is_(None), seen))
    return number, last


def _table(name: str) -> Table:
    return db.metadata.tables[name]


def _record(action: str, project: Project, actor_id: int | None, details: dict[str, Any]) -> None:
    events.record(action, project_id=project.id, actor_id=actor_id, subject=str(project.id), details=details)
