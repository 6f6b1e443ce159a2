"""Tokens of lists: they change when what a phone would download changes, and only then (PROTOCOL §2.3).

A token is made of a sum over hashes of rows. A sum does not care for order, so each change adds the new row and takes
away the old one; what an area or a person sees is a sum of sums. Nothing is ever read through to know a token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import cast

import orjson
from sqlalchemy import Table, delete, insert, select, update

from server.areas import under
from server.datasets.models import Dataset, Digest, Entity, EntityVersion, Property
from server.datasets.scope import Sight
from server.db import db

MODULUS = 1 << 128
Place = tuple[str, int]  # area, creator (0: nobody)
Shift = tuple[int, int]  # what to add to the sum, and to the number of rows
_table = cast(Table, Digest.__table__)


def of_row(uuid: str, label: str, version: int, data: Mapping[str, str]) -> int:
    """The hash of a row as phones see it; an unset property is the same as none."""
    said = orjson.dumps([uuid, label, version, sorted(pair for pair in data.items() if pair[1])])
    return int.from_bytes(hashlib.sha256(said).digest()[:16], "big")


class Shifts:
    """Changes of a list's sums, gathered to be written at once."""

    def __init__(self, dataset_id: int) -> None:
        self.dataset_id = dataset_id
        self._found: dict[Place, Shift] = {}

    def enter(self, entity: Entity, version: EntityVersion) -> None:
        """The entity is seen with this version from now on."""
        self._add(entity, of_row(entity.uuid, version.label, version.version, version.data), 1)

    def leave(self, entity: Entity, version: EntityVersion) -> None:
        """It is no longer seen with this version."""
        self._add(entity, -of_row(entity.uuid, version.label, version.version, version.data), -1)

    def _add(self, entity: Entity, value: int, rows: int) -> None:
        place = (entity.area, entity.creator_id or 0)
        total, number = self._found.get(place, (0, 0))
        self._found[place] = (total + value, number + rows)

    def write(self) -> None:
        """Write the sums; the caller holds the list, so nobody else changes them meanwhile."""
        known = self._known()
        fresh = []
        for (area, creator), (value, rows) in self._found.items():
            key = {"dataset_id": self.dataset_id, "area": area, "creator_id": creator}
            if (area, creator) not in known:
                fresh.append({**key, "total": f"{value % MODULUS:032x}", "rows": rows})
                continue
            total, number = known[area, creator]
            db.session.execute(update(_table).filter_by(**key).values(
                total=f"{(int(total, 16) + value) % MODULUS:032x}", rows=number + rows))
        if fresh:
            db.session.execute(insert(_table), fresh)
        self._found.clear()

    def _known(self) -> dict[Place, tuple[str, int]]:
        wanted = select(Digest.area, Digest.creator_id, Digest.total, Digest.rows).where(Digest.dataset_id == self.dataset_id)
        if len(self._found) <= 100:
            wanted = wanted.where(Digest.area.in_({area for area, _ in self._found}))
        return {(area, creator): (total, rows) for area, creator, total, rows in db.session.execute(wanted)}


def rebuild(dataset_id: int) -> None:
    """Sum up anew, after the areas of a list's rows changed."""
    db.session.execute(delete(Digest).where(Digest.dataset_id == dataset_id))
    shifts = Shifts(dataset_id)
    rows = db.session.execute(select(Entity, EntityVersion).join(
        EntityVersion, (EntityVersion.entity_id == Entity.id) & EntityVersion.current).where(
        Entity.dataset_id == dataset_id, Entity.deleted_at.is_(None)), execution_options={"yield_per": 1000})
    for entity, version in rows:
        shifts.enter(entity, version)
    shifts.write()


def tokens(datasets: Iterable[Dataset], sight: Sight) -> dict[int, str]:
    """The token of each list for somebody who sees it so, as 32 hexadecimal digits."""
    return {dataset.id: _token(dataset, sight) for dataset in datasets}


def _token(dataset: Dataset, sight: Sight) -> str:
    wanted = select(Digest.total, Digest.rows).where(Digest.dataset_id == dataset.id)
    if dataset.area_property:
        wanted = wanted.where(under(Digest.area, sight.areas))
    if dataset.owner_only and sight.only_of is not None:
        wanted = wanted.where(Digest.creator_id == sight.only_of)
    found = db.session.execute(wanted).all()
    total, rows = sum(int(row.total, 16) for row in found) % MODULUS, sum(row.rows for row in found)
    names = db.session.scalars(select(Property.name).where(Property.dataset_id == dataset.id).order_by(Property.id)).all()
    said = orjson.dumps([names, f"{total:032x}", rows])
    return hashlib.md5(said, usedforsecurity=False).hexdigest()
