"""Rows of a list one by one, for files and tables: read in one statement, never all in memory (PROTOCOL §2.3, §6)."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from sqlalchemy import ColumnElement, Select, func, literal, select, true, tuple_

from server.accounts.models import Actor
from server.datasets.entity_store import seen
from server.datasets.filter_store import condition
from server.datasets.list_store import properties
from server.datasets.models import Dataset, Entity, EntityVersion
from server.datasets.scope import Sight
from server.db import Instant, db
from server.schemas import moment

IN_MEMORY = 1 << 20
CHUNK = 1000
_CREATOR = Actor.display_name.label("creator_name")
_COLUMNS = (Entity.id, Entity.uuid, EntityVersion.label, EntityVersion.data, EntityVersion.version, Entity.conflict, Entity.created_at,
            Entity.updated_at, Entity.deleted_at, Entity.creator_id, _CREATOR)


@dataclass(frozen=True, slots=True)
class Line:
    """One entity as tables show it."""

    id: int
    uuid: str
    label: str
    data: dict[str, str]
    version: int
    conflict: str | None
    created_at: datetime
    updated_at: datetime | None
    deleted_at: datetime | None
    creator_id: int | None
    creator_name: str | None


def statement(dataset: Dataset, sight: Sight) -> Select[Any]:
    """Everything about the entities somebody sees; to be narrowed and ordered."""
    return seen(select(*_COLUMNS).join(EntityVersion, (EntityVersion.entity_id == Entity.id) & EntityVersion.current).outerjoin(
        Actor, Actor.id == Entity.creator_id), dataset, sight)


def lines(wanted: Select[Any]) -> Iterator[Line]:
    """The rows of a statement, some at a time."""
    for row in db.session.execute(wanted, execution_options={"yield_per": CHUNK}):
        yield Line(*row)


def living() -> ColumnElement[bool]:
    return Entity.deleted_at.is_(None)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of entities: new ones come before it, so nothing shifts behind it."""

    created_at: datetime
    id: int


NEWEST = (Entity.created_at.desc(), Entity.id.desc())


def paged(wanted: Select[Any], after: Place | None = None, skip: int = 0, limit: int | None = None, *, order: tuple[Any, ...] = (),
          upto: Place | None = None) -> Any:
    """A statement in its order (newest first, unless another is given): behind `after`, or nothing newer than `upto`."""
    position = tuple_(Entity.created_at, Entity.id)
    if after is not None:
        wanted = wanted.where(position < _bound(after))
    if upto is not None:
        wanted = wanted.where(position <= _bound(upto))
    return wanted.order_by(*order, *NEWEST).offset(skip).limit(limit)


def _bound(place: Place) -> Any:
    return tuple_(literal(place.created_at, Instant), literal(place.id))


def newest(wanted: Select[Any]) -> Place | None:
    """The place of the newest row."""
    found = db.session.execute(wanted.with_only_columns(Entity.created_at, Entity.id).order_by(*NEWEST).limit(1)).first()
    return Place(found[0], found[1]) if found else None


def counts(dataset: Dataset, sight: Sight) -> dict[str, Any]:
    """How many living entities of a list somebody sees, when the newest was made, and how many are in conflict."""
    number, last, conflicts = db.session.execute(seen(
        select(func.count(), func.max(Entity.created_at), func.count(Entity.conflict)), dataset, sight).where(living())).one()
    return {"entities": number, "last_entity": last, "conflicts": conflicts}


def submissions_named(ids: Iterable[int | None]) -> dict[int, dict[str, Any]]:
    """What a history says of the submissions that made versions. Their tables belong to rooms above this one."""
    of, forms = db.metadata.tables["submissions"], db.metadata.tables["forms"]
    wanted = select(of.c.id, of.c.instance_id, of.c.created_at, of.c.review_state, forms.c.xml_form_id).join(
        forms, forms.c.id == of.c.form_id).where(of.c.id.in_({each for each in ids if each is not None}))
    return {row.id: {"submission": {"instanceId": row.instance_id, "xmlFormId": row.xml_form_id, "createdAt": moment(row.created_at),
                                    "reviewState": row.review_state}} for row in db.session.execute(wanted)}


def count(wanted: Select[Any]) -> int:
    """How many rows a statement has."""
    return db.session.scalar(select(func.count()).select_from(wanted.order_by(None).subquery())) or 0


def phone_csv(dataset: Dataset, sight: Sight) -> tuple[IO[bytes], int]:
    """The list as phones read it, and its size in bytes: `name,label,__version,<properties>`, oldest first."""
    names = [each.name for each in properties(dataset.id)]
    wanted = seen(select(Entity.uuid, EntityVersion.label, EntityVersion.version, EntityVersion.data).join(
        EntityVersion, (EntityVersion.entity_id == Entity.id) & EntityVersion.current), dataset, sight).where(living())
    rows = db.session.execute(wanted.order_by(Entity.id), execution_options={"yield_per": CHUNK})
    return written(["name", "label", "__version", *names],
                   ([uuid, label, version, *(data.get(name, "") for name in names)] for uuid, label, version, data in rows))


def full_csv(dataset: Dataset, sight: Sight, narrowed: str, at: datetime) -> tuple[IO[bytes], int]:
    """The list for a desk, newest first; `narrowed` is a `$filter`, "" for none."""
    names = [each.name for each in properties(dataset.id)]
    said, trash = condition(narrowed, names, at) if narrowed.strip() else (true(), False)
    wanted = paged(statement(dataset, sight).where(said, true() if trash else living()))
    return written(["__id", "label", *names, "__createdAt", "__creatorId", "__creatorName", "__updates", "__updatedAt", "__version"], (
        [line.uuid, line.label, *(line.data.get(name, "") for name in names), moment(line.created_at), line.creator_id or "",
         line.creator_name or "", line.version - 1, moment(line.updated_at) or "", line.version] for line in lines(wanted)))


def written(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[IO[bytes], int]:
    """A CSV file (UTF-8, RFC 4180), on disk where it is large, standing at its beginning; and its size.

    Written before the answer begins: what fails then fails with an answer of its own, never in the middle of a file.
    """
    kept = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed with the response that sends it)
    text = io.TextIOWrapper(kept, "utf-8", newline="", write_through=True)  # type: ignore[type-var]
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows(rows)
    text.flush()
    text.detach()
    size = kept.tell()
    kept.seek(0)
    return kept, size  # type: ignore[return-value]
