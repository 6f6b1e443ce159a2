"""Rows of an arrival, written with prepared statements: this is the busiest path of the server (DESIGN §9)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from typing import cast as known_as

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    String,
    Table,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from server import events
from server.db import Instant, link
from server.files import Blob
from server.prepared import Prepared
from server.submissions.models import TO_WEIGH, Submission, SubmissionAttachment, SubmissionVersion
from server.submissions.store.facts import Facts

if TYPE_CHECKING:
    from server.submissions.store.arrival import Plan, Sent

# Plain tables, not the classes: no flush, no identity map, no expiry on this path.
_submissions = known_as(Table, Submission.__table__)
_versions = known_as(Table, SubmissionVersion.__table__)
_attachments = known_as(Table, SubmissionAttachment.__table__)
_blobs = known_as(Table, Blob.__table__)
_events = known_as(Table, events.Event.__table__)


def _given(prefix: str, columns: Iterable[Column[Any]]) -> dict[str, Any]:
    """A parameter for each column, named after it."""
    return {column.name: bindparam(f"{prefix}_{column.name}", type_=column.type) for column in columns}


def _but(table: Table, *names: str) -> list[Column[Any]]:
    return [column for column in table.c if column.name not in names]


_ADD_SUBMISSION = Prepared(lambda: insert(_submissions).values(_given("s", _but(_submissions, "id"))).returning(_submissions.c.id))
_ADD_VERSION = Prepared(lambda: insert(_versions).values(_given("v", _but(_versions, "id"))).returning(_versions.c.id))
_ADD_ATTACHMENT = Prepared(lambda: insert(_attachments).inline().values(_given("a", _but(_attachments, "id"))))
_ADD_BLOB = {
    "postgresql": Prepared(lambda: postgresql.insert(_blobs).values(_given("b", _blobs.c)).on_conflict_do_nothing()),
    "sqlite": Prepared(lambda: sqlite.insert(_blobs).values(_given("b", _blobs.c)).on_conflict_do_nothing())}
_FILLED = ("sha256", "size", "content_type", "updated_at")
_RENEWED = ("area", "period", "kind", "instance_name", "updated_at")
_WHICH = bindparam("which", type_=BigInteger)
_RETIRE = Prepared(lambda: update(_versions).where(_versions.c.id == _WHICH, _versions.c.current).values(current=False))
_FILES = Prepared(lambda: select(
    _attachments.c.name, _attachments.c.id, _attachments.c.sha256, _attachments.c.size, _attachments.c.content_type,
    _attachments.c.updated_at).where(_attachments.c.version_id == _WHICH))
_COUNT = Prepared(lambda: select(func.count(), func.count(_attachments.c.sha256)).where(
    _attachments.c.version_id == _WHICH, _attachments.c.expected))
_FILL = Prepared(lambda: update(_attachments).where(_attachments.c.id == _WHICH).values(
    _given("a", (_attachments.c[name] for name in _FILLED))))
_RENEW = Prepared(lambda: update(_submissions).where(_submissions.c.id == _WHICH).values(
    {**_given("s", (_submissions.c[name] for name in _RENEWED)), "review_state": "edited", "risk": TO_WEIGH, "edits": _submissions.c.edits + 1}))
_TO_WEIGH = Prepared(lambda: update(_submissions).where(_submissions.c.id == _WHICH).values(risk=TO_WEIGH))


def create(planned: Plan, facts: Facts, at: datetime) -> tuple[int, int]:
    """Write a new submission, its first version, its files and its event; the ids of the first two.

    The constraint on instance ids stops a second one. On PostgreSQL everything goes in one statement: one journey.
    """
    files = _slots(facts.slots, planned.files, at)
    values = _submission(planned, facts, at) | _version(planned, facts, at)
    if link().postgresql:
        if files:
            values |= {"files": _listed(files), "blobs": _listed(_stored(planned.files, at))}
        if not planned.post.trial:
            values |= _line(planned, "submission.create", at)
        row = link().rows(_ADD_ALL[bool(files), not planned.post.trial], values)[0]
        return int(row[0]), int(row[1])
    submission_id = int(link().rows(_ADD_SUBMISSION, values)[0][0])
    version_id = int(link().rows(_ADD_VERSION, {**values, "v_submission_id": submission_id})[0][0])
    _add_files(version_id, files, planned.files, at)
    log(planned, "submission.create", planned.arrival.instance_id, submission_id, version_id)
    return submission_id, version_id


def add_version(planned: Plan, submission_id: int, facts: Facts, at: datetime) -> int:
    """Write the row of a new current version; its id."""
    return int(link().rows(_ADD_VERSION, {**_version(planned, facts, at), "v_submission_id": submission_id})[0][0])


def _submission(planned: Plan, facts: Facts, at: datetime) -> dict[str, Any]:
    post = planned.post
    return {"s_form_id": planned.target.form_id, "s_trial": post.trial, "s_instance_id": planned.arrival.instance_id,
            "s_submitter_id": post.caller.actor_id, "s_device_id": cut(post.device_id), "s_review_state": None,
            "s_area": facts.area, "s_period": facts.period, "s_kind": facts.kind, "s_instance_name": facts.instance_name,
            "s_edits": 0, "s_risk": TO_WEIGH, "s_created_at": at, "s_updated_at": None, "s_deleted_at": None}


def _version(planned: Plan, facts: Facts, at: datetime) -> dict[str, Any]:
    post = planned.post
    return {"v_form_id": planned.target.form_id, "v_trial": post.trial, "v_form_version_id": planned.target.version_id,
            "v_current": True, "v_instance_id": planned.arrival.instance_id, "v_instance_name": facts.instance_name,
            "v_xml": post.instance.xml, "v_xml_sha256": planned.xml_sha256, "v_answers": facts.answers,
            "v_disagreements": facts.disagreements, "v_submitter_id": post.caller.actor_id, "v_device_id": cut(post.device_id),
            "v_user_agent": cut(post.user_agent), "v_created_at": at}


def _all(with_files: bool, with_event: bool) -> Any:
    """Everything a new submission writes, as one statement of PostgreSQL."""
    new = insert(_submissions).values(_given("s", _but(_submissions, "id"))).returning(_submissions.c.id).cte("new")
    given = _given("v", _but(_versions, "id", "submission_id"))
    version = insert(_versions).from_select(["submission_id", *given], select(new.c.id, *given.values())).returning(
        _versions.c.submission_id, _versions.c.id).cte("version")
    done = select(version.c.submission_id, version.c.id)
    if with_files:
        done = done.add_cte(_all_files(version), _all_blobs())
    if with_event:
        line = _given("e", (_events.c[name] for name in events.COLUMNS)) | {"details": func.json_build_object(
            "submissionId", version.c.submission_id, "versionId", version.c.id,
            "xmlFormId", bindparam("e_form", type_=String), "instanceId", bindparam("e_subject", type_=String))}
        done = done.add_cte(insert(_events).inline().from_select(list(line), select(*line.values()), include_defaults=False).cte("line"))
    return done


_FILE = {"a_name": String(), "a_expected": Boolean(), "a_sha256": String(), "a_size": BigInteger(), "a_content_type": String(),
         "a_updated_at": Instant()}
_STORED = {"b_sha256": String(), "b_md5": String(), "b_size": BigInteger(), "b_created_at": Instant()}


def _table(name: str, columns: Mapping[str, Any]) -> Any:
    """A parameter that is a JSON list of objects, as a table."""
    text = bindparam(name, type_=String)
    return func.json_to_recordset(cast(text, JSON)).table_valued(
        *(column(each, kind) for each, kind in columns.items())).render_derived(name=f"given_{name}", with_types=True)


def _all_files(version: Any) -> Any:
    came = _table("files", _FILE)
    return insert(_attachments).inline().from_select(
        ["version_id", *(name.removeprefix("a_") for name in _FILE)], select(version.c.id, *came.c).select_from(version.join(came, true())),
        include_defaults=False).cte("files")


def _all_blobs() -> Any:
    came = _table("blobs", _STORED)
    return postgresql.insert(_blobs).inline().from_select(
        [name.removeprefix("b_") for name in _STORED], select(*came.c)).on_conflict_do_nothing().cte("blobs")


_ADD_ALL = {(files, event): Prepared(lambda files=files, event=event: _all(files, event))  # type: ignore[misc]
            for files in (True, False) for event in (True, False)}


def _listed(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as the parameter of `_table`."""
    return orjson.dumps(rows).decode()


