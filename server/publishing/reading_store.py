"""Statements that read forms, their versions and files (PROTOCOL §3 "Form")."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, text

from forms.form import Form
from server import files
from server.areas import under
from server.db import db
from server.problems import Problem
from server.projects.models import Project
from server.publishing.models import FormAttachment, FormRow, FormVersion


def find_form(project_id: int, xml_form_id: str) -> FormRow | None:
    """The living form of that id in a living project."""
    return db.session.scalar(select(FormRow).join(Project, (Project.id == FormRow.project_id) & Project.deleted_at.is_(None)).where(
        FormRow.project_id == project_id, FormRow.xml_form_id == xml_form_id, FormRow.deleted_at.is_(None)))


def get_form(project_id: int, xml_form_id: str) -> FormRow:
    """The living form of that id, or the problem 404.1."""
    form = find_form(project_id, xml_form_id)
    if form is None:
        raise Problem("404.1", message=f"There is no form {xml_form_id} in this project.")
    return form


def current_version(form_id: int) -> FormVersion | None:
    """The published version that phones get."""
    return db.session.scalar(select(FormVersion).where(FormVersion.form_id == form_id, FormVersion.current))


def draft_version(form_id: int) -> FormVersion | None:
    return db.session.scalar(select(FormVersion).where(FormVersion.form_id == form_id, FormVersion.draft))


def shown_version(form_id: int) -> FormVersion | None:
    """The published version, or the draft of a form that was never published."""
    return current_version(form_id) or draft_version(form_id)


def published_version(form_id: int, version: str) -> FormVersion | None:
    """The newest version ever published under that version text."""
    return db.session.scalar(select(FormVersion).where(
        FormVersion.form_id == form_id, FormVersion.version == version, FormVersion.published_at.is_not(None))
        .order_by(FormVersion.id.desc()).limit(1))


def versions(form_id: int) -> list[FormVersion]:
    """All published versions, newest first."""
    return list(db.session.scalars(select(FormVersion).where(
        FormVersion.form_id == form_id, FormVersion.published_at.is_not(None))
        .order_by(FormVersion.published_at.desc(), FormVersion.id.desc())))


def draft_by_token(token: str) -> tuple[FormRow, FormVersion] | None:
    """The living form whose draft is tried under this token."""
    row = db.session.execute(select(FormRow, FormVersion).join(FormVersion, FormVersion.form_id == FormRow.id).where(
        FormVersion.draft_token == token, FormVersion.draft, FormRow.deleted_at.is_(None))).first()
    return (row[0], row[1]) if row else None


def forms_of(project_id: int) -> list[tuple[FormRow, FormVersion]]:
    """The living published forms of a project with their current versions, by title."""
    rows = db.session.execute(
        select(FormRow, FormVersion).join(FormVersion, (FormVersion.form_id == FormRow.id) & FormVersion.current)
        .where(FormRow.project_id == project_id, FormRow.deleted_at.is_(None))
        .order_by(func.lower(FormVersion.title), FormRow.xml_form_id))
    return [(form, version) for form, version in rows]


def listing(project_id: int, *, deleted: bool = False) -> list[tuple[FormRow, FormVersion]]:
    """Forms with the version a list shows (`shown_version`), by id of the form: living ones, or those in the trash."""
    gone = FormRow.deleted_at.is_not(None) if deleted else FormRow.deleted_at.is_(None)
    rows = db.session.execute(
        select(FormRow, FormVersion).join(FormVersion, (FormVersion.form_id == FormRow.id)
                                          & (FormVersion.current | FormVersion.draft))
        .where(FormRow.project_id == project_id, gone).order_by(FormRow.xml_form_id, FormRow.id, FormVersion.current))
    shown = {form.id: (form, version) for form, version in rows}  # the current version comes last and stays
    return list(shown.values())


def attachments(version_id: int) -> list[FormAttachment]:
    """The file slots of a version, by name."""
    return list(db.session.scalars(select(FormAttachment).where(
        FormAttachment.version_id == version_id).order_by(FormAttachment.name)))


def attachment_files(version_ids: Iterable[int]) -> dict[int, list[tuple[FormAttachment, files.Blob | None]]]:
    """The slots of several versions, by name, each with what is known of its file; one statement for all."""
    found: dict[int, list[tuple[FormAttachment, files.Blob | None]]] = {version_id: [] for version_id in version_ids}
    rows = db.session.execute(
        select(FormAttachment, files.Blob).outerjoin(files.Blob, files.Blob.sha256 == FormAttachment.sha256)
        .where(FormAttachment.version_id.in_(list(found))).order_by(FormAttachment.name))
    for attachment, blob in rows:
        found[attachment.version_id].append((attachment, blob))
    return found


def carrying_lists(version_ids: Iterable[int]) -> set[int]:
    """Ids of the forms of these versions that carry an entity list."""
    return set(db.session.scalars(select(FormVersion.form_id).join(FormAttachment, FormAttachment.version_id == FormVersion.id).where(
        FormVersion.id.in_(list(version_ids)), FormAttachment.dataset_id.is_not(None))))


def find_slot(version_id: int, name: str) -> tuple[FormAttachment, files.Blob | None] | None:
    row = db.session.execute(
        select(FormAttachment, files.Blob).outerjoin(files.Blob, files.Blob.sha256 == FormAttachment.sha256)
        .where(FormAttachment.version_id == version_id, FormAttachment.name == name)).first()
    return (row[0], row[1]) if row else None


def slot(version_id: int, name: str) -> tuple[FormAttachment, files.Blob | None]:
    """A file slot of a version, or the problem 404.1."""
    found = find_slot(version_id, name)
    if found is None:
        raise Problem("404.1", message=f"The form has no attachment named {name}.")
    return found


def area_path(form: Form) -> str | None:
    """Path of the field that holds the village code, as the settings name it ("/identitas/desa")."""
    return _named(form, "area_field")


def period_path(form: Form) -> str | None:
    """Path of the field that holds the period."""
    return _named(form, "period_field")


def kind_path(form: Form) -> str | None:
    """Path of the field that tells which kind of assessment it is."""
    return _named(form, "kind_field")


def _named(form: Form, setting: str) -> str | None:
    name = form.settings.get(setting, "")
    found = form.field(name) if name else None
    return found.path if found else None


def tally(form_id: int, areas: tuple[str, ...]) -> dict[str, Any]:
    """How many submissions of these areas there are, how many wait in which state, and when the newest came.

    The table belongs to a room above this one, so it is read by name.
    """
    of = db.metadata.tables["submissions"].c
    shown = (of.form_id == form_id, of.deleted_at.is_(None), under(of.area, areas))
    # In the words of the index ix_submissions_touched, which is enough to count by.
    rows = db.session.execute(select(of.review_state, func.count()).where(*shown, text("NOT submissions.trial")).group_by(of.review_state))
    by_state: dict[str | None, int] = dict(rows.tuples().all())
    newest: datetime | None = db.session.scalar(
        select(of.created_at).where(*shown, of.trial.is_(False)).order_by(of.created_at.desc(), of.id.desc()).limit(1))
    return {"submissions": sum(by_state.values()), "last_submission": newest,
            "review_states": {"received": by_state.get(None, 0), "has_issues": by_state.get("hasIssues", 0),
                              "edited": by_state.get("edited", 0)}}
