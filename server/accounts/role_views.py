"""Routes of roles and their assignment everywhere, in a project, in a form (PROTOCOL §3 "Assignments")."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g, request
from werkzeug.exceptions import RequestEntityTooLarge

from server.accounts import role_store, store
from server.accounts.models import Actor, Assignment
from server.accounts.role_store import Scope, scope
from server.accounts.room import room
from server.accounts.schemas import Area, AssignmentExtended, AssignmentShown, Holder, RoleShown
from server.blueprints import JSON_BYTES, SIGNED_IN, Need, json_body
from server.grants import BY_ID, BY_SYSTEM, ROLES, Role, covers
from server.lists import extended
from server.problems import Problem
from server.schemas import SUCCESS, Success

APP_USER = BY_SYSTEM["app-user"]
SCOPES = (("", "site"), ("/projects/<int:project>", "project"), ("/projects/<int:project>/forms/<form>", "form"))


@room.on("GET HEAD", "/roles", SIGNED_IN, answers=[RoleShown])
def list_roles() -> Any:
    """All roles with their verbs."""
    return RoleShown(many=True).dump(ROLES)


@room.on("GET HEAD", "/roles/<role>", SIGNED_IN, answers=RoleShown)
def get_role(role: str) -> Any:
    """One role, by number or system name."""
    return RoleShown().dump(_role(role))


def _role(given: str) -> Role:
    found = BY_ID.get(int(given)) if given.isdecimal() and len(given) < 9 else BY_SYSTEM.get(given)
    if found is None:
        raise Problem("404.1", message=f"There is no role {given}.")
    return found


def list_assignments(project: int | None = None, form: str | None = None) -> Any:
    """Who holds which role at this scope."""
    found = _visible(scope(project, form))
    schema = AssignmentExtended if extended() else AssignmentShown
    return schema(many=True).dump([
        {"actor_id": each.actor_id, "role_id": each.role_id, "area": each.area, "actor": actor} for each, actor in found])


def list_holders(role: str, project: int | None = None, form: str | None = None) -> Any:
    """Who holds this role at this scope."""
    holders: dict[int, dict[str, Any]] = {}
    for each, actor in _visible(scope(project, form), _role(role)):
        shown = holders.setdefault(actor.id, {**_actor(actor), "areas": []})
        shown["areas"].append(each.area)
    return Holder(many=True).dump(list(holders.values()))


def _actor(actor: Actor) -> dict[str, Any]:
    return {name: getattr(actor, name) for name in ("id", "type", "display_name", "created_at", "updated_at", "deleted_at")}


def _visible(where: Scope, role: Role | None = None, actor_id: int | None = None,
             verb: str = "assignment.list") -> list[tuple[Assignment, Actor]]:
    """The assignments that lie in the caller's villages."""
    areas = g.caller.areas(verb, where.project_id, where.xml_form_id)
    return [(each, actor) for each, actor in role_store.assignments(where, role.id if role else None, actor_id)
            if covers(areas, each.area)]


def assign(role: str, actor: int, query: dict[str, Any], project: int | None = None, form: str | None = None) -> Any:
    """Give an actor a role at this scope, everywhere or in an area."""
    where, given = scope(project, form), _role(role)
    area = store.checked_area(_area(query) or "")
    _check_actor(actor, given, where)
    _check_reach(given, where, area)
    store.assign(actor, given.id, where.project_id, where.form_id, area, by=g.caller.actor_id)
    return SUCCESS


def _area(query: dict[str, Any]) -> str | None:
    """The area of the query, or of the body if it has one: pyodk and Central's own pages send none."""
    if query["area"] is not None:
        return str(query["area"])
    body = _body() if request.mimetype == "application/json" else request.form
    area = body.get("area") if isinstance(body, dict) else None
    if area is not None and not isinstance(area, str):
        raise Problem("400.11", field="area", expected="text", value=str(area))
    return area


def _body() -> Any:
    """What a client may send beside the address; one that is no JSON says nothing."""
    request.max_content_length = JSON_BYTES
    try:
        return json_body(request.get_data())
    except (Problem, RequestEntityTooLarge):
        return None


def _check_actor(actor_id: int, role: Role, where: Scope) -> None:
    """A phone is only ever an app user of its own project: its token lies open in links and QR codes."""
    actor = store.actor(actor_id)
    if actor is None:
        raise Problem("404.1", message=f"There is no user or app user {actor_id}.")
    if actor.type == "field_key":
        if where.project_id is None or role != APP_USER:
            raise Problem("400.8", field="role", value=role.system, reason="an app user can only be app-user in its project.")
        store.app_user(where.project_id, actor_id)


def _check_reach(role: Role, where: Scope, area: str) -> None:
    """Nobody gives more than they hold: no verb, no project and no village beyond their own."""
    for verb in role.verbs:
        if not covers(g.caller.areas(verb, where.project_id, where.xml_form_id), area):
            raise Problem("403.1", message=f"This account cannot give the role {role.system} here: it lacks {verb} itself.")


def unassign(role: str, actor: int, query: dict[str, Any], project: int | None = None, form: str | None = None) -> Any:
    """Take a role from an actor at this scope: in one area, or without an area all of it."""
    where, taken = scope(project, form), _role(role)
    area = _area(query)
    held = [each.area for each, _ in _visible(where, taken, actor, "assignment.delete") if area in (None, each.area)]
    if not held:
        raise Problem("404.1", message=f"The actor {actor} does not hold the role {taken.system} here.")
    _check_reach(taken, where, min(held, key=len))
    role_store.take(actor, taken.id, where, held, by=g.caller.actor_id)
    return SUCCESS


def _declare(prefix: str, name: str) -> None:
    """The same four routes at each scope."""
    def on(methods: str, tail: str, verb: str, view: Callable[..., Any], **more: Any) -> None:
        named = _named(view, f"{view.__name__}_{name}")
        room.on(methods, f"{prefix}/assignments{tail}", Need(verb), **more)(named)

    on("GET HEAD", "", "assignment.list", list_assignments, answers=[AssignmentExtended])
    on("GET HEAD", "/<role>", "assignment.list", list_holders, answers=[Holder])
    on("POST", "/<role>/<int:actor>", "assignment.create", assign, query=Area, answers=Success)
    on("DELETE", "/<role>/<int:actor>", "assignment.delete", unassign, query=Area, answers=Success)


def _named(view: Callable[..., Any], name: str) -> Callable[..., Any]:
    def same(**parts: Any) -> Any:
        return view(**parts)

    same.__name__, same.__doc__ = name, view.__doc__
    return same


for _prefix, _name in SCOPES:
    _declare(_prefix, _name)
