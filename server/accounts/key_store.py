"""From a phone's key to its caller in one statement: every request of every phone begins here (DESIGN §9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, select

from server.accounts.models import Actor, AppUser, Assignment
from server.db import db, link
from server.grants import Caller, Grant
from server.prepared import Prepared

_actor, _phone = cast(Table, Actor.__table__).c, cast(Table, AppUser.__table__).c
_given = cast(Table, Assignment.__table__).c


def find(token: str) -> tuple[Caller, datetime | None] | None:
    """The living phone of this key with all its grants, and when it was last heard of; None for a dead key.

    Nothing is remembered between two requests: a revoked key is dead at once.
    """
    rows = link().rows(_FIND, {"token": token})
    if not rows:
        return None
    actor_id, kind, name, project, last_used = rows[0][:5]
    grants = tuple(Grant(role, of_project, form, area) for *_, role, of_project, form_id, area, form, living in rows
                   # Roles in deleted projects and forms are none.
                   if role is not None and (of_project is None or living is not None) and (form_id is None or form is not None))
    return Caller(actor_id, kind, name, None, project, grants), last_used


def _find_phone() -> Select[Any]:
    """The statement, made when all tables are known: forms and projects belong to rooms above this one."""
    forms, projects = db.metadata.tables["forms"], db.metadata.tables["projects"]
    return select(
        _actor.id, _actor.type, _actor.display_name, _phone.project_id, _phone.last_used, _given.role_id, _given.project_id,
        _given.form_id, _given.area, forms.c.xml_form_id, projects.c.id).select_from(
        cast(Table, AppUser.__table__).join(cast(Table, Actor.__table__), and_(
            _actor.id == _phone.actor_id, _actor.deleted_at.is_(None)))
        .outerjoin(cast(Table, Assignment.__table__), _given.actor_id == _actor.id)
        .outerjoin(forms, and_(forms.c.id == _given.form_id, forms.c.deleted_at.is_(None)))
        .outerjoin(projects, and_(projects.c.id == _given.project_id, projects.c.deleted_at.is_(None)))).where(
        _phone.token == bindparam("token"))


_FIND = Prepared(_find_phone)
