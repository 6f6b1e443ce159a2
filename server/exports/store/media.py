"""The files that submissions came with, for archives (PROTOCOL §5 "media")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, select

from server.exports.store.wanted import NEWEST, Wanted, narrowed
from server.streams import Snapshot
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion

AUDIT = "/meta/audit"


@dataclass(frozen=True, slots=True)
class Medium:
    """A file under the name that its submission calls it by."""

    name: str
    sha256: str
    size: int
    instance_id: str


def media(snapshot: Snapshot, wanted: Wanted) -> Iterator[Medium]:
    """Every file that came, by name, the oldest of a name first. Audit logs are left out: they are a table of their own."""
    audit = SubmissionVersion.answers[AUDIT].as_string()
    statement = _files(wanted).where(audit.is_distinct_from(SubmissionAttachment.name)).order_by(
        SubmissionAttachment.name, Submission.id)
    for batch in snapshot.batches(statement):
        yield from (Medium(name, sha256, size or 0, instance_id) for name, sha256, size, instance_id in batch)


def audits(snapshot: Snapshot, wanted: Wanted) -> Iterator[Medium]:
    """The audit logs that came, newest submission first."""
    audit = SubmissionVersion.answers[AUDIT].as_string()
    for batch in snapshot.batches(_files(wanted).where(audit == SubmissionAttachment.name).order_by(*NEWEST)):
        yield from (Medium(name, sha256, size or 0, instance_id) for name, sha256, size, instance_id in batch)


def _files(wanted: Wanted) -> Select[tuple[str, str, int, str]]:
    files = SubmissionAttachment
    return narrowed(select(files.name, files.sha256, files.size, Submission.instance_id).select_from(Submission), wanted).join(
        files, files.version_id == SubmissionVersion.id).where(files.expected, files.sha256.is_not(None))
