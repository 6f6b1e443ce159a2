"""From a phone's key, or a person's address, to the caller in one statement: every request begins here (DESIGN §9)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Select, Table, and_, bindparam, select

from server.accounts.models import Actor, AppUser, Assignment, User
from server.db import db, link
from server.grants import Caller, Grant
from server.prepared import Prepared

_actor, _phone = cast(Table, Actor.__table__).c, cast(Table, AppUser.__table__).c
_person, _given = cast(Table, User.__table__).c, cast(Table, Assignment.__table__).c


def find(token: str) -> tuple[Caller, datetime | None] | None:
    """The living phone of this key with all its grants, and when it was last heard of; None for a dead key.

    Nothing is remembered between two requests: a revoked key is dead at once.
    """
    rows = link().rows(_FIND, {"token": token})
    if not rows:
        return None
    actor_id, kind, name, project, last_used = rows[0][:5]
    return Caller(actor_id, kind, name, None, project, _grants(rows)), last_used


def find_person(email: str) -> tuple[Caller, str | None] | None:
    """The living person of this address with all grants, and the hash of the password; None for nobody."""
    rows = link().rows(_FIND_PERSON, {"email": email.strip().lower()})
    if not rows:
        return None
    actor_id, kind, name, language, password = rows[0][:5]
    return Caller(actor_id, kind, name, language, None, _grants(rows)), password


def _grants(rows: list[Any]) -> tuple[Grant, ...]:
    return tuple(Grant(role, of_project, form, area) for *_, role, of_project, form_id, area, form, living in rows
                 # Roles in deleted projects and forms are none.
                 if role is not None and (of_project is None or living is not None) and (form_id is None or form is not None))


def _find_phone() -> Select[Any]:
    return _find(AppUser, _phone.project_id, _phone.last_used).where(_phone.token == bindparam("token"))


def _find_person() -> Select[Any]:
    return _find(User, _person.language, _person.password).where(_person.email == bindparam("email"))


def _find(whose: type[AppUser | User], *columns: Any) -> Select[Any]:
    """A living actor of this kind with all its roles, made when all tables are known: forms and projects belong to rooms above."""
    forms, projects, own = db.metadata.tables["forms"], db.metadata.tables["projects"], cast(Table, whose.__table__)
    return select(
        _actor.id, _actor.type, _actor.display_name, *columns, _given.role_id, _given.project_id,
        _given.form_id, _given.area, forms.c.xml_form_id, projects.c.id).select_from(
        own.join(cast(Table, Actor.__table__), and_(_actor.id == own.c.actor_id, _actor.deleted_at.is_(None)))
        .outerjoin(cast(Table, Assignment.__table__), _given.actor_id == _actor.id)
        .outerjoin(forms, and_(forms.c.id == _given.form_id, forms.c.deleted_at.is_(None)))
        .outerjoin(projects, and_(projects.c.id == _given.project_id, projects.c.deleted_at.is_(None))))


_FIND_PERSON = Prepared(_find_person)
_FIND = Prepared(_find_phone)
