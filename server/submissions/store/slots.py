"""One file of a stored version: put into its slot, or taken out (PROTOCOL §3 "attachments")."""

from __future__ import annotations

from sqlalchemy import select

from server import events, files, follow
from server.db import db, now
from server.files import Stored
from server.problems import Problem
from server.submissions.models import TO_WEIGH, Submission, SubmissionAttachment, SubmissionVersion


def slot(version_id: int, name: str) -> SubmissionAttachment:
    """The slot of that name, or the problem 404.1: only what the XML names has one."""
    found = db.session.scalar(select(SubmissionAttachment).where(
        SubmissionAttachment.version_id == version_id, SubmissionAttachment.name == name, SubmissionAttachment.expected))
    if found is None:
        raise Problem("404.1", message=f"The submission names no file {name}.")
    return found


def fill(submission: Submission, version: SubmissionVersion, name: str, stored: Stored | None, content_type: str | None,
         project_id: int, actor_id: int | None) -> None:
    """Put a kept file into a slot, or with None empty it."""
    place = slot(version.id, name)
    if stored is not None:
        files.register(stored)
    place.sha256, place.size = (stored.sha256, stored.size) if stored else (None, None)
    place.content_type = (content_type or "").replace("\0", "")[:100] or None
    place.updated_at = now()
    submission.risk = TO_WEIGH
    db.session.flush()
    events.record("submission.attachment.update", project_id=project_id, actor_id=actor_id, subject=submission.instance_id,
                  details={"submissionId": submission.id, "versionId": version.id, "instanceId": version.instance_id,
                           "names": [name], "sha256": place.sha256})
    if version.current:
        follow.changed(submission.id)


def missing(name: str) -> Problem:
    """The problem of a slot whose file has not come yet."""
    return Problem("404.1", message=f"The file {name} is not here yet.")
