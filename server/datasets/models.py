"""Entity lists, their properties, entities as chains of versions, and what submissions still want of them (PROTOCOL §6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from server.db import Base, Id, Instant, Json


class Dataset(Base):
    """One entity list of a project.

    `area_property` names the property that holds a village code: it scopes every read of the list (DESIGN §4.3).
    `kept_by` names the room that keeps the list up to date; null for lists that people and forms keep.
    """

    __tablename__ = "datasets"
    __table_args__ = (Index("uq_datasets_living", "project_id", "name", unique=True,
                            sqlite_where=text("deleted_at IS NULL"), postgresql_where=text("deleted_at IS NULL")),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    project_id: Mapped[int] = mapped_column(Id, ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(String(255))
    approval_required: Mapped[bool] = mapped_column(default=False)
    owner_only: Mapped[bool] = mapped_column(default=False)
    area_property: Mapped[str | None] = mapped_column(String(255))
    kept_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_update: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class Property(Base):
    """A named value that entities of a list may have."""

    __tablename__ = "dataset_properties"
    __table_args__ = (UniqueConstraint("dataset_id", "name"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dataset_id: Mapped[int] = mapped_column(Id, ForeignKey("datasets.id"))
    name: Mapped[str] = mapped_column(String(255))
    published_at: Mapped[datetime] = mapped_column(Instant)


class Source(Base):
    """A published form that writes to a list."""

    __tablename__ = "dataset_sources"

    dataset_id: Mapped[int] = mapped_column(Id, ForeignKey("datasets.id"), primary_key=True, autoincrement=False)
    form_id: Mapped[int] = mapped_column(Id, ForeignKey("forms.id"), primary_key=True, autoincrement=False, index=True)


class PropertySource(Base):
    """A published form that writes a property."""

    __tablename__ = "dataset_property_sources"

    property_id: Mapped[int] = mapped_column(Id, ForeignKey("dataset_properties.id"), primary_key=True, autoincrement=False)
    form_id: Mapped[int] = mapped_column(Id, ForeignKey("forms.id"), primary_key=True, autoincrement=False, index=True)


class Entity(Base):
    """One entity. `area` is what its list's area property says, so that grants never open the data."""

    __tablename__ = "entities"
    __table_args__ = (UniqueConstraint("dataset_id", "uuid"),
                      Index("ix_entities_order", "dataset_id", "created_at", "id"),
                      Index("ix_entities_area", "dataset_id", "area"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dataset_id: Mapped[int] = mapped_column(Id, ForeignKey("datasets.id"))
    uuid: Mapped[str] = mapped_column(String(36))
    area: Mapped[str] = mapped_column(String(32), default="")
    creator_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    conflict: Mapped[str | None] = mapped_column(String(8))  # null, soft, hard
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime | None] = mapped_column(Instant)
    deleted_at: Mapped[datetime | None] = mapped_column(Instant)


class EntityVersion(Base):
    """One version: all of an entity's data, and what of it this change gave. Exactly one of an entity is `current`."""

    __tablename__ = "entity_versions"
    __table_args__ = (UniqueConstraint("entity_id", "version"),
                      Index("uq_entity_versions_current", "entity_id", unique=True,
                            sqlite_where=text("current"), postgresql_where=text("current")))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    entity_id: Mapped[int] = mapped_column(Id, ForeignKey("entities.id"))
    version: Mapped[int] = mapped_column()
    current: Mapped[bool] = mapped_column(default=True)
    label: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, str]] = mapped_column(Json)
    data_received: Mapped[dict[str, str]] = mapped_column(Json)
    base_version: Mapped[int | None] = mapped_column()
    conflicting_properties: Mapped[list[str] | None] = mapped_column(Json)
    resolved: Mapped[bool] = mapped_column(default=False)
    branch_id: Mapped[str | None] = mapped_column(String(36))
    trunk_version: Mapped[int | None] = mapped_column()
    branch_version: Mapped[int | None] = mapped_column()  # what the phone that made the branch calls this version
    forced: Mapped[bool] = mapped_column(default=False)  # made of an update whose creation did not come
    submission_id: Mapped[int | None] = mapped_column(Id, ForeignKey("submissions.id"), index=True)
    submission_version_id: Mapped[int | None] = mapped_column(Id, ForeignKey("submission_versions.id"))
    source: Mapped[dict[str, Any] | None] = mapped_column(Json)  # name and size of an upload
    creator_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    user_agent: Mapped[str] = mapped_column(String(255), default="")
    created_at: Mapped[datetime] = mapped_column(Instant)


class Wish(Base):
    """What one submission wants of one entity, and what became of it: done once, however often it comes.

    `state`: done, held (its predecessor is missing), waiting (for approval), failed.
    """

    __tablename__ = "entity_wishes"
    __table_args__ = (UniqueConstraint("submission_id", "dataset_id", "uuid"),
                      Index("ix_entity_wishes_entity", "dataset_id", "uuid", "state"),
                      Index("ix_entity_wishes_state", "state", "at"))

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    dataset_id: Mapped[int] = mapped_column(Id, ForeignKey("datasets.id"))
    submission_id: Mapped[int] = mapped_column(Id, ForeignKey("submissions.id"))
    submission_version_id: Mapped[int] = mapped_column(Id, ForeignKey("submission_versions.id"))
    uuid: Mapped[str] = mapped_column(String(36))
    state: Mapped[str] = mapped_column(String(8))
    action: Mapped[dict[str, Any]] = mapped_column(Json)
    actor_id: Mapped[int | None] = mapped_column(Id, ForeignKey("actors.id"))
    user_agent: Mapped[str] = mapped_column(String(255), default="")
    at: Mapped[datetime] = mapped_column(Instant)  # when its submission came


class Digest(Base):
    """Sum of the hashes of a list's living rows, by area and creator: a phone's token is known without reading the rows."""

    __tablename__ = "dataset_digests"

    dataset_id: Mapped[int] = mapped_column(Id, ForeignKey("datasets.id"), primary_key=True, autoincrement=False)
    area: Mapped[str] = mapped_column(String(32), primary_key=True)
    creator_id: Mapped[int] = mapped_column(Id, primary_key=True, autoincrement=False)  # 0: nobody in particular
    total: Mapped[str] = mapped_column(String(32))  # hexadecimal, modulo 2^128
    rows: Mapped[int] = mapped_column(default=0)
