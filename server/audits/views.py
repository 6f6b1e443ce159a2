"""Routes of the log: of everything, of a project, of a form (PROTOCOL §3 "Audits")."""

from __future__ import annotations

from typing import Any

from flask import g

from server import events
from server.accounts import store as accounts
from server.accounts.schemas import ActorShown, AuditExtended, AuditShown
from server.audits.schemas import AuditsWanted
from server.blueprints import Need, Room
from server.events import Event, Wanted
from server.lists import extended
from server.projects import store as projects
from server.publishing import store as publishing
from server.schemas import moment

room = Room("audits", __name__, face="json", url_prefix="/v1")
READ = Need("audit.read")
GROUPS = {
    "user": ("user.", "assignment."), "project": ("project.",), "form": ("form.",), "field_key": ("field_key.",),
    "public_link": ("public_link.",), "submission": ("submission.",), "dataset": ("dataset.",), "entity": ("entity.",)}
VERBOSE = ("submission.", "entity.", "score.", "user.session.", "field_key.session.", "access.")  # daily business, not administration


def _wanted(query: dict[str, Any], ids: tuple[int, ...] | None, **more: Any) -> Wanted:
    """The lines that a query asks for; `action` is a group or one action."""
    action = query["action"]
    if action == "nonverbose":
        more["without"] = VERBOSE
    elif action in GROUPS:
        more.setdefault("beginnings", GROUPS[action])
    else:
        more["action"] = action
    return Wanted(ids, start=query["start"], end=query["end"], **more)


def _told(wanted: Wanted, query: dict[str, Any]) -> Any:
    lines = events.listed(wanted, offset=query["offset"], limit=query["limit"])
    shown: list[dict[str, Any]] = [
        {"actor_id": line.actor_id, "action": line.action, "actee_id": line.subject or None, "details": details,
         "logged_at": line.logged_at, "notes": notes} for line in lines for details, notes in [events.told(line)]]
    if not extended():
        return AuditShown(many=True).dump(shown)
    people = accounts.actors({number for line in lines for number in (line.actor_id, _person(line)) if number})
    for line, one in zip(lines, shown, strict=True):
        one["actor"] = people.get(line.actor_id or 0)
        one["actee"] = _actee(line, people)
    return AuditExtended(many=True).dump(shown)


def _person(line: Event) -> int | None:
    """Whom a line is about, if it is about a person or a phone."""
    about = line.action.startswith(("user.", "assignment.", "field_key.")) and line.subject.isdecimal() and len(line.subject) < 18
    return int(line.subject) if about else None


def _actee(line: Event, people: dict[int, Any]) -> dict[str, Any] | None:
    if (number := _person(line)) is not None:
        person: dict[str, Any] | None = ActorShown().dump(people[number]) if number in people else None
        return person
    if line.action.startswith("project.") and (project := projects.find(line.project_id or 0)):
        return {"id": project.id, "name": project.name, "createdAt": moment(project.created_at)}
    if line.action.startswith("form."):
        return {"id": int(line.subject), "projectId": line.project_id, "xmlFormId": line.details.get("xmlFormId")}
    return None


@room.on("GET HEAD", "/audits", Need("audit.read", anywhere=True), query=AuditsWanted, answers=[AuditExtended])
def list_audits(query: dict[str, Any]) -> Any:
    """What changed, newest first: everything, or all of the caller's own projects.

    `action` is one action (`form.create`) or a group: nonverbose, user, project, form, field_key, public_link, submission,
    dataset, entity.
    """
    return _told(_wanted(query, g.caller.projects("audit.read")), query)


@room.on("GET HEAD", "/projects/<int:project>/audits", READ, query=AuditsWanted, answers=[AuditExtended])
def list_project_audits(project: int, query: dict[str, Any]) -> Any:
    """What changed in a project, newest first (ours)."""
    projects.get(project)
    return _told(_wanted(query, (project,)), query)


@room.on("GET HEAD", "/projects/<int:project>/forms/<form>/audits", READ, query=AuditsWanted, answers=[AuditExtended])
def list_form_audits(project: int, form: str, query: dict[str, Any]) -> Any:
    """What changed of a form itself, newest first (ours)."""
    row = publishing.get_form(project, form)
    return _told(_wanted(query, (project,), beginnings=GROUPS["form"], subject=str(row.id)), query)
