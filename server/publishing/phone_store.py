"""Statements of the form list and the manifest: few columns, because every phone polls them (PROTOCOL §2.2, §2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, exists, func, select

from server.db import db
from server.files import Blob
from server.projects.models import Project
from server.publishing.models import FormAttachment, FormRow, FormVersion

_form, _version, _slot, _blob = FormRow.__table__.c, FormVersion.__table__.c, FormAttachment.__table__.c, Blob.__table__.c


@dataclass(frozen=True, slots=True)
class Listed:
    """A form as phones list it; `slots` says whether files travel with it."""

    form_id: int
    version_id: int
    xml_form_id: str
    title: str
    version: str
    md5: str
    size: int
    slots: bool


_has_slots = exists().where(_slot.version_id == _version.id)
_columns = (_form.id, _version.id, _form.xml_form_id, _version.title, _version.version, _version.md5,
            func.length(_version.xml), _has_slots)
_OPEN = select(*_columns).select_from(
    FormRow.__table__.join(FormVersion.__table__, and_(_version.form_id == _form.id, _version.current))
    .join(Project.__table__, and_(Project.__table__.c.id == _form.project_id, Project.__table__.c.deleted_at.is_(None)))
).where(_form.project_id == bindparam("project"), _form.deleted_at.is_(None), _form.state == "open").order_by(
    func.lower(_version.title), _form.xml_form_id)
_ONE = select(*_columns).select_from(
    FormRow.__table__.join(FormVersion.__table__, _version.form_id == _form.id)).where(_version.id == bindparam("version"))
_FILES = select(_slot.version_id, _slot.name, _slot.type, _slot.sha256, _blob.md5, _blob.size).select_from(
    FormAttachment.__table__.join(Blob.__table__, _blob.sha256 == _slot.sha256)).where(
    _slot.version_id.in_(bindparam("versions", expanding=True))).order_by(_slot.name)

_LISTS = select(_slot.version_id, _slot.name, _slot.dataset_id).where(
    _slot.version_id.in_(bindparam("versions", expanding=True)), _slot.dataset_id.is_not(None)).order_by(_slot.name)


def open_forms(project_id: int) -> list[Listed]:
    """Published open forms of a living project with their current versions, by name."""
    return [Listed(*row) for row in db.session.connection().execute(_OPEN, {"project": project_id})]


def one(version_id: int) -> Listed:
    """A certain version, as a list shows it."""
    return Listed(*db.session.connection().execute(_ONE, {"version": version_id}).one())


@dataclass(frozen=True, slots=True)
class Carried:
    """A slot that an entity list fills."""

    version_id: int
    name: str
    dataset_id: int


def carried(version_ids: list[int]) -> list[Carried]:
    """The slots of these versions that lists fill, by name."""
    if not version_ids:
        return []
    return [Carried(*row) for row in db.session.connection().execute(_LISTS, {"versions": version_ids})]


@dataclass(frozen=True, slots=True)
class Filled:
    """A slot that holds a file."""

    version_id: int
    name: str
    type: str
    sha256: str
    md5: str
    size: int


def filled(version_ids: list[int]) -> list[Filled]:
    """The filled slots of these versions, by name."""
    if not version_ids:
        return []
    return [Filled(*row) for row in db.session.connection().execute(_FILES, {"versions": version_ids})]
