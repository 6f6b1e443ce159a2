"""Statements on entities: chains of versions, each change a new one (PROTOCOL §6)."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select, func, insert, select, update

from server import events
from server.accounts.models import Actor
from server.areas import under
from server.datasets.digest_store import Shifts
from server.datasets.given import Given
from server.datasets.list_store import area_in, hold
from server.datasets.models import Dataset, Entity, EntityVersion, Property
from server.datasets.scope import EVERYTHING, Sight
from server.db import db, now
from server.grants import covers
from server.problems import Problem
from sync.entities import Content, Update, merge, worse

T = TypeVar("T", bound=tuple[Any, ...])
Pair = tuple[Entity, EntityVersion]
BATCH = 1000


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a change, by which program, and from what: a submission's version, or an upload."""

    actor_id: int | None = None
    user_agent: str = ""
    submission_id: int | None = None
    submission_version_id: int | None = None
    source: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Branch:
    """Where in a phone's own branch a version lies."""

    id: str | None = None
    trunk: int | None = None
    version: int | None = None
    forced: bool = False


def seen(statement: Select[T], dataset: Dataset, sight: Sight) -> Select[T]:
    """Narrow a statement on a list's entities to those somebody sees: the one place where areas apply to lists."""
    statement = statement.where(Entity.dataset_id == dataset.id)
    if dataset.area_property:
        statement = statement.where(under(Entity.area, sight.areas))
    if dataset.owner_only and sight.only_of is not None:
        statement = statement.where(Entity.creator_id == sight.only_of)
    return statement


_PAIRS = select(Entity, EntityVersion).join(EntityVersion, (EntityVersion.entity_id == Entity.id) & EntityVersion.current)


def listed(dataset: Dataset, sight: Sight, *, deleted: bool = False, conflicts: Iterable[str] = (), search: str = "",
           limit: int | None = None, offset: int = 0) -> list[Pair]:
    """Entities with their current versions, newest first; with `search` those whose label holds these words."""
    wanted = seen(_PAIRS, dataset, sight).where(Entity.deleted_at.is_not(None) if deleted else Entity.deleted_at.is_(None))
    if named := list(conflicts):
        wanted = wanted.where(Entity.conflict.in_(named))
    for word in search.lower().split():
        wanted = wanted.where(func.lower(EntityVersion.label).contains(word, autoescape=True))
    wanted = wanted.order_by(Entity.created_at.desc(), Entity.id.desc()).offset(offset).limit(limit)
    return [(entity, version) for entity, version in db.session.execute(wanted)]


def find(dataset: Dataset, uuid: str, sight: Sight = EVERYTHING) -> Pair | None:
    """An entity, deleted or not, with its current version."""
    row = db.session.execute(seen(_PAIRS, dataset, sight).where(Entity.uuid == uuid)).first()
    return (row[0], row[1]) if row else None


def exists(dataset: Dataset, uuids_asked: Sequence[str], sight: Sight) -> list[tuple[str, bool]]:
    """Which of these entities exist or existed, and whether they are deleted."""
    wanted = seen(select(Entity.uuid, Entity.deleted_at), dataset, sight).where(Entity.uuid.in_(uuids_asked)).order_by(Entity.id)
    return [(uuid, deleted is not None) for uuid, deleted in db.session.execute(wanted)]


def versions(entity_id: int) -> list[EntityVersion]:
    """All versions of an entity, oldest first."""
    return list(db.session.scalars(select(EntityVersion).where(EntityVersion.entity_id == entity_id).order_by(EntityVersion.version)))


def create(dataset: Dataset, given: Given, maker: Maker, *, within: Iterable[str] = ("",), branch: Branch | None = None) -> Pair:
    """A new entity. Raises 409.3 when its uuid is taken, 403.1 when its area is outside `within`."""
    hold(dataset)
    return _create(dataset, [given], maker, within, branch or Branch())[0]


def create_many(dataset: Dataset, listed: Sequence[Given], maker: Maker, *, within: Iterable[str] = ("",)) -> int:
    """New entities, all or none; returns how many."""
    hold(dataset)
    made = 0
    for start in range(0, len(listed), BATCH):
        for row in (each for pair in _create(dataset, listed[start:start + BATCH], maker, within, Branch(), quiet=True) for each in pair):
            db.session.expunge(row)  # flat memory: nobody looks at it again
        made += len(listed[start:start + BATCH])
    events.record("entity.bulk.create", project_id=dataset.project_id, actor_id=maker.actor_id, subject=dataset.name,
                  details={"datasetId": dataset.id, "dataset": dataset.name, "count": made, "source": maker.source})
    return made