def add_files(version_id: int, slots: Sequence[str], files: Sequence[Sent], at: datetime, carried: Mapping[str, Any]) -> None:
    """Write the slots of a new version, filled with what came, what is carried over, or nothing; then the strays."""
    _add_files(version_id, _slots(slots, files, at, carried), files, at)


def _slots(slots: Sequence[str], files: Sequence[Sent], at: datetime, carried: Mapping[str, Any] | None = None,
           ) -> list[dict[str, Any]]:
    sent, expected = {item.name: item for item in files}, set(slots)
    rows = []
    for name in dict.fromkeys([*slots, *sent]):
        item, before = sent.get(name), (carried or {}).get(name)
        row: dict[str, Any] = {"a_name": name, "a_expected": name in expected, "a_sha256": None, "a_size": None,
                               "a_content_type": None, "a_updated_at": None}
        if item is not None:
            row |= filling(item, at)
        elif before is not None:
            row |= {f"a_{column}": value for column, value in zip(_FILLED, before[2:], strict=True)}
        rows.append(row)
    return rows


def _add_files(version_id: int, rows: Sequence[dict[str, Any]], files: Sequence[Sent], at: datetime) -> None:
    _register(files, at)
    link().many(_ADD_ATTACHMENT, [{**row, "a_version_id": version_id} for row in rows])


