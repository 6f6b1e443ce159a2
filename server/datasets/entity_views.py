"""Routes of entities: look, make one or many, change, delete, restore, history (PROTOCOL §6 "Entity")."""

from __future__ import annotations

from typing import Any

from flask import g

from forms.entities import uuid_of
from server import events
from server.accounts.schemas import AuditExtended
from server.blueprints import JSON_BYTES, Need, bounded, json_body
from server.datasets import given, shown, store
from server.datasets.models import Entity, EntityVersion
from server.datasets.room import ENTITIES, ENTITY, MANY, READ, a_list, an_entity, maker, room, sight
from server.datasets.schemas import (
    Difference,
    EntitiesWanted,
    EntityChanging,
    EntityShown,
    EntityWanted,
    EntityWhole,
    Ids,
    VersionListed,
)
from server.lists import extended
from server.problems import Problem
from server.schemas import SUCCESS, Success, moment

UPLOAD_MB = 100  # of entities at once
CREATE, UPDATE, DELETE = Need("entity.create"), Need("entity.update"), Need("entity.delete")


@room.on("GET HEAD", ENTITIES, MANY, query=EntitiesWanted, answers=[EntityShown])
def list_entities(project: int, dataset: str, query: dict[str, Any]) -> Any:
    """The entities of a list in the caller's areas, newest first; `deleted=true` those in the trash."""
    conflicts = [each for each in query["conflict"].split(",") if each]
    return shown.entities(store.listed(a_list(project, dataset), sight(project, "entity.list"), deleted=query["deleted"],
                                       conflicts=conflicts, limit=query["limit"], offset=query["offset"]))


@room.on("GET HEAD", ENTITY, READ, query=EntityWanted, answers=EntityWhole)
def get_entity(project: int, dataset: str, uuid: str, query: dict[str, Any]) -> Any:
    """One entity with its data; with `deleted=true` also one in the trash."""
    return shown.entity(an_entity(a_list(project, dataset), uuid, "entity.read", deleted=query["deleted"]))


def receive_many(**_: Any) -> Any:
    return _body(UPLOAD_MB << 20)


def receive_one(**_: Any) -> Any:
    return _body(JSON_BYTES)


def _body(limit: int) -> Any:
    """The JSON of the body; None when there is none."""
    data = bounded(limit, cache=False)
    return json_body(data) if data.strip() else None


@room.on("POST", ENTITIES, CREATE, answers=EntityWhole, before=receive_many, takes="application/json",
         problems="400.2 400.8 400.11 400.13 400.28 400.31 400.36 409.3")
def create_entities(project: int, dataset: str, came: Any) -> Any:
    """Make an entity, or with `{"entities", "source"}` many at once, all or none."""
    found, within = a_list(project, dataset), g.caller.areas("entity.create", project)
    names = store.names(found)
    if isinstance(came, dict) and "entities" in came:
        many = given.upload(came, names)
        by = maker()
        store.create_many(found, many.entities, store.Maker(by.actor_id, by.user_agent, source=many.source), within=within)
        return SUCCESS
    return shown.entity(store.create(found, given.new(came, names), maker(), within=within))


@room.on("PATCH", ENTITY, UPDATE, query=EntityChanging, answers=EntityWhole, before=receive_one, takes="application/json",
         problems="400.2 400.8 400.13 400.28 400.31 400.32 400.36 409.15")
def change_entity(project: int, dataset: str, uuid: str, came: Any, query: dict[str, Any]) -> Any:
    """Change an entity: what is given is merged into what it says."""
    found = a_list(project, dataset)
    row, _ = an_entity(found, uuid, "entity.update", deleted=False)
    change = given.changed(came, store.names(found), empty=query["resolve"])
    if query["base_version"] is None and not query["force"]:
        raise Problem("400.2", field="baseVersion (or force=true)")
    base = None if query["force"] else query["base_version"]
    return shown.entity(store.change(found, row.uuid, change, maker(), base_version=base, resolve=query["resolve"],
                                     sight=sight(project, "entity.update")))


@room.on("DELETE", ENTITY, DELETE, answers=Success)
def delete_entity(project: int, dataset: str, uuid: str) -> Any:
    """Put an entity into the trash; phones stop seeing it."""
    found = a_list(project, dataset)
    row, _ = an_entity(found, uuid, "entity.delete", deleted=False)
    store.remove(found, [row.uuid], maker(), sight(project, "entity.delete"))
    return SUCCESS


@room.on("POST", f"{ENTITIES}/bulk-delete", DELETE, body=Ids, answers=Success)
def delete_entities(project: int, dataset: str, body: dict[str, Any]) -> Any:
    """Put several entities into the trash, all or none."""
    asked = list(dict.fromkeys(uuid_of(each) or each for each in body["ids"]))
    store.remove(a_list(project, dataset), asked, maker(), sight(project, "entity.delete"))
    return SUCCESS


@room.on("POST", f"{ENTITY}/restore", Need("entity.restore"), answers=Success)
def restore_entity(project: int, dataset: str, uuid: str) -> Any:
    """Take an entity out of the trash."""
    found = a_list(project, dataset)
    row, _ = an_entity(found, uuid, "entity.restore")
    store.restore(found, row.uuid, maker(), sight(project, "entity.restore"))
    return SUCCESS


@room.on("GET HEAD", f"{ENTITY}/versions", READ, answers=[VersionListed])
def list_entity_versions(project: int, dataset: str, uuid: str) -> Any:
    """All versions of an entity, oldest first."""
    row, _ = an_entity(a_list(project, dataset), uuid, "entity.read")
    rows = store.versions(row.id)
    return shown.history(rows, store.submissions_named(each.submission_id for each in rows))


@room.on("GET HEAD", f"{ENTITY}/diffs", READ, answers=[Difference])
def list_entity_differences(project: int, dataset: str, uuid: str) -> Any:
    """What each version after the first changed."""
    return shown.differences(store.versions(an_entity(a_list(project, dataset), uuid, "entity.read")[0].id))


@room.on("GET HEAD", f"{ENTITY}/audits", READ, answers=[AuditExtended])
def list_entity_audits(project: int, dataset: str, uuid: str) -> Any:
    """What happened to an entity, newest first."""
    found = a_list(project, dataset)
    row, _ = an_entity(found, uuid, "entity.read")
    lines = [line for line in events.newest(project, subject=row.uuid, action_prefix="entity.", limit=1000)
             if line.details.get("datasetId") == found.id]
    told: list[dict[str, Any]] = [
        {"actorId": line.actor_id, "action": line.action, "acteeId": line.subject, "details": details,
         "loggedAt": moment(line.logged_at), "notes": notes} for line in lines for details, notes in [events.told(line)]]
    if not any(line.action == "entity.create" for line in lines):
        told.append(_uploaded(row, store.versions(row.id)[0]))
    if extended():
        people = store.makers(each["actorId"] for each in told)
        for each in told:
            each["actor"] = shown.person(people.get(each["actorId"] or 0))
    return told


def _uploaded(row: Entity, first: EntityVersion) -> dict[str, Any]:
    """One that came with many others has one line in the log with them."""
    return {"actorId": first.creator_id, "action": "entity.bulk.create", "acteeId": row.uuid,
            "details": {"uuid": row.uuid, "source": first.source}, "loggedAt": moment(row.created_at), "notes": None}
