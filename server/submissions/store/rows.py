"""Rows of an arrival, written with prepared statements: this is the busiest path of the server (DESIGN §9)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, CursorResult, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server import events
from server.files import Blob
from server.submissions.models import Submission, SubmissionAttachment, SubmissionVersion
from server.submissions.store.facts import Facts

if TYPE_CHECKING:
    from server.submissions.store.arrival import Plan, Sent

# Plain tables, not the classes: no flush, no identity map, no expiry on this path.
_submissions = cast(Table, Submission.__table__)
_versions = cast(Table, SubmissionVersion.__table__)
_attachments = cast(Table, SubmissionAttachment.__table__)
_blobs = cast(Table, Blob.__table__)
_ADD_SUBMISSION = insert(_submissions)
_ADD_VERSION = insert(_versions)
_ADD_ATTACHMENT = insert(_attachments)
_ADD_BLOB = {"postgresql": postgresql.insert(_blobs).on_conflict_do_nothing(),
             "sqlite": sqlite.insert(_blobs).on_conflict_do_nothing()}
_RETIRE = update(_versions).where(_versions.c.id == bindparam("which"), _versions.c.current).values(current=False)
_FILES = select(_attachments.c.name, _attachments.c.id, _attachments.c.sha256, _attachments.c.size,
                _attachments.c.content_type, _attachments.c.updated_at).where(_attachments.c.version_id == bindparam("which"))
_COUNT = select(func.count(), func.count(_attachments.c.sha256)).where(
    _attachments.c.version_id == bindparam("which"), _attachments.c.expected)
_FILL = update(_attachments).where(_attachments.c.id == bindparam("which"))


def add_new(connection: Connection, planned: Plan, facts: Facts, at: datetime) -> tuple[int, int]:
    """Write the rows of a new submission and its first version; their ids.

    The constraint on instance ids stops a second one. On PostgreSQL both rows go in one statement: a journey less.
    """
    first, second = _submission(planned, facts, at), _version(planned, facts, at)
    if connection.dialect.name == "postgresql":
        values = {f"s_{name}": value for name, value in first.items()} | {f"v_{name}": value for name, value in second.items()}
        row = connection.execute(_ADD_BOTH, values).one()
        return int(row[0]), int(row[1])
    submission_id = _id(connection.execute(_ADD_SUBMISSION, first))
    return submission_id, _id(connection.execute(_ADD_VERSION, {**second, "submission_id": submission_id}))


def add_version(connection: Connection, planned: Plan, submission_id: int, facts: Facts, at: datetime) -> int:
    """Write the row of a new current version; its id."""
    return _id(connection.execute(_ADD_VERSION, {**_version(planned, facts, at), "submission_id": submission_id}))


def _id(done: CursorResult[Any]) -> int:
    return int(done.inserted_primary_key[0])  # type: ignore[index]


def _submission(planned: Plan, facts: Facts, at: datetime) -> dict[str, Any]:
    post = planned.post
    return {"form_id": planned.target.form_id, "trial": post.trial, "instance_id": planned.arrival.instance_id,
            "submitter_id": post.caller.actor_id, "device_id": cut(post.device_id), "review_state": None,
            "area": facts.area, "period": facts.period, "kind": facts.kind, "instance_name": facts.instance_name,
            "edits": 0, "created_at": at, "updated_at": None, "deleted_at": None}


def _version(planned: Plan, facts: Facts, at: datetime) -> dict[str, Any]:
    post = planned.post
    return {"form_id": planned.target.form_id, "trial": post.trial, "form_version_id": planned.target.version_id,
            "current": True, "instance_id": planned.arrival.instance_id, "instance_name": facts.instance_name,
            "xml": post.instance.xml, "xml_sha256": planned.xml_sha256, "answers": facts.answers,
            "disagreements": facts.disagreements, "submitter_id": post.caller.actor_id, "device_id": cut(post.device_id),
            "user_agent": cut(post.user_agent), "created_at": at}


def _both() -> Any:
    """Submission and first version in one statement of PostgreSQL; parameters `s_…` and `v_…`."""
    new = insert(_submissions).values({column.name: bindparam(f"s_{column.name}", type_=column.type)
                                       for column in _submissions.c if column.name != "id"}).returning(_submissions.c.id).cte("new")
    names = [column.name for column in _versions.c if column.name not in ("id", "submission_id")]
    source = select(new.c.id, *(bindparam(f"v_{name}", type_=_versions.c[name].type) for name in names))
    return insert(_versions).from_select(["submission_id", *names], source).returning(_versions.c.submission_id, _versions.c.id)


_ADD_BOTH = _both()


def add_files(connection: Connection, version_id: int, slots: Sequence[str], files: Sequence[Sent], at: datetime,
              carried: Mapping[str, Any] | None = None) -> None:
    """Write the slots of a new version, filled with what came, what is carried over, or nothing; then the strays."""
    sent = {item.name: item for item in files}
    _register(connection, files, at)
    written = []
    for name in dict.fromkeys([*slots, *sent]):
        item, before = sent.get(name), (carried or {}).get(name)
        row = {"version_id": version_id, "name": name, "expected": name in slots, "sha256": None, "size": None,
               "content_type": None, "updated_at": None}
        if item is not None:
            row |= filling(item, at)
        elif before is not None:
            row |= {"sha256": before.sha256, "size": before.size, "content_type": before.content_type,
                    "updated_at": before.updated_at}
        written.append(row)
    if written:
        connection.execute(_ADD_ATTACHMENT, written)


def put_files(connection: Connection, version_id: int, files: Sequence[Sent], at: datetime) -> None:
    """Fill the slots of a stored version; a file that no slot names becomes a stray."""
    _register(connection, files, at)
    known = {row.name: row.id for row in connection.execute(_FILES, {"which": version_id})}
    for item in files:
        if item.name in known:
            connection.execute(_FILL.values(**filling(item, at)), {"which": known[item.name]})
        else:
            connection.execute(_ADD_ATTACHMENT, {"version_id": version_id, "name": item.name, "expected": False,
                                                 **filling(item, at)})


def filling(item: Sent, at: datetime) -> dict[str, Any]:
    stored = item.measured()
    return {"sha256": stored.sha256, "size": stored.size, "content_type": cut(item.content_type, 100), "updated_at": at}


def unlike(connection: Connection, version_id: int, files: Iterable[Sent]) -> list[Sent]:
    """Of these files, those that are not there yet with the same bytes."""
    known = {row.name: row.sha256 for row in connection.execute(_FILES, {"which": version_id})}
    return [item for item in files if known.get(item.name) != item.measured().sha256]


def filled(connection: Connection, version_id: int) -> dict[str, Any]:
    """The files that a version really has, by name."""
    return {row.name: row for row in connection.execute(_FILES, {"which": version_id}) if row.sha256 is not None}


def count_files(connection: Connection, version_id: int) -> tuple[int, int]:
    """How many files a version expects, and how many of them are here."""
    expected, here = connection.execute(_COUNT, {"which": version_id}).one()
    return expected, here


def retire(connection: Connection, version_id: int) -> bool:
    """Make a version no longer the current one; False when it was not any more."""
    return connection.execute(_RETIRE, {"which": version_id}).rowcount == 1


def renew(connection: Connection, submission_id: int, facts: Facts, at: datetime) -> None:
    """Bring a submission's row up to its new version."""
    connection.execute(update(_submissions).where(_submissions.c.id == submission_id).values(
        review_state="edited", area=facts.area, period=facts.period, kind=facts.kind, instance_name=facts.instance_name,
        edits=_submissions.c.edits + 1, updated_at=at))


def log(planned: Plan, action: str, root_id: str, submission_id: int, version_id: int,
        names: Collection[str] | None = None) -> None:
    """Write the event of an arrival; trials of a draft leave no trace."""
    if planned.post.trial:
        return
    details: dict[str, Any] = {"submissionId": submission_id, "versionId": version_id, "xmlFormId": planned.target.xml_form_id,
                               "instanceId": planned.arrival.instance_id}
    if names is not None:
        details["names"] = list(names)[:50]
    events.record(action, project_id=planned.post.project_id, actor_id=planned.post.caller.actor_id, subject=root_id,
                  details=details)


def cut(text: str | None, length: int = 255) -> str | None:
    """A foreign text as a column takes it: never an error (PROTOCOL §2.6)."""
    return None if text is None else text.replace("\0", "")[:length]


def _register(connection: Connection, files: Sequence[Sent], at: datetime) -> None:
    stored = {item.measured().sha256: item.measured() for item in files}
    if stored:
        # In one order everywhere, or two POSTs with the same two pictures could wait for each other for ever.
        connection.execute(_ADD_BLOB[connection.dialect.name], [
            {"sha256": one.sha256, "md5": one.md5, "size": one.size, "created_at": at}
            for _, one in sorted(stored.items())])
