"""Routes of entity lists and their properties (PROTOCOL §6 "List")."""

from __future__ import annotations

from typing import Any

from flask import g

from server.blueprints import Need
from server.datasets import shown, store
from server.datasets.room import LIST, LISTS, a_list, room
from server.datasets.schemas import Converting, DatasetChange, DatasetExtended, DatasetShown, NewDataset, NewProperty
from server.lists import Page, part
from server.projects import store as projects
from server.schemas import SUCCESS, Success

CHANGE = Need("dataset.update")


@room.on("GET HEAD", LISTS, Need("dataset.list"), query=Page, answers=[DatasetExtended])
def list_datasets(project: int, query: dict[str, Any]) -> Any:
    """The entity lists of a project, by name."""
    projects.get(project)
    return shown.lists(list(part(store.lists(project), query)))


@room.on("POST", LISTS, Need("dataset.create"), body=NewDataset, answers=DatasetShown, problems="400.8 409.3 409.16")
def create_dataset(project: int, body: dict[str, Any]) -> Any:
    """Make an entity list."""
    projects.get(project)
    made = store.create_list(project, body["name"], approval_required=body["approval_required"], owner_only=body["owner_only"],
                             area_property=body["area_property"], actor_id=g.caller.actor_id)
    return shown.one_list(made)


@room.on("GET HEAD", LIST, Need("dataset.read"), answers=DatasetExtended)
def get_dataset(project: int, dataset: str) -> Any:
    """One entity list."""
    return shown.one_list(a_list(project, dataset))


@room.on("PATCH", LIST, CHANGE, query=Converting, body=DatasetChange, answers=DatasetShown, problems="400.28")
def change_dataset(project: int, dataset: str, query: dict[str, Any], body: dict[str, Any]) -> Any:
    """Change when a list's entities are made, who sees whose, and which property says their area."""
    found = a_list(project, dataset)
    store.change_list(found, body, g.caller.actor_id)
    if query["convert"] and not found.approval_required:
        store.convert(found)
    return shown.one_list(found)


@room.on("DELETE", LIST, Need("dataset.delete"), answers=Success)
def delete_dataset(project: int, dataset: str) -> Any:
    """Delete an entity list; its name becomes free."""
    store.remove_list(a_list(project, dataset), g.caller.actor_id)
    return SUCCESS


@room.on("POST", f"{LIST}/properties", CHANGE, body=NewProperty, answers=Success, problems="400.8 409.3 409.17")
def add_property(project: int, dataset: str, body: dict[str, Any]) -> Any:
    """Give the entities of a list a new property."""
    store.add_property(a_list(project, dataset), body["name"], g.caller.actor_id)
    return SUCCESS
