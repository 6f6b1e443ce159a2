"""The blueprint of entity lists, and what its pages share: the list and the entity that an address means."""

from __future__ import annotations

from flask import g, request

from forms.entities import uuid_of
from server import refusal_store
from server.blueprints import Need, Room
from server.datasets import store
from server.datasets.models import Dataset
from server.datasets.store import Maker, Sight
from server.projects import store as projects

room = Room("datasets", __name__, face="json", url_prefix="/v1")
LISTS = "/projects/<int:project>/datasets"
LIST = f"{LISTS}/<dataset>"
ENTITIES = f"{LIST}/entities"
ENTITY = f"{ENTITIES}/<uuid>"
READ, MANY = Need("entity.read"), Need("entity.list")


def a_list(project: int, dataset: str) -> Dataset:
    """The list of an address, or the problem 404.1."""
    projects.get(project)
    return store.get_list(project, dataset)


def sight(project: int, verb: str) -> Sight:
    """The areas in which the caller may do this."""
    return Sight(g.caller.areas(verb, project))


def an_entity(dataset: Dataset, uuid: str, verb: str, *, deleted: bool = True) -> store.Pair:
    """The entity of an address; 404.1 when it is not there or lies outside the caller's areas, which is logged."""
    plain = uuid_of(uuid) or uuid
    found = store.find(dataset, plain, sight(dataset.project_id, verb))
    if found is None or (found[0].deleted_at is not None and not deleted):
        if found is None and store.find(dataset, plain) is not None:
            refusal_store.outside(verb)
        raise store.unknown(uuid)
    return found


def maker() -> Maker:
    """The caller as who makes a change."""
    return Maker(g.caller.actor_id, (request.headers.get("User-Agent") or "").replace("\0", "")[:255])
