"""Statements on roles: who holds which one where, narrowed to which villages (PROTOCOL §3 "Assignments")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, or_, select

from server import events
from server.accounts.models import Actor, Assignment
from server.db import db
from server.grants import BY_ID, Grant
from server.problems import Problem


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a role holds: everywhere (nothing set), in a project, or in one form of it (`form_id` is our number)."""

    project_id: int | None = None
    form_id: int | None = None
    xml_form_id: str | None = None


def scope(project_id: int | None = None, xml_form_id: str | None = None) -> Scope:
    """The scope an address names; raises 404.1 when there is no such project or form.

    Projects and forms belong to rooms above this one, so their tables are read by name.
    """
    if project_id is None:
        return Scope()
    if not project_exists(project_id):
        raise Problem("404.1", message=f"There is no project {project_id}.")
    if xml_form_id is None:
        return Scope(project_id)
    forms = db.metadata.tables["forms"]
    form_id = db.session.scalar(select(forms.c.id).where(
        forms.c.project_id == project_id, forms.c.xml_form_id == xml_form_id, forms.c.deleted_at.is_(None)))
    if form_id is None:
        raise Problem("404.1", message=f"There is no form {xml_form_id} in this project.")
    return Scope(project_id, form_id, xml_form_id)


def project_exists(project_id: int) -> bool:
    """Whether a living project of that id exists."""
    projects = db.metadata.tables["projects"]
    return db.session.scalar(select(projects.c.id).where(
        projects.c.id == project_id, projects.c.deleted_at.is_(None))) is not None


def checked_area(area: str) -> str:
    """A village code or its beginning, as `19.06.01`; raises 400.8 for anything else. "" is every area."""
    if len(area) > 32 or not re.fullmatch(r"(?:[0-9A-Za-z_-]+(?:\.[0-9A-Za-z_-]+)*)?", area):
        raise Problem("400.8", field="area", value=area,
                      reason="an area is a village code or its beginning, like 19.06.01.")
    return area


def _at(where: Scope) -> ColumnElement[bool]:
    return and_(Assignment.project_id.is_not_distinct_from(where.project_id),
                Assignment.form_id.is_not_distinct_from(where.form_id))


def assign(actor_id: int, role_id: int, project_id: int | None = None, form_id: int | None = None, area: str = "",
           *, by: int | None = None) -> None:
    """Give a role; twice changes nothing. `by` is the actor who gives it."""
    known = select(Assignment.id).where(Assignment.actor_id == actor_id, Assignment.role_id == role_id,
                                        _at(Scope(project_id, form_id)), Assignment.area == area)
    if db.session.scalar(known) is not None:
        return
    db.session.add(Assignment(actor_id=actor_id, role_id=role_id, project_id=project_id, form_id=form_id, area=area))
    db.session.flush()
    _record("assignment.create", actor_id, role_id, Scope(project_id, form_id), area, by)


def take(actor_id: int, role_id: int, where: Scope, areas: list[str], *, by: int | None = None) -> None:
    """Take a role in these areas."""
    for area in areas:
        db.session.execute(delete(Assignment).where(Assignment.actor_id == actor_id, Assignment.role_id == role_id,
                                                    _at(where), Assignment.area == area))
        _record("assignment.delete", actor_id, role_id, where, area, by)


def _record(action: str, actor_id: int, role_id: int, where: Scope, area: str, by: int | None) -> None:
    events.record(action, project_id=where.project_id, actor_id=by, subject=str(actor_id),
                  details={"role": BY_ID[role_id].system, "formId": where.form_id, "area": area})


def assignments(where: Scope, role_id: int | None = None, actor_id: int | None = None) -> list[tuple[Assignment, Actor]]:
    """Roles given at exactly this scope to living actors, in the order they were given."""
    wanted = select(Assignment, Actor).join(Actor, Actor.id == Assignment.actor_id).where(
        _at(where), Actor.deleted_at.is_(None)).order_by(Assignment.id)
    if role_id is not None:
        wanted = wanted.where(Assignment.role_id == role_id)
    if actor_id is not None:
        wanted = wanted.where(Assignment.actor_id == actor_id)
    return [(assignment, actor) for assignment, actor in db.session.execute(wanted)]


def grants(actor_id: int) -> tuple[Grant, ...]:
    """All grants of an actor; those in deleted projects and forms are none."""
    forms, projects = db.metadata.tables["forms"], db.metadata.tables["projects"]
    rows = db.session.execute(
        select(Assignment.role_id, Assignment.project_id, forms.c.xml_form_id, Assignment.area)
        .outerjoin(forms, forms.c.id == Assignment.form_id).outerjoin(projects, projects.c.id == Assignment.project_id)
        .where(Assignment.actor_id == actor_id, or_(Assignment.form_id.is_(None), forms.c.deleted_at.is_(None)),
               or_(Assignment.project_id.is_(None), projects.c.deleted_at.is_(None))))
    return tuple(Grant(*row) for row in rows)


def areas_of(actor_ids: list[int], project_id: int) -> dict[int, set[str]]:
    """Areas in which each of these actors holds a role in the project, or in a form of it."""
    found: dict[int, set[str]] = {actor_id: set() for actor_id in actor_ids}
    rows = db.session.execute(select(Assignment.actor_id, Assignment.area).where(
        Assignment.actor_id.in_(actor_ids), Assignment.project_id == project_id))
    for actor_id, area in rows:
        found[actor_id].add(area)
    return found
