"""Submissions as plain tuples in batches, with what OData and CSV say of each (DESIGN §9: tens of thousands a second)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Integer, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from server.accounts.models import Actor
from server.exports.store.sql import stored_answers, wire_moment
from server.exports.store.wanted import Wanted, narrowed, paged
from server.publishing.models import FormVersion
from server.streams import Snapshot
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion

BATCH = 500
NO_FILES = (0, 0)
_NOTHING: dict[str, str] = {}


class Record(NamedTuple):
    """One submission: moments as the wire shows them, the answers of the current version."""

    id: int
    version_id: int
    instance_id: str
    created_at: str
    updated_at: str | None
    deleted_at: str | None
    submitter_id: int | None
    submitter: str | None
    review_state: str | None
    device_id: str | None
    edits: int
    first_form: int
    stored: str | bytes
    first_version: str
    answers: dict[str, str]
    files: tuple[int, int]  # how many of the files that the version names came; how many it names


def records(snapshot: Snapshot, wanted: Wanted, *, opened: bool = True) -> Iterator[Record]:
    """The submissions one after the other; a batch of rows is in memory, but the answers of one only.

    Unless `opened`, the answers are for the caller to read from what is `stored`, and empty here.
    """
    versions, loads, make = _versions(snapshot, wanted.form_id), orjson.loads if opened else _unopened, Record._make
    steps = _batches(snapshot, wanted)
    for batch, files in snapshot.ahead(steps):
        for row in batch:
            yield make((*row, versions.get(row[11], ""), loads(row[12]), files.get(row[1], NO_FILES)))


def _unopened(_stored: str | bytes) -> dict[str, str]:
    return _NOTHING


def _batches(snapshot: Snapshot, wanted: Wanted) -> Iterator[tuple[list[tuple[Any, ...]], dict[int, tuple[int, int]]]]:
    for batch in snapshot.batches(_statement(snapshot, wanted), BATCH):
        yield batch, attachments(snapshot, [row[1] for row in batch])


def _statement(snapshot: Snapshot, wanted: Wanted) -> Any:
    first = SubmissionVersion.__table__.alias("first")
    # Most were never edited: then the current version is the first, and the second look is not taken.
    first_form = case((Submission.edits == 0, SubmissionVersion.form_version_id), else_=select(first.c.form_version_id).where(
        first.c.submission_id == Submission.id).order_by(first.c.id).limit(1).scalar_subquery())
    columns = (Submission.id, SubmissionVersion.id, Submission.instance_id, wire_moment(Submission.created_at),
               wire_moment(Submission.updated_at), wire_moment(Submission.deleted_at), Submission.submitter_id,
               Actor.display_name, Submission.review_state, Submission.device_id, Submission.edits, first_form,
               stored_answers(snapshot.connection))
    return paged(narrowed(select(*columns).select_from(Submission), wanted)
                 .outerjoin(Actor, Actor.id == Submission.submitter_id), wanted)


def answers(snapshot: Snapshot, wanted: Wanted) -> Iterator[dict[str, str]]:
    """Only the answers, in no order."""
    statement = narrowed(select(stored_answers(snapshot.connection)).select_from(Submission), wanted)
    for batch in snapshot.batches(statement, BATCH):
        for (found,) in batch:
            yield orjson.loads(found)


def attachments(snapshot: Snapshot, version_ids: list[int]) -> dict[int, tuple[int, int]]:
    """How many of the files that a version names came, and how many it names; versions that name none are left out."""
    files = SubmissionAttachment.__table__.c
    statement = select(files.version_id, func.count(files.sha256), func.count()).where(files.expected)
    if snapshot.postgresql:
        statement = statement.where(files.version_id == func.any(bindparam("ids", version_ids, ARRAY(Integer))))
    elif max(version_ids) - min(version_ids) < 4 * len(version_ids):
        statement = statement.where(files.version_id.between(min(version_ids), max(version_ids)))  # one look instead of many
    else:
        listed = func.json_each(orjson.dumps(version_ids).decode()).table_valued("value")
        statement = statement.where(files.version_id.in_(select(listed.c.value)))
    return {row[0]: (row[1], row[2]) for row in snapshot.connection.execute(statement.group_by(files.version_id))}


def _versions(snapshot: Snapshot, form_id: int) -> dict[int, str]:
    return {row[0]: row[1] for row in snapshot.connection.execute(
        select(FormVersion.id, FormVersion.version).where(FormVersion.form_id == form_id))}
