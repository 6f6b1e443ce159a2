"""Routes of app users, the phones' accounts (PROTOCOL §3 "App user")."""

from __future__ import annotations

from typing import Any

from flask import g

from server.accounts import role_store, store
from server.accounts.models import Actor, AppUser
from server.accounts.room import room
from server.accounts.schemas import NewPhone, PhoneExtended, PhoneShown
from server.blueprints import Need
from server.grants import covers
from server.lists import Page, extended, part
from server.problems import Problem
from server.schemas import SUCCESS, Success


def _shown(phone: AppUser, actor: Actor, makers: dict[int, Actor] | None = None) -> dict[str, Any]:
    shown = {name: getattr(actor, name) for name in ("id", "type", "display_name", "created_at", "updated_at", "deleted_at")}
    shown |= {"token": phone.token, "project_id": phone.project_id}
    if makers is not None:
        shown |= {"last_used": phone.last_used, "created_by": makers.get(phone.created_by or 0)}
    return shown


def within(verb: str, project: int, phone_id: int, created_by: int | None = None) -> bool:
    """Whether the caller may `verb` this phone: all villages it works in lie in the caller's area.

    A phone without any village yet is its maker's and that of whoever may do it everywhere.
    """
    areas = g.caller.areas(verb, project)
    if areas == ("",):
        return True
    given = role_store.areas_of([phone_id], project)[phone_id]
    if not given:
        return bool(areas) and created_by is not None and created_by == g.caller.actor_id
    return bool(areas) and all(covers(areas, area) for area in given)


@room.on("GET HEAD", "/projects/<int:project>/app-users", Need("field_key.list"), query=Page, answers=[PhoneExtended])
def list_app_users(project: int, query: dict[str, Any]) -> Any:
    """Phones' accounts of the project, newest first."""
    role_store.scope(project)
    found = [(phone, actor) for phone, actor in store.app_users(project)
             if within("field_key.list", project, phone.actor_id, phone.created_by)]
    found = list(part(found, query))
    if not extended():
        return PhoneShown(many=True).dump([_shown(*each) for each in found])
    makers = store.actors({phone.created_by for phone, _ in found if phone.created_by})
    return PhoneExtended(many=True).dump([_shown(*each, makers) for each in found])


@room.on("POST", "/projects/<int:project>/app-users", Need("field_key.create"), body=NewPhone, answers=PhoneShown)
def create_app_user(project: int, body: dict[str, Any]) -> Any:
    """Make a phone's account; its token is the phone's key."""
    role_store.scope(project)
    area = store.checked_area(body["area"])
    areas = g.caller.areas("field_key.create", project)
    if body["all_forms"] and not covers(areas, area):
        raise Problem("403.1", message="This account may make phones only for its own villages; give their area.")
    phone = store.create_app_user(project, body["display_name"].strip(), g.caller.actor_id, area, body["all_forms"])
    return PhoneShown().dump(_shown(*store.app_user(project, phone.actor_id)))


@room.on("DELETE", "/projects/<int:project>/app-users/<int:phone>", Need("field_key.delete"), answers=Success)
def delete_app_user(project: int, phone: int) -> Any:
    """Remove a phone's account."""
    row, actor = store.app_user(project, phone)
    if not within("field_key.delete", project, phone, row.created_by):
        raise Problem("404.1", message=f"There is no app user {phone} in this project.")
    store.delete_app_user(row, actor, by=g.caller.actor_id)
    return SUCCESS
