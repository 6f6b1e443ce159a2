"""Statements that write forms: drafts, publishing, files, trash; and all that read them (PROTOCOL §3, DESIGN §4.1)."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from forms.form import Form, Slot, to_json
from forms.version import with_version
from forms.workbook import Workbook
from server import events, files, follow
from server.accounts.store import new_token
from server.datasets import store as datasets
from server.db import db, now
from server.problems import Problem
from server.publishing import checks, sources
from server.publishing.definitions import declarations, definition, rubric
from server.publishing.models import FormAttachment, FormRow, FormVersion
from server.publishing.reading_store import (
    area_path,
    attachment_files,
    attachments,
    carrying_lists,
    current_version,
    draft_by_token,
    draft_version,
    find_form,
    find_slot,
    forms_of,
    get_form,
    kind_path,
    listing,
    period_path,
    published_version,
    shown_version,
    slot,
    tally,
    versions,
)
from server.publishing.sources import Source

__all__ = [
    "area_path", "attachment_files", "attachments", "carrying_lists", "create_draft", "create_form", "current_version", "declarations", "definition",
    "delete_draft", "delete_form", "draft_by_token", "draft_version", "find_form", "find_slot", "forms_of", "get_form",
    "kind_path", "link_list", "listing", "period_path", "publish_draft", "publish_workbook", "published_version", "restore_form",
    "rubric", "set_file", "set_state", "shown_version", "slot", "tally", "versions",
]


def create_form(project_id: int, source: Source, actor_id: int | None = None, *, ignore_warnings: bool = True,
                publish: bool = False) -> tuple[FormRow, FormVersion]:
    """A new form with a draft, or published at once.

    Raises 409.3 when the id is taken, 400.16 on warnings that are not to be ignored.
    """
    taken_id = source.form.xml_form_id
    if find_form(project_id, taken_id):
        raise Problem("409.3", what="A form with the id", value=taken_id, fields=["projectId", "xmlFormId"],
                      values=[project_id, taken_id])
    if not ignore_warnings:
        checks.warn(source.form, None, id_in_trash=_in_trash(project_id, taken_id))
    form = FormRow(project_id=project_id, xml_form_id=taken_id, creator_id=actor_id, created_at=now())
    db.session.add(form)
    db.session.flush()
    _record("form.create", form, actor_id, {"version": source.form.version})
    draft = _write_draft(form, source, actor_id, {})
    if publish:
        publish_draft(form, actor_id)
    return form, draft


def create_draft(form: FormRow, source: Source | None, actor_id: int | None = None, *,
                 ignore_warnings: bool = True) -> FormVersion:
    """A new draft in place of the present one; without a source it copies the published version, files included.

    Raises 400.8 when the source is another form, 400.16 and 400.17 as the checks find.
    """
    hold(form)
    current = current_version(form.id)
    if source is None:
        if current is None:
            raise Problem("400.2", field="The form definition", message=(
                f"The form {form.xml_form_id} has no published version to copy; send the form itself."))
        source = Source(definition(current), current.rubric, workbook_type=current.workbook_type)
        carried, workbook = _fillings(current), current.workbook_sha256
    else:
        _check_draft(form, source, current, ignore_warnings)
        carried, workbook = _fillings(current) | _fillings(draft_version(form.id)), None
    old = draft_version(form.id)
    token = old.draft_token if old else None
    _drop_draft(form, old)
    draft = _write_draft(form, source, actor_id, carried, token, workbook)
    _record("form.update.draft.set", form, actor_id, {"version": draft.version})
    return draft


def hold(form: FormRow) -> None:
    """Let changes of one form's versions wait for each other; what is read after this is what the other one left."""
    db.session.execute(select(FormRow.id).where(FormRow.id == form.id).with_for_update())


def _check_draft(form: FormRow, source: Source, current: FormVersion | None, ignore_warnings: bool) -> None:
    if source.form.xml_form_id != form.xml_form_id:
        raise Problem("400.8", field="xmlFormId", value=source.form.xml_form_id,
                      reason=f"the form at this address is {form.xml_form_id}.")
    checks.refuse_changed_types(source.form, (definition(version) for version in versions(form.id)))
    if not ignore_warnings:
        checks.warn(source.form, definition(current) if current else None)


