"""Routes of projects (PROTOCOL §3 "Project")."""

from __future__ import annotations

from typing import Any

from flask import g

from server.blueprints import SIGNED_IN, Need, Room
from server.lists import Page, extended, part
from server.projects import store
from server.projects.models import Project
from server.projects.schemas import NewProject, ProjectChange, ProjectExtended, ProjectShown
from server.schemas import SUCCESS, Success

room = Room("projects", __name__, face="json", url_prefix="/v1")


def _shown(projects: list[Project]) -> Any:
    if not extended():
        return ProjectShown(many=True).dump(projects)
    counts = store.counts([project.id for project in projects])
    return ProjectExtended(many=True).dump([{**_plain(project), **counts[project.id], **_more(project)} for project in projects])


def _plain(project: Project) -> dict[str, Any]:
    return {name: getattr(project, name) for name in (
        "id", "name", "description", "archived", "created_at", "updated_at", "deleted_at")}


def _more(project: Project) -> dict[str, Any]:
    areas = g.caller.areas("submission.list", project.id)
    datasets, last_entity = store.lists(project.id, g.caller.areas("entity.list", project.id))
    return {"last_submission": store.last_submission(project.id, areas), "verbs": g.caller.verbs(project.id),
            "datasets": datasets, "last_entity": last_entity}


@room.on("GET HEAD", "/projects", SIGNED_IN, query=Page, answers=[ProjectExtended])
def list_projects(query: dict[str, Any]) -> Any:
    """The projects that the caller may see, by name."""
    return _shown(list(part(store.listing(g.caller.projects("project.read")), query)))


@room.on("POST", "/projects", Need("project.create"), body=NewProject, answers=ProjectShown)
def create_project(body: dict[str, Any]) -> Any:
    """Make a project."""
    return ProjectShown().dump(store.create(body["name"], body["description"], g.caller.actor_id))


@room.on("GET HEAD", "/projects/<int:project>", Need("project.read"), answers=ProjectExtended)
def get_project(project: int) -> Any:
    """One project."""
    return _shown([store.get(project)])[0]


@room.on("PATCH", "/projects/<int:project>", Need("project.update"), body=ProjectChange, answers=ProjectShown)
def change_project(project: int, body: dict[str, Any]) -> Any:
    """Rename, describe, archive a project."""
    row = store.get(project)
    if body.get("archived", False) is None:
        body["archived"] = False
    store.change(row, body, g.caller.actor_id)
    return ProjectShown().dump(row)


@room.on("DELETE", "/projects/<int:project>", Need("project.delete"), answers=Success)
def delete_project(project: int) -> Any:
    """Delete a project."""
    store.delete(store.get(project), g.caller.actor_id)
    return SUCCESS
