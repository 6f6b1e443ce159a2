"""People of the desk: who they are, what they may do and where (PROTOCOL §1 "Roles"); for administrators."""

from __future__ import annotations

import secrets

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from server.accounts import reset_store, resetting, role_store
from server.accounts import store as accounts
from server.blueprints import Need
from server.desk.phones import area_words
from server.desk.places import Places
from server.desk.room import room
from server.grants import BY_ID, BY_SYSTEM
from server.problems import Problem

PEOPLE = "/<int:project>/people"
GIVEN = ("reviewer", "viewer", "manager", "admin")  # roles that people hold; phones have their own page
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def role_words() -> dict[str, tuple[str, str]]:
    """Names of the roles, and what they are for."""
    return {"reviewer": (_("Reviewer"), _("reviews submissions of an area")),
            "viewer": (_("Observer"), _("reads everything of an area, changes nothing")),
            "manager": (_("Manager"), _("also forms, phones and locked periods")),
            "admin": (_("Administrator"), _("everything, in all projects"))}


@room.on("GET HEAD", PEOPLE, Need("user.list"))
def people(project: int) -> str:
    """Everybody with their roles."""
    return _page(project, {})


def _page(project: int, given: dict[str, str], wrong: str = "") -> str:
    places = Places.of(("",))
    roles: dict[int, list[tuple[str, str, str, str]]] = {}
    for scope in (role_store.Scope(), role_store.Scope(project)):
        for assignment, actor in role_store.assignments(scope):
            role = BY_ID[assignment.role_id]
            words = role_words().get(role.system, (role.name, ""))[0]
            where = area_words({assignment.area}, places) if scope.project_id else str(_("everywhere"))
            roles.setdefault(actor.id, []).append((role.system, words, where, assignment.area))
    return render_template("desk/people.html", people=accounts.users(), roles=roles, places=places, role_words=role_words(),
                           given=given, wrong=wrong)


@room.on("POST", PEOPLE, Need("user.create"))
def add_person(project: int) -> Response:
    """Make an account with a role; its first password is shown once."""
    given = {name: request.form.get(name, "").strip() for name in ("email", "name", "role", "area")}
    password = new_password()
    try:
        role = _role(given["role"])
        person = accounts.create_user(given["email"], password, given["name"], by=g.caller.actor_id)
    except Problem as problem:
        return make_response(_page(project, given, _refusal(problem)), problem.status)
    _assign(person.actor_id, role, project, given["area"])
    return make_response(render_template("desk/password.html", email=person.email, password=password, fresh=True))


def _role(system: str) -> str:
    if system not in GIVEN:
        raise Problem("400.8", field="role", value=system, reason="choose one of the list.")
    return system


def _refusal(problem: Problem) -> str:
    if problem.code == "409.3":
        return str(_("There is already an account with this e-mail address."))
    if problem.details.get("field") == "email":
        return str(_("This is not an e-mail address."))
    return problem.message


def _assign(actor_id: int, role: str, project: int, area: str) -> None:
    scope = None if role == "admin" else project
    role_store.assign(actor_id, BY_SYSTEM[role].id, scope, area="" if role == "admin" else role_store.checked_area(area),
                      by=g.caller.actor_id)


def new_password() -> str:
    """A password that can be read out over the telephone: four groups of four letters and digits."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(4))


@room.on("POST", PEOPLE + "/<int:person>/password", Need("user.update"))
def reset_password(project: int, person: int) -> Response:
    """Give a new password, shown once; the person's log-ins end."""
    found, _actor = accounts.user(person)
    password = new_password()
    accounts.change_password(person, password, by=g.caller.actor_id)
    return make_response(render_template("desk/password.html", email=found.email, password=password, fresh=False))


@room.on("POST", PEOPLE + "/<int:person>/link", Need("user.update"))
def reset_link(project: int, person: int) -> Response:
    """Make a one-time link to a new password, shown once: for servers that send no mail, or people who get none."""
    found, _actor = accounts.user(person)
    link = resetting.link_for(reset_store.issue(person, by=g.caller.actor_id))
    return make_response(render_template("desk/reset_link.html", email=found.email, link=link, hours=reset_store.HOURS))


@room.on("POST", PEOPLE + "/<int:person>/roles", Need("user.update"))
def change_roles(project: int, person: int) -> Response:
    """Give a role in an area, or take one. The last administrator keeps the role."""
    accounts.user(person)
    role, area = _role(request.form.get("role", "")), request.form.get("area", "")
    if request.form.get("act") == "take":
        _take(person, role, project, area)
    else:
        _assign(person, role, project, area)
    return redirect(url_for("desk.people", project=project, told="saved"), 303)  # type: ignore[return-value]


def _take(person: int, role: str, project: int, area: str) -> None:
    scope = role_store.Scope() if role == "admin" else role_store.Scope(project)
    if role == "admin" and len(role_store.assignments(scope, BY_SYSTEM["admin"].id)) < 2:
        raise Problem("400.8", field="role", value=role, reason=_("somebody must remain administrator."))
    role_store.take(person, BY_SYSTEM[role].id, scope, [area], by=g.caller.actor_id)