def publish_draft(form: FormRow, actor_id: int | None = None, version: str | None = None) -> FormVersion:
    """Freeze the draft as the version that phones get; `version` is written into the XML first.

    Raises 404.1 without a draft, 409.6 when that version was published before.
    """
    hold(form)
    draft = draft_version(form.id)
    if draft is None:
        raise Problem("404.1", message=f"The form {form.xml_form_id} has no draft.")
    version = draft.version if version is None else version
    if len(version) > 255:
        raise Problem("400.13", field="version", max=255)
    if not version.isprintable():
        raise Problem("400.8", field="version", value=ascii(version), reason="it holds signs that cannot be shown.")
    if published_version(form.id, version):
        raise Problem("409.6", version=version or "“”", xml_form_id=form.xml_form_id)
    follow.trials_ended(form.id)
    if version != draft.version:
        _write_definition(draft, with_version(definition(draft), version))
    at = now()
    db.session.execute(update(FormVersion).where(FormVersion.form_id == form.id, FormVersion.current).values(current=False))
    draft.draft, draft.current, draft.published_at, draft.draft_token = False, True, at, None
    form.updated_at = at
    db.session.flush()
    datasets.declare(form.project_id, form.id, declarations(draft), area_path(definition(draft)), actor_id)
    _record("form.update.publish", form, actor_id, {"version": version, "hash": draft.md5})
    follow.published(form.id)
    return draft


def publish_workbook(project_id: int, workbook: Workbook | Source, actor_id: int | None = None,
                     data: bytes | None = None, content_type: str = sources.XLSX) -> FormVersion:
    """Publish a workbook as a new form or as the next version of its form.

    Publishing what is published already changes nothing. Other content under a version that was published
    before is the problem 409.6: phones would not notice it.
    """
    source = workbook if isinstance(workbook, Source) else sources.from_workbook(workbook, None, data, content_type)
    form = find_form(project_id, source.form.xml_form_id)
    if form is None:
        return create_form(project_id, source, actor_id, publish=True)[1]
    current = current_version(form.id)
    if current and current.sha256 == hashlib.sha256(source.form.xml).hexdigest() and current.rubric == source.rubric:
        return current
    create_draft(form, source, actor_id)
    return publish_draft(form, actor_id)


def delete_draft(form: FormRow, actor_id: int | None) -> None:
    """Drop the draft. Raises 404.1 without one, 409.7 when nothing would remain of the form."""
    hold(form)
    draft = draft_version(form.id)
    if draft is None:
        raise Problem("404.1", message=f"The form {form.xml_form_id} has no draft.")
    if current_version(form.id) is None:
        raise Problem("409.7")
    _drop_draft(form, draft)
    _record("form.update.draft.delete", form, actor_id, {"version": draft.version})


def set_state(form: FormRow, state: str, actor_id: int | None) -> None:
    """Open, closing or closed: whether phones list the form, and whether it takes submissions."""
    if form.state != state:
        form.state, form.updated_at = state, now()
        db.session.flush()
        _record("form.update", form, actor_id, {"state": state})


def delete_form(form: FormRow, actor_id: int | None) -> None:
    """Put a form into the trash; its id becomes free."""
    form.deleted_at = now()
    db.session.flush()
    _record("form.delete", form, actor_id)


def restore_form(project_id: int, form_id: int, actor_id: int | None) -> FormRow:
    """Take a form out of the trash. Raises 404.1, and 409.3 when its id was taken meanwhile."""
    form = db.session.scalar(select(FormRow).where(
        FormRow.id == form_id, FormRow.project_id == project_id, FormRow.deleted_at.is_not(None)))
    if form is None:
        raise Problem("404.1", message=f"There is no form {form_id} in the trash of this project.")
    if find_form(project_id, form.xml_form_id):
        raise Problem("409.3", what="A form with the id", value=form.xml_form_id, fields=["projectId", "xmlFormId"],
                      values=[project_id, form.xml_form_id])
    form.deleted_at = None
    db.session.flush()
    _record("form.restore", form, actor_id)
    return form


def set_file(form: FormRow, attachment: FormAttachment, stored: files.Stored | None, actor_id: int | None) -> None:
    """Fill the slot of a draft with a kept file, or empty it."""
    hold(form)
    draft = draft_version(form.id)
    if draft is None or draft.id != attachment.version_id:
        raise Problem("404.1", message=f"The draft of {form.xml_form_id} was published or replaced meanwhile.")
    if stored is not None:
        files.register(stored)
    attachment.sha256, attachment.dataset_id = (stored.sha256 if stored else None), None
    attachment.updated_at = now()
    db.session.flush()
    _record("form.attachment.update", form, actor_id, {"name": attachment.name, "sha256": attachment.sha256})


