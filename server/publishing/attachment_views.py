"""Routes of the files that travel with a form (PROTOCOL §3 "Form", §2.3)."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from flask import Response, g, request

from server import files
from server.blueprints import PUBLIC
from server.datasets import store as datasets
from server.datasets.store import EVERYTHING, Sight
from server.db import transaction
from server.downloads import download, sent
from server.files import Stored
from server.problems import Problem
from server.publishing import shown, store
from server.publishing.draft_views import DRAFT, READ, TRIAL, WRITE, drafted, on_trial
from server.publishing.form_views import FILL, FORM, fillable
from server.publishing.models import FormVersion
from server.publishing.room import room
from server.publishing.schemas import AttachmentChange, AttachmentShown, DatasetDiff
from server.publishing.version_views import VERSIONS, published
from server.schemas import SUCCESS, Success

IN_MEMORY = 1 << 20


CSV = "text/csv; charset=utf-8"


def _sight(project: int, form: str) -> Sight:
    return datasets.sight(g.caller, project, form=form)


def _list(version: FormVersion, seen: Sight) -> Any:
    slots = store.attachment_files([version.id])[version.id]
    tokens = datasets.tokens(datasets.by_ids(slot.dataset_id for slot, _ in slots if slot.dataset_id).values(), seen)
    return AttachmentShown(many=True).dump([shown.attachment(slot, blob, tokens.get(slot.dataset_id or 0)) for slot, blob in slots])


def _one(project: int, form: str, version: FormVersion, name: str) -> Any:
    return next(each for each in _list(version, _sight(project, form)) if each["name"] == name)


def _file(version: FormVersion, name: str, seen: Sight) -> Response:
    slot, blob = store.slot(version.id, name)
    if slot.dataset_id is not None:
        return _entities(slot.dataset_id, slot.name, seen)
    if blob is None:
        raise Problem("404.1", message=f"The file {name} was not uploaded yet.")
    return download(blob.sha256, slot.name, etag=blob.md5)


def _entities(dataset_id: int, name: str, seen: Sight) -> Response:
    """A list as the file that phones read; its token is its ETag, so what did not change is not read either."""
    found = datasets.by_ids([dataset_id])
    token = datasets.tokens(found.values(), seen).get(dataset_id, "")
    if request.if_none_match.contains_weak(token):
        return Response(status=304, headers={"ETag": f'"{token}"'})
    return sent(*datasets.phone_csv(found[dataset_id], seen), CSV, name, token)


@room.on("GET HEAD", f"{FORM}/attachments", FILL, answers=[AttachmentShown])
def list_attachments(project: int, form: str) -> Any:
    """The file slots of the published version."""
    return _list(fillable(project, form)[1], _sight(project, form))


@room.on("GET HEAD", f"{FORM}/attachments/<name>", FILL, gives="*/*", status="200 304")
def get_attachment(project: int, form: str, name: str) -> Response:
    """A file of the published version."""
    return _file(fillable(project, form)[1], name, _sight(project, form))


@room.on("GET HEAD", f"{VERSIONS}/<version>/attachments", READ, answers=[AttachmentShown], problems="404.6")
def list_version_attachments(project: int, form: str, version: str) -> Any:
    """The file slots of a published version."""
    return _list(published(project, form, version)[1], _sight(project, form))


@room.on("GET HEAD", f"{VERSIONS}/<version>/attachments/<name>", READ, gives="*/*", status="200 304", problems="404.6")
def get_version_attachment(project: int, form: str, version: str, name: str) -> Response:
    """A file of a published version."""
    return _file(published(project, form, version)[1], name, _sight(project, form))


@room.on("GET HEAD", f"{DRAFT}/attachments", READ, answers=[AttachmentShown])
def list_draft_attachments(project: int, form: str) -> Any:
    """The file slots of the draft."""
    return _list(drafted(project, form)[1], _sight(project, form))


@room.on("GET HEAD", f"{DRAFT}/attachments/<name>", READ, gives="*/*", status="200 304")
def get_draft_attachment(project: int, form: str, name: str) -> Response:
    """A file of the draft."""
    return _file(drafted(project, form)[1], name, _sight(project, form))


@room.on("GET HEAD", f"{TRIAL}/attachments/<name>", PUBLIC, gives="*/*", status="200 304", problems="404.4")
def get_trial_attachment(token: str, project: int, form: str, name: str) -> Response:
    """A file of a draft on trial."""
    return _file(on_trial(token, project, form)[1], name, EVERYTHING)


def receive_file(project: int, form: str, name: str) -> Stored:
    """Keep the body as it is, whatever its headers say of types and encodings: it is the file (PROTOCOL appendix A)."""
    with transaction(write=False):
        store.slot(drafted(project, form)[1].id, name)  # before a long upload, not after it
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as kept:
        body: IO[bytes] = kept  # type: ignore[assignment]
        while data := request.stream.read(files.CHUNK):
            body.write(data)
        body.seek(0)
        return files.keep(body, md5=True)


@room.on("POST", f"{DRAFT}/attachments/<name>", WRITE, answers=AttachmentShown, before=receive_file, takes="*/*")
def put_draft_attachment(project: int, form: str, name: str, came: Stored) -> Any:
    """Upload a file into a slot of the draft."""
    row, draft = drafted(project, form)
    slot, _ = store.slot(draft.id, name)
    store.set_file(row, slot, came, g.caller.actor_id)
    return _one(project, form, draft, name)


@room.on("PATCH", f"{DRAFT}/attachments/<name>", WRITE, body=AttachmentChange, answers=AttachmentShown)
def link_draft_attachment(project: int, form: str, name: str, body: dict[str, Any]) -> Any:
    """Let the entity list of the slot's name fill it, or no longer."""
    row, draft = drafted(project, form)
    slot, _ = store.slot(draft.id, name)
    store.link_list(row, slot, body["dataset"], g.caller.actor_id)
    return _one(project, form, draft, name)


@room.on("GET HEAD", f"{FORM}/dataset-diff", READ, answers=[DatasetDiff])
def list_datasets_of_form(project: int, form: str) -> Any:
    """The entity lists that the published version writes to, with all their properties."""
    row = store.get_form(project, form)
    version = store.current_version(row.id)
    if version is None:
        raise Problem("404.1", message=f"The form {form} was not published yet.")
    return shown.lists_of(row, version, with_new=False)


@room.on("GET HEAD", f"{DRAFT}/dataset-diff", READ, answers=[DatasetDiff])
def list_datasets_of_draft(project: int, form: str) -> Any:
    """What publishing the draft would make: lists and properties, and which of them are new."""
    return shown.lists_of(*drafted(project, form), with_new=True)


@room.on("DELETE", f"{DRAFT}/attachments/<name>", WRITE, answers=Success)
def clear_draft_attachment(project: int, form: str, name: str) -> Any:
    """Empty a slot of the draft."""
    row, draft = drafted(project, form)
    slot, blob = store.slot(draft.id, name)
    if blob is None and slot.dataset_id is None:
        raise Problem("404.1", message=f"The file {name} was not uploaded.")
    store.set_file(row, slot, None, g.caller.actor_id)
    return SUCCESS
