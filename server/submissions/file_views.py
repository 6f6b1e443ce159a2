"""Routes of a submission's bytes: its XML and its files (PROTOCOL §3 "attachments")."""

from __future__ import annotations

import tempfile
from typing import Any

from flask import Response, g, request

from server import files
from server.db import transaction
from server.downloads import download
from server.files import Stored
from server.schemas import SUCCESS, Success
from server.submissions import store
from server.submissions.addresses import moved
from server.submissions.models import SubmissionVersion
from server.submissions.room import ALL, ONE, READ, UPDATE, record, room
from server.submissions.schemas import AttachmentShown

IN_MEMORY = 1 << 20
CHUNK = 256 << 10


@room.on("GET HEAD", f"{ALL}/<instance>.xml", READ, gives="application/xml", status="200 301 304")
def submission_xml(project: int, form: str, instance: str) -> Response:
    """The exact bytes of the current version."""
    _, found = record(project, form, instance)
    if instance != found.instance_id:
        return moved(project, form, found.instance_id, instance, ".xml")
    return as_xml(store.current(found.id))


def as_xml(version: SubmissionVersion) -> Response:
    response = Response(version.xml, content_type="application/xml; charset=utf-8")
    response.set_etag(version.xml_sha256)
    response.make_conditional(request)
    return response


@room.on("GET HEAD", f"{ONE}/attachments", READ, answers=[AttachmentShown])
def attachments(project: int, form: str, instance: str) -> list[dict[str, Any]]:
    """The files that the XML names, and whether they are here."""
    _, found = record(project, form, instance)
    return shown(store.current(found.id).id)


def shown(version_id: int) -> list[dict[str, Any]]:
    return [{"name": slot.name, "exists": slot.sha256 is not None} for slot in store.attachments(version_id)]


@room.on("GET HEAD", f"{ONE}/attachments/<name>", READ, gives="*/*", status="200 304")
def attachment(project: int, form: str, instance: str, name: str) -> Response:
    """One file of the current version."""
    _, found = record(project, form, instance)
    return file_of(store.current(found.id).id, name)


def file_of(version_id: int, name: str) -> Response:
    """The file in a slot; 404.1 while it is empty."""
    slot = store.slot(version_id, name)
    if slot.sha256 is None:
        raise store.missing(name)
    return download(slot.sha256, slot.name, slot.content_type)


def receive_file(project: int, form: str, instance: str, name: str) -> Stored:
    """Make the body durable as a file, once it is certain that the submission names it."""
    with transaction(False):
        store.slot(store.current(record(project, form, instance, "submission.update")[1].id).id, name)
    body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed below)
    with body:
        while part := request.stream.read(CHUNK):
            body.write(part)
        body.seek(0)
        return files.keep(body)


@room.on("POST", f"{ONE}/attachments/<name>", UPDATE, answers=Success, before=receive_file, takes="*/*")
def add_attachment(project: int, form: str, instance: str, name: str, came: Stored) -> dict[str, bool]:
    """Put a file into its slot; the body is the file, whatever Content-Encoding says of it."""
    _, found = record(project, form, instance, "submission.update")
    store.fill(found, store.current(found.id), name, came, request.mimetype, project, g.caller.actor_id)
    return SUCCESS


@room.on("DELETE", f"{ONE}/attachments/<name>", UPDATE, answers=Success)
def clear_attachment(project: int, form: str, instance: str, name: str) -> dict[str, bool]:
    """Empty a slot; the bytes stay in the store."""
    _, found = record(project, form, instance, "submission.update")
    version = store.current(found.id)
    if store.slot(version.id, name).sha256 is None:
        raise store.missing(name)
    store.fill(found, version, name, None, None, project, g.caller.actor_id)
    return SUCCESS
