"""Lists and entities as JSON values (PROTOCOL §6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import request

from forms.odata import sanitised
from server.accounts.models import Actor
from server.accounts.schemas import ActorShown
from server.datasets import store
from server.datasets.models import Dataset, EntityVersion
from server.datasets.room import sight
from server.datasets.schemas import DatasetExtended, DatasetShown
from server.lists import extended
from server.schemas import moment

Pair = store.Pair


def lists(found: Sequence[Dataset]) -> Any:
    """Lists with their properties and the forms around them; with counts if the client asks for them."""
    around = store.forms_around([each.id for each in found])
    shown = []
    for each in found:
        forms = around[each.id]
        told = {name: getattr(each, name) for name in (
            "name", "project_id", "created_at", "approval_required", "owner_only", "area_property", "last_update")}
        told["linked_forms"], told["source_forms"] = _named(forms.linked), _named(forms.sources)
        told["properties"] = [{
            "name": one.name, "odata_name": sanitised(one.name), "published_at": one.published_at,
            "forms": _writers(forms.by_property.get(one.id, []))} for one in store.properties(each.id)]
        if extended():
            told |= store.counts(each, sight(each.project_id, "entity.list"))
        shown.append(told)
    return (DatasetExtended if extended() else DatasetShown)(many=True).dump(shown)


def one_list(found: Dataset) -> Any:
    return lists([found])[0]


def _named(forms: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": title or xml_form_id, "xml_form_id": xml_form_id} for title, xml_form_id in forms]


def _writers(forms: list[tuple[str, str]]) -> list[Any]:
    """pyodk 1.3 takes only ids here, the API has objects (PROTOCOL §6)."""
    if (request.headers.get("User-Agent") or "").lower().startswith("pyodk"):
        return [xml_form_id for _, xml_form_id in forms]
    return [{"name": title or xml_form_id, "xmlFormId": xml_form_id} for title, xml_form_id in forms]


def entity(pair: Pair, *, data: bool = True) -> dict[str, Any]:
    """One entity with its current version."""
    return entities([pair], data=data)[0]


def entities(pairs: Sequence[Pair], *, data: bool = False) -> list[dict[str, Any]]:
    """Entities as lists show them. A creator that is nobody is 0: clients take only numbers."""
    people = store.makers({made for row, version in pairs for made in (row.creator_id, version.creator_id)}) if extended() else {}
    shown = []
    for row, current in pairs:
        told: dict[str, Any] = {"uuid": row.uuid, "creatorId": row.creator_id or 0, "conflict": row.conflict, "createdAt": moment(row.created_at),
                "updatedAt": moment(row.updated_at), "deletedAt": moment(row.deleted_at), "currentVersion": version(current, data=data)}
        if extended():
            told["creator"] = person(people.get(row.creator_id or 0))
            told["currentVersion"]["creator"] = person(people.get(current.creator_id or 0))
        shown.append(told)
    return shown


def version(row: EntityVersion, *, data: bool = True) -> dict[str, Any]:
    """A version of an entity."""
    told = {"label": row.label, "current": row.current, "createdAt": moment(row.created_at), "creatorId": row.creator_id or 0,
            "userAgent": row.user_agent, "version": row.version, "baseVersion": row.base_version,
            "conflictingProperties": row.conflicting_properties}
    return told | ({"data": row.data, "dataReceived": row.data_received} if data else {})


def history(rows: Sequence[EntityVersion], sources: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
    """All versions of an entity, oldest first, each with where it came from."""
    people = store.makers(row.creator_id for row in rows)
    return [version(row) | {
        "resolved": row.resolved, "branchId": row.branch_id, "trunkVersion": row.trunk_version,
        "branchBaseVersion": row.branch_version - 1 if row.branch_version is not None else None,
        "source": sources.get(row.submission_id or 0) or row.source or {}, "creator": person(people.get(row.creator_id or 0))}
        for row in rows]


def differences(rows: Sequence[EntityVersion]) -> list[list[dict[str, Any]]]:
    """What each version after the first changed."""
    return [[{"propertyName": name, "old": old.get(name), "new": new.get(name)}
             for name in sorted(old.keys() | new.keys(), key=lambda each: (each != "label", each)) if old.get(name) != new.get(name)]
            for old, new in zip(map(_values, rows), map(_values, rows[1:]), strict=False)]


def _values(row: EntityVersion) -> dict[str, str]:
    return {**row.data, "label": row.label}


def person(actor: Actor | None) -> Any:
    return ActorShown().dump(actor) if actor is not None else None