def link_list(form: FormRow, attachment: FormAttachment, linked: bool, actor_id: int | None) -> None:
    """Let the entity list of a slot's name fill it in place of a file, or no longer. Raises 404.7 without such a list."""
    hold(form)
    draft = draft_version(form.id)
    if draft is None or draft.id != attachment.version_id:
        raise Problem("404.1", message=f"The draft of {form.xml_form_id} was published or replaced meanwhile.")
    name = attachment.name.removesuffix(".csv")
    dataset = datasets.find_list(form.project_id, name) if attachment.type == "file" and name != attachment.name else None
    if linked and dataset is None:
        raise Problem("404.7", name=name)
    attachment.dataset_id = dataset.id if linked and dataset else None
    attachment.sha256 = None if linked else attachment.sha256
    attachment.updated_at = now()
    db.session.flush()
    _record("form.attachment.update", form, actor_id, {"name": attachment.name, "dataset": name if linked else None})


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills a slot: a kept file, or an entity list."""

    sha256: str | None = None
    dataset_id: int | None = None


def _write_draft(form: FormRow, source: Source, actor_id: int | None, carried: dict[tuple[str, str], Filling],
                 token: str | None = None, workbook: str | None = None) -> FormVersion:
    draft = FormVersion(form_id=form.id, draft=True, rubric=source.rubric, creator_id=actor_id, created_at=now(),
                        draft_token=token or new_token(), workbook_type=source.workbook_type,
                        workbook_sha256=_keep(source.workbook) or workbook)
    _write_definition(draft, source.form)
    db.session.add(draft)
    db.session.flush()
    at = draft.created_at
    for expected in source.form.slots:
        filling = carried.get((expected.name, expected.type)) or _list_named(form, expected)
        db.session.add(FormAttachment(
            version_id=draft.id, name=expected.name, type=expected.type, sha256=filling.sha256 if filling else None,
            dataset_id=filling.dataset_id if filling else None, updated_at=at if filling else None))
    db.session.flush()
    return draft


def _list_named(form: FormRow, expected: Slot) -> Filling | None:
    """An empty slot `x.csv` is filled by the entity list `x`."""
    name = expected.name.removesuffix(".csv")
    dataset = datasets.find_list(form.project_id, name) if expected.type == "file" and name != expected.name else None
    return Filling(dataset_id=dataset.id) if dataset else None


def _write_definition(version: FormVersion, form: Form) -> None:
    version.version, version.title, version.xml = form.version, form.title[:500], form.xml
    version.md5 = hashlib.md5(form.xml, usedforsecurity=False).hexdigest()
    version.sha1 = hashlib.sha1(form.xml, usedforsecurity=False).hexdigest()
    version.sha256 = hashlib.sha256(form.xml).hexdigest()
    version.definition = to_json(form)


def _keep(data: bytes | None) -> str | None:
    if data is None:
        return None
    stored = files.keep(io.BytesIO(data))
    files.register(stored)
    return stored.sha256


def _fillings(version: FormVersion | None) -> dict[tuple[str, str], Filling]:
    found: Sequence[FormAttachment] = attachments(version.id) if version else ()
    return {(each.name, each.type): Filling(each.sha256, each.dataset_id) for each in found if each.sha256 or each.dataset_id}


def _drop_draft(form: FormRow, draft: FormVersion | None) -> None:
    if draft is None:
        return
    follow.trials_ended(form.id)
    db.session.execute(delete(FormAttachment).where(FormAttachment.version_id == draft.id))
    db.session.execute(delete(FormVersion).where(FormVersion.id == draft.id))
    db.session.expunge(draft)


def _in_trash(project_id: int, xml_form_id: str) -> bool:
    return db.session.scalar(select(FormRow.id).where(
        FormRow.project_id == project_id, FormRow.xml_form_id == xml_form_id,
        FormRow.deleted_at.is_not(None)).limit(1)) is not None


def _record(action: str, form: FormRow, actor_id: int | None, details: dict[str, object] | None = None) -> None:
    events.record(action, project_id=form.project_id, actor_id=actor_id, subject=str(form.id),
                  details={"xmlFormId": form.xml_form_id, **(details or {})})