def put_files(submission_id: int, version_id: int, files: Sequence[Sent], at: datetime) -> None:
    """Fill the slots of a stored version; a file that no slot names becomes a stray. The submission is weighed again."""
    _register(files, at)
    link().run(_TO_WEIGH, {"which": submission_id})
    known = {row[0]: row[1] for row in link().rows(_FILES, {"which": version_id})}
    for item in files:
        if item.name in known:
            link().run(_FILL, {"which": known[item.name], **filling(item, at)})
        else:
            link().run(_ADD_ATTACHMENT, {"a_version_id": version_id, "a_name": item.name, "a_expected": False, **filling(item, at)})


def filling(item: Sent, at: datetime) -> dict[str, Any]:
    stored = item.measured()
    return {"a_sha256": stored.sha256, "a_size": stored.size, "a_content_type": cut(item.content_type, 100), "a_updated_at": at}


def unlike(version_id: int, files: Iterable[Sent]) -> list[Sent]:
    """Of these files, those that are not there yet with the same bytes."""
    known = {row[0]: row[2] for row in link().rows(_FILES, {"which": version_id})}
    return [item for item in files if known.get(item.name) != item.measured().sha256]


def filled(version_id: int) -> dict[str, Any]:
    """The files that a version really has, by name: rows of name, id and the columns `_FILLED`."""
    return {row[0]: row for row in link().rows(_FILES, {"which": version_id}) if row[2] is not None}


def count_files(version_id: int) -> tuple[int, int]:
    """How many files a version expects, and how many of them are here."""
    expected, here = link().rows(_COUNT, {"which": version_id})[0]
    return expected, here


def retire(version_id: int) -> bool:
    """Make a version no longer the current one; False when it was not any more."""
    return link().run(_RETIRE, {"which": version_id}) == 1


def renew(submission_id: int, facts: Facts, at: datetime) -> None:
    """Bring a submission's row up to its new version."""
    link().run(_RENEW, {"which": submission_id, "s_area": facts.area, "s_period": facts.period, "s_kind": facts.kind,
                        "s_instance_name": facts.instance_name, "s_updated_at": at})


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


def _line(planned: Plan, action: str, at: datetime) -> dict[str, Any]:
    """The same event as parameters of `_all`, which knows the ids itself."""
    return {"e_action": action, "e_project_id": planned.post.project_id, "e_actor_id": planned.post.caller.actor_id,
            "e_subject": planned.arrival.instance_id, "e_form": planned.target.xml_form_id, "e_logged_at": at}


def cut(text: str | None, length: int = 255) -> str | None:
    """A foreign text as a column takes it: never an error (PROTOCOL §2.6)."""
    return None if text is None else text.replace("\0", "")[:length]


def _stored(files: Sequence[Sent], at: datetime) -> list[dict[str, Any]]:
    stored = {item.measured().sha256: item.measured() for item in files}
    # In one order everywhere, or two POSTs with the same two pictures could wait for each other for ever.
    return [{"b_sha256": one.sha256, "b_md5": one.md5, "b_size": one.size, "b_created_at": at} for _, one in sorted(stored.items())]


def _register(files: Sequence[Sent], at: datetime) -> None:
    if files:
        link().many(_ADD_BLOB[link().dialect.name], _stored(files, at))