def _create(dataset: Dataset, listed: Sequence[Given], maker: Maker, within: Iterable[str], branch: Branch,
            quiet: bool = False) -> list[Pair]:
    at, within = now(), tuple(within)
    named = [(given.uuid or str(uuids.uuid4()), given) for given in listed]
    _refuse_known(dataset, [uuid for uuid, _ in named])
    rows: list[dict[str, Any]] = [{"dataset_id": dataset.id, "uuid": uuid, "area": area_in(dataset, given.data), "creator_id": maker.actor_id,
             "created_at": at} for uuid, given in named]
    for row in rows:
        _refuse_outside(dataset, row["area"], within)
    entities = list(db.session.scalars(insert(Entity).returning(Entity, sort_by_parameter_order=True), rows))
    details = {"created_at": at, "version": 1, "branch_id": branch.id, "trunk_version": branch.trunk,
               "branch_version": branch.version, "forced": branch.forced, **_made_by(maker)}
    chained = [{"entity_id": entity.id, "label": given.label, "data": _set(given.data), "data_received": _received(given), **details}
               for entity, (_, given) in zip(entities, named, strict=True)]
    made = list(db.session.scalars(insert(EntityVersion).returning(EntityVersion, sort_by_parameter_order=True), chained))
    pairs = list(zip(entities, made, strict=True))
    shifts = Shifts(dataset.id)
    for entity, version in pairs:
        shifts.enter(entity, version)
        if not quiet:
            _record("entity.create", dataset, entity, maker, {"version": 1})
    shifts.write()
    return pairs


def _refuse_known(dataset: Dataset, asked: list[str]) -> None:
    if len(set(asked)) < len(asked):
        twice = next(uuid for uuid in asked if asked.count(uuid) > 1)
        raise Problem("409.3", what="An entity with the uuid", value=twice, fields=["uuid"], values=[twice])
    known = db.session.scalar(select(Entity.uuid).where(Entity.dataset_id == dataset.id, Entity.uuid.in_(asked)).limit(1))
    if known is not None:
        raise Problem("409.3", what="An entity with the uuid", value=known, fields=["uuid"], values=[known])


def _refuse_outside(dataset: Dataset, area: str, within: tuple[str, ...]) -> None:
    if dataset.area_property and not covers(within, area):
        raise Problem("403.1", message=f"The area “{area}” lies outside what this account may change.")


def _made_by(maker: Maker) -> dict[str, Any]:
    return {"creator_id": maker.actor_id, "user_agent": maker.user_agent[:255], "submission_id": maker.submission_id,
            "submission_version_id": maker.submission_version_id, "source": maker.source}


def _set(data: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in data.items() if value}


def _received(given: Given) -> dict[str, str]:
    return {**given.data, **({"label": given.label} if given.label else {})}


def change(dataset: Dataset, uuid: str, given: Given, maker: Maker, *, base_version: int | None = None, resolve: bool = False,
           sight: Sight = EVERYTHING) -> Pair:
    """Change an entity: what is given is merged, the version counts on.

    `base_version` None overwrites whatever was changed meanwhile. Raises 404.1, 409.15 when the entity is at another
    version, 400.32 when there is no conflict to `resolve`, 403.1 when it would leave the area of the caller.
    """
    hold(dataset)
    pair = find(dataset, uuid, sight)
    if pair is None or pair[0].deleted_at is not None:
        raise unknown(uuid)
    entity, current = pair
    if base_version is not None and base_version != current.version:
        raise Problem("409.15", current=current.version, provided=base_version)
    if resolve:
        _resolve(dataset, entity, maker)
    if given.label is None and not given.data:
        return pair
    start = Content(current.label, current.data)
    content, _ = merge(Content(given.label or "", given.data), start, start)
    _refuse_outside(dataset, area_in(dataset, dict(content.data)), sight.areas)
    return add_version(dataset, pair, Update(current.version, Content(content.label, _set(dict(content.data))), None), _received(given), maker)


def _resolve(dataset: Dataset, entity: Entity, maker: Maker) -> None:
    if entity.conflict is None:
        raise Problem("400.32")
    entity.conflict, entity.updated_at = None, now()
    db.session.execute(update(EntityVersion).where(EntityVersion.entity_id == entity.id).values(resolved=True))
    db.session.flush()
    _record("entity.update.resolve", dataset, entity, maker, {})


