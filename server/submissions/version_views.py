"""Routes of a submission's versions and what each edit changed (PROTOCOL §3)."""

from __future__ import annotations

import itertools
import re
from typing import Any

from flask import Response

from forms.diff import diff
from server.lists import extended
from server.submissions import file_views, store
from server.submissions.models import SubmissionVersion
from server.submissions.room import ONE, READ, record, room
from server.submissions.schemas import AttachmentShown, VersionExtended, VersionShown

VERSION = f"{ONE}/versions/<version>"
_STEP = re.compile(r"(.*)\[(\d+)\]\Z", re.DOTALL)


def _shown(versions: list[SubmissionVersion]) -> list[dict[str, Any]]:
    if not extended():
        plain: list[dict[str, Any]] = VersionShown(many=True).dump(versions)
        return plain
    people = store.actors(version.submitter_id for version in versions)
    fields = ("instance_id", "instance_name", "current", "submitter_id", "device_id", "user_agent", "created_at")
    told: list[dict[str, Any]] = VersionExtended(many=True).dump(
        [{name: getattr(version, name) for name in fields} | {"submitter": people.get(version.submitter_id or 0)}
         for version in versions])
    return told


@room.on("GET HEAD", f"{ONE}/versions", READ, answers=[VersionShown])
def versions(project: int, form: str, instance: str) -> list[dict[str, Any]]:
    """All versions, newest first."""
    return _shown(store.versions(record(project, form, instance)[1].id))


@room.on("GET HEAD", VERSION, READ, answers=VersionShown)
def version(project: int, form: str, instance: str, version: str) -> dict[str, Any]:
    """One version."""
    return _shown([_version(project, form, instance, version)])[0]


def _version(project: int, form: str, instance: str, version: str) -> SubmissionVersion:
    return store.version_of(record(project, form, instance)[1].id, version)


@room.on("GET HEAD", f"{VERSION}.xml", READ, gives="application/xml", status="200 304")
def version_xml(project: int, form: str, instance: str, version: str) -> Response:
    """The exact bytes of a version."""
    return file_views.as_xml(_version(project, form, instance, version))


@room.on("GET HEAD", f"{VERSION}/attachments", READ, answers=[AttachmentShown])
def version_attachments(project: int, form: str, instance: str, version: str) -> list[dict[str, Any]]:
    """The files that a version names."""
    return file_views.shown(_version(project, form, instance, version).id)


@room.on("GET HEAD", f"{VERSION}/attachments/<name>", READ, gives="*/*", status="200 304")
def version_attachment(project: int, form: str, instance: str, version: str, name: str) -> Response:
    """One file of a version."""
    return file_views.file_of(_version(project, form, instance, version).id, name)


@room.on("GET HEAD", f"{ONE}/diffs", READ)
def diffs(project: int, form: str, instance: str) -> dict[str, Any]:
    """Per version but the first: what changed against the one before."""
    found = store.versions(record(project, form, instance)[1].id)
    return {new.instance_id: [_change(change.path, change.old, change.new) for change in diff(old.answers, new.answers)]
            for new, old in itertools.pairwise(found)}


def _change(path: str, old: str | None, new: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"path": [_step(step) for step in path.strip("/").split("/")]}
    return told | ({} if old is None else {"old": old}) | ({} if new is None else {"new": new})


def _step(step: str) -> str | list[Any]:
    counted = _STEP.match(step)
    # Positions are counted from 0 on the wire, from 1 in our paths.
    return [counted[1], int(counted[2]) - 1] if counted else step
