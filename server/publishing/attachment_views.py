"""Routes of the files that travel with a form (PROTOCOL §3 "Form", §2.3)."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from flask import Response, g, request

from server import files
from server.blueprints import PUBLIC
from server.db import transaction
from server.downloads import download
from server.files import Stored
from server.problems import Problem
from server.publishing import shown, store
from server.publishing.draft_views import DRAFT, READ, TRIAL, WRITE, drafted, on_trial
from server.publishing.form_views import FILL, FORM, fillable
from server.publishing.models import FormVersion
from server.publishing.room import room
from server.publishing.schemas import AttachmentShown
from server.publishing.version_views import VERSIONS, published
from server.schemas import SUCCESS, Success

IN_MEMORY = 1 << 20


def _list(version: FormVersion) -> Any:
    slots = store.attachment_files([version.id])[version.id]
    return AttachmentShown(many=True).dump([shown.attachment(*each) for each in slots])


def _file(version: FormVersion, name: str) -> Response:
    slot, blob = store.slot(version.id, name)
    if blob is None:
        raise Problem("404.1", message=f"The file {name} was not uploaded yet.")
    return download(blob.sha256, slot.name, etag=blob.md5)


@room.on("GET HEAD", f"{FORM}/attachments", FILL, answers=AttachmentShown)
def list_attachments(project: int, form: str) -> Any:
    """The file slots of the published version."""
    return _list(fillable(project, form)[1])


@room.on("GET HEAD", f"{FORM}/attachments/<name>", FILL)
def get_attachment(project: int, form: str, name: str) -> Response:
    """A file of the published version."""
    return _file(fillable(project, form)[1], name)


@room.on("GET HEAD", f"{VERSIONS}/<version>/attachments", READ, answers=AttachmentShown)
def list_version_attachments(project: int, form: str, version: str) -> Any:
    """The file slots of a published version."""
    return _list(published(project, form, version)[1])


@room.on("GET HEAD", f"{VERSIONS}/<version>/attachments/<name>", READ)
def get_version_attachment(project: int, form: str, version: str, name: str) -> Response:
    """A file of a published version."""
    return _file(published(project, form, version)[1], name)


@room.on("GET HEAD", f"{DRAFT}/attachments", READ, answers=AttachmentShown)
def list_draft_attachments(project: int, form: str) -> Any:
    """The file slots of the draft."""
    return _list(drafted(project, form)[1])


@room.on("GET HEAD", f"{DRAFT}/attachments/<name>", READ)
def get_draft_attachment(project: int, form: str, name: str) -> Response:
    """A file of the draft."""
    return _file(drafted(project, form)[1], name)


@room.on("GET HEAD", f"{TRIAL}/attachments/<name>", PUBLIC)
def get_trial_attachment(token: str, project: int, form: str, name: str) -> Response:
    """A file of a draft on trial."""
    return _file(on_trial(token, project, form)[1], name)


def receive_file(project: int, form: str, name: str) -> Stored:
    """Keep the body as it is, whatever its headers say of types and encodings: it is the file (PROTOCOL appendix A)."""
    with transaction(write=False):
        store.slot(drafted(project, form)[1].id, name)  # before a long upload, not after it
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as kept:
        body: IO[bytes] = kept  # type: ignore[assignment]
        while data := request.stream.read(files.CHUNK):
            body.write(data)
        body.seek(0)
        return files.keep(body)


@room.on("POST", f"{DRAFT}/attachments/<name>", WRITE, answers=AttachmentShown, before=receive_file)
def put_draft_attachment(project: int, form: str, name: str, came: Stored) -> Any:
    """Upload a file into a slot of the draft."""
    row, draft = drafted(project, form)
    slot, _ = store.slot(draft.id, name)
    store.set_file(row, slot, came, g.caller.actor_id)
    return AttachmentShown().dump(shown.attachment(*store.slot(draft.id, name)))


@room.on("DELETE", f"{DRAFT}/attachments/<name>", WRITE, answers=Success)
def clear_draft_attachment(project: int, form: str, name: str) -> Any:
    """Empty a slot of the draft."""
    row, draft = drafted(project, form)
    slot, blob = store.slot(draft.id, name)
    if blob is None:
        raise Problem("404.1", message=f"The file {name} was not uploaded.")
    store.set_file(row, slot, None, g.caller.actor_id)
    return SUCCESS