def add_version(dataset: Dataset, pair: Pair, update_: Update, received: dict[str, str], maker: Maker,
                branch: Branch | None = None) -> Pair:
    """Write the next version of an entity whose list is held."""
    entity, current = pair
    branch, at, shifts = branch or Branch(), now(), Shifts(dataset.id)
    shifts.leave(entity, current)
    current.current = False
    db.session.flush()
    data = dict(update_.content.data)
    fresh = EntityVersion(entity_id=entity.id, version=current.version + 1, label=update_.content.label, data=data,
                          data_received=received, base_version=update_.base, branch_id=branch.id, trunk_version=branch.trunk,
                          branch_version=branch.version, created_at=at,
                          conflicting_properties=list(update_.conflicting) if update_.base != current.version else None,
                          **_made_by(maker))
    entity.area, entity.updated_at, entity.conflict = area_in(dataset, data), at, worse(entity.conflict, update_.conflict)  # type: ignore[arg-type]
    db.session.add(fresh)
    db.session.flush()
    shifts.enter(entity, fresh)
    shifts.write()
    _record("entity.update.version", dataset, entity, maker, {"version": fresh.version})
    return entity, fresh


def remove(dataset: Dataset, listed: Sequence[str], maker: Maker, sight: Sight = EVERYTHING) -> None:
    """Delete entities, all or none; phones stop seeing them. Raises 404.1 for one that is not there."""
    hold(dataset)
    found = {entity.uuid: (entity, version) for start in range(0, len(listed), BATCH) for entity, version in db.session.execute(
        seen(_PAIRS, dataset, sight).where(Entity.uuid.in_(listed[start:start + BATCH]), Entity.deleted_at.is_(None)))}
    missing = [uuid for uuid in listed if uuid not in found]
    if missing:
        raise unknown(missing[0], missing)
    at, shifts = now(), Shifts(dataset.id)
    for entity, version in found.values():
        entity.deleted_at = at
        shifts.leave(entity, version)
        _record("entity.delete", dataset, entity, maker, {"version": version.version})
    db.session.flush()
    shifts.write()


def restore(dataset: Dataset, uuid: str, maker: Maker, sight: Sight = EVERYTHING) -> None:
    """Take an entity out of the trash."""
    hold(dataset)
    pair = find(dataset, uuid, sight)
    if pair is None or pair[0].deleted_at is None:
        raise unknown(uuid)
    entity, version = pair
    entity.deleted_at = None
    db.session.flush()
    shifts = Shifts(dataset.id)
    shifts.enter(entity, version)
    shifts.write()
    _record("entity.restore", dataset, entity, maker, {"version": version.version})


def put(dataset: Dataset, listed: Iterable[Given], maker: Maker) -> int:
    """Make or change entities so that they say this; what says it already stays as it is. Returns how many changed.

    For lists that a room keeps up to date. Deleted entities stay deleted.
    """
    listed = [given for given in listed if given.uuid]
    hold(dataset)
    known = {entity.uuid: (entity, version) for start in range(0, len(listed), BATCH) for entity, version in db.session.execute(
        _PAIRS.where(Entity.dataset_id == dataset.id, Entity.uuid.in_([each.uuid for each in listed[start:start + BATCH]])))}
    fresh = [given for given in listed if given.uuid not in known]
    for start in range(0, len(fresh), BATCH):
        _create(dataset, fresh[start:start + BATCH], maker, ("",), Branch(), quiet=True)
    if fresh:
        events.record("entity.bulk.create", project_id=dataset.project_id, actor_id=maker.actor_id, subject=dataset.name,
                      details={"datasetId": dataset.id, "dataset": dataset.name, "count": len(fresh), "source": maker.source})
    changed = 0
    for given in listed:
        pair = known.get(given.uuid or "")
        if pair is None or pair[0].deleted_at is not None:
            continue
        _, current = pair
        content = Content(given.label or current.label, _set({**current.data, **given.data}))
        if (content.label, content.data) != (current.label, current.data):
            add_version(dataset, pair, Update(current.version, content, None), _received(given), maker)
            changed += 1
    return len(fresh) + changed


def names(dataset: Dataset) -> set[str]:
    """Names of a list's properties."""
    return set(db.session.scalars(select(Property.name).where(Property.dataset_id == dataset.id)))


def unknown(uuid: str, all_of_them: Sequence[str] = ()) -> Problem:
    """The problem of an entity that is not there, or outside what the caller sees."""
    details: dict[str, Any] = {"uuids": list(all_of_them)} if all_of_them else {}
    return Problem("404.1", message=f"There is no entity {uuid[:100]} in this list.", **details)


def makers(ids: Iterable[int | None]) -> dict[int, Actor]:
    """Who made things, by id."""
    wanted = {each for each in ids if each is not None}
    return {actor.id: actor for actor in db.session.scalars(select(Actor).where(Actor.id.in_(wanted)))} if wanted else {}


def _record(action: str, dataset: Dataset, entity: Entity, maker: Maker, details: dict[str, Any]) -> None:
    more = {"submissionId": maker.submission_id} if maker.submission_id else {}
    events.record(action, project_id=dataset.project_id, actor_id=maker.actor_id, subject=entity.uuid,
                  details={"datasetId": dataset.id, "dataset": dataset.name, "uuid": entity.uuid, **more, **details})
