"""What the door refused and keeps all the same, until somebody takes it in or discards it (PROTOCOL §B.3)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, exists, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased, undefer

from forms import Form, Instance
from server import events, files
from server.accounts.models import Actor
from server.areas import under
from server.db import db, now
from server.grants import Caller
from server.problems import Problem
from server.projects import store as projects
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.schemas import moment
from server.submissions.models import Quarantined, QuarantinedFile, SubmissionVersion
from server.submissions.store.arrival import Sent
from server.submissions.store.facts import gather
from server.submissions.store.rows import cut
from sync import decide as rules

log = logging.getLogger("pokja")
_BY_ITSELF = {"synchronize_session": False}  # the session's objects need not hear of a counter


@dataclass(frozen=True, slots=True)
class Refused:
    """A POST that was refused, its caller let in; `instance` is None when the XML cannot be read."""

    project_id: int
    caller: Caller
    problem: Problem
    xml: bytes
    instance: Instance | None
    files: tuple[Sent, ...] = ()
    device_id: str | None = None
    user_agent: str | None = None

    @property
    def xml_sha256(self) -> str:
        return hashlib.sha256(self.xml).hexdigest()


@dataclass(frozen=True, slots=True)
class Keeping:
    """What is to be kept of something refused: these files are not here yet, unless there is no room for all (`whole`).

    `area` and `name` are for a new row.
    """

    refused: Refused
    files: tuple[Sent, ...] = ()
    whole: bool = True
    area: str = ""
    name: str | None = None


def keeping(refused: Refused) -> Keeping | None:
    """Decide what to keep. Reads only. None: there is no such project, or no room for more."""
    if projects.find(refused.project_id) is None:
        return None
    known = _same(refused.project_id, refused.xml_sha256)
    if known is not None and known.state != "waiting":
        return Keeping(refused)
    here = {file.name: file.sha256 for file in files_of(known.id)} if known else {}
    new = tuple(sent for sent in refused.files if here.get(sent.name) != sent.measured().sha256)
    more = sum(sent.measured().size for sent in new) + (0 if known else len(refused.xml))
    if more and not _has_room(refused.project_id, more, new_row=known is None):
        return Keeping(refused, whole=False) if known else None
    area, name = _told_by(refused) if known is None else ("", None)
    return Keeping(refused, new, True, area, name)


def _same(project_id: int, xml_sha256: str) -> Quarantined | None:
    return db.session.scalar(select(Quarantined).where(
        Quarantined.project_id == project_id, Quarantined.xml_sha256 == xml_sha256))


def _has_room(project_id: int, more: int, *, new_row: bool) -> bool:
    """Whether the project's bounds leave room; when they do not, the log says so once."""
    config = current_app.extensions["pokja.config"]
    rows, size = db.session.execute(select(func.count(), func.coalesce(func.sum(Quarantined.size), 0)).where(
        Quarantined.project_id == project_id, *_in_state("waiting"))).one()
    full: set[int] = current_app.extensions.setdefault("pokja.quarantine full", set())
    if rows + new_row <= config["QUARANTINE_RECORDS"] and size + more <= config["QUARANTINE_MB"] << 20:
        full.discard(project_id)
        return True
    if project_id not in full:
        full.add(project_id)
        log.warning("the quarantine of project %s is full (%s records, %s MB): what is refused from now on is not kept",
                    project_id, rows, int(size) >> 20)
    return False


def _told_by(refused: Refused) -> tuple[str, str | None]:
    """Area and name, as far as a published version of the form can tell them."""
    if refused.instance is None:
        return "", None
    form = reading_form(refused.project_id, refused.instance)
    if form is None:
        return "", refused.instance.instance_name
    facts = gather(refused.instance, form)
    return facts.area, facts.instance_name


def reading_form(project_id: int, instance: Instance, version: str | None = None) -> Form | None:
    """The form that reads an instance: in `version`, its own version, else the newest one; None for an unknown form."""
    row = publishing.find_form(project_id, instance.xml_form_id)
    if row is None:
        return None
    wanted = instance.version if version is None else version
    found = publishing.published_version(row.id, wanted) or publishing.current_version(row.id)
    return publishing.definition(found) if found else None


def put_aside(kept: Keeping) -> bool:
    """Write what was decided, its files being durable. Whether all of it now waits for a decision."""
    refused, at = kept.refused, now()
    number = _add(kept, at)
    if number is None:  # it is here already, or the same came at the same moment
        number = db.session.scalars(select(Quarantined.id).where(
            Quarantined.project_id == refused.project_id, Quarantined.xml_sha256 == refused.xml_sha256).with_for_update()).one()
        newest = {"code": refused.problem.code, "reason": _reason(refused.problem), "message": refused.problem.message}
        again = update(Quarantined).where(Quarantined.id == number)
        db.session.execute(again.values(tries=Quarantined.tries + 1, last_seen_at=at), execution_options=_BY_ITSELF)
        waits = db.session.scalar(again.where(Quarantined.state == "waiting").values(newest).returning(Quarantined.id),
                                  execution_options=_BY_ITSELF)
        if waits is None:
            return False
    _add_files(number, kept.files)
    return kept.whole


def _add(kept: Keeping, at: datetime) -> int | None:
    """Write a new row; its number, or None when there is one of these bytes."""
    refused, instance = kept.refused, kept.refused.instance
    values: dict[str, Any] = {
        "project_id": refused.project_id, "state": "waiting", "code": refused.problem.code, "reason": _reason(refused.problem),
        "message": refused.problem.message, "area": kept.area, "instance_name": cut(kept.name, 500), "xml": refused.xml,
        "xml_sha256": refused.xml_sha256, "size": len(refused.xml), "submitter_id": refused.caller.actor_id,
        "device_id": cut(refused.device_id), "user_agent": cut(refused.user_agent), "tries": 1, "created_at": at,
        "last_seen_at": at, "xml_form_id": "", "form_version": "", "instance_id": "", "decision": ""}
    if instance is not None:
        values |= {"xml_form_id": instance.xml_form_id[:255], "form_version": instance.version[:255],
                   "instance_id": rules.identify(instance, refused.xml_sha256), "deprecated_id": instance.deprecated_id}
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    number = db.session.scalar(insert(Quarantined).values(values).on_conflict_do_nothing().returning(Quarantined.id))
    if number is not None:
        _record("submission.quarantine", refused.project_id, refused.caller.actor_id, number, values)
    return number


def _reason(problem: Problem) -> str:
    return str(problem.details.get("reason", ""))[:32]


def _add_files(number: int, new: Sequence[Sent]) -> None:
    """Write the files that are not here yet; of two of a name the later one counts."""
    there = {file.name: file for file in files_of(number)}
    for sent in sorted(new, key=lambda sent: sent.measured().sha256):  # in one order everywhere, see rows.py
        stored = sent.measured()
        files.register(stored)
        file = there.get(sent.name) or QuarantinedFile(quarantine_id=number, name=sent.name)
        file.sha256, file.size, file.content_type = stored.sha256, stored.size, cut(sent.content_type, 100)
        db.session.add(file)
    if new:
        db.session.execute(update(Quarantined).where(Quarantined.id == number).values(
            size=Quarantined.size + sum(sent.measured().size for sent in new)), execution_options=_BY_ITSELF)
    db.session.flush()


def _record(action: str, project_id: int, actor_id: int | None, number: int, told: Mapping[str, Any], **details: Any) -> None:
    events.record(action, project_id=project_id, actor_id=actor_id, subject=told["instance_id"], details={
        "quarantineId": number, "code": told["code"], "xmlFormId": told["xml_form_id"], "instanceId": told["instance_id"], **details})


def _decided(action: str, row: Quarantined, by: int | None, **details: Any) -> None:
    told = {"code": row.code, "xml_form_id": row.xml_form_id, "instance_id": row.instance_id}
    _record(action, row.project_id, by, row.id, told, **details)


# The same bytes came in by the door after all: the form was opened again, the original arrived.
_version, _form = SubmissionVersion.__table__.alias("arrived"), FormRow.__table__.alias("of")
_arrived: ColumnElement[bool] = exists(select(literal(1)).select_from(_version.join(_form, _form.c.id == _version.c.form_id)).where(
    _form.c.project_id == Quarantined.project_id, _form.c.xml_form_id == Quarantined.xml_form_id,
    _version.c.instance_id == Quarantined.instance_id, _version.c.trial.is_(False),
    _version.c.xml_sha256 == Quarantined.xml_sha256).correlate(Quarantined))


def _in_state(state: str) -> tuple[ColumnElement[bool], ...]:
    """`waiting`, `arrived` (of itself), `accepted`, `discarded`; `all` is no condition."""
    if state in ("waiting", "arrived"):
        return Quarantined.state == "waiting", _arrived if state == "arrived" else ~_arrived
    return () if state == "all" else (Quarantined.state == state,)


@dataclass(frozen=True, slots=True)
class Held:
    """Something in quarantine, with who sent it and who decided; `accepted_as` is the stored version's instance id."""

    row: Quarantined
    arrived: bool
    sender: Actor | None
    decider: Actor | None
    accepted_as: str | None

    @property
    def state(self) -> str:
        return "arrived" if self.row.state == "waiting" and self.arrived else self.row.state

    @property
    def readable(self) -> bool:
        return bool(self.row.instance_id)


_sender, _decider = aliased(Actor), aliased(Actor)


def _held(project_id: int, areas: Iterable[str]) -> Any:
    return (select(Quarantined, _arrived, _sender, _decider, SubmissionVersion.instance_id)
            .outerjoin(_sender, _sender.id == Quarantined.submitter_id).outerjoin(_decider, _decider.id == Quarantined.decided_by)
            .outerjoin(SubmissionVersion, SubmissionVersion.id == Quarantined.version_id)
            .where(Quarantined.project_id == project_id, under(Quarantined.area, areas)))


def held(project_id: int, areas: Iterable[str], state: str = "waiting", *, limit: int | None = None, offset: int = 0) -> list[Held]:
    """What is kept of these areas, last seen first. What has no area is for whoever may see the whole project."""
    wanted = _held(project_id, areas).where(*_in_state(state)).order_by(Quarantined.last_seen_at.desc(), Quarantined.id.desc())
    return [Held(*row) for row in db.session.execute(wanted.limit(limit).offset(offset))]


def held_one(project_id: int, areas: Iterable[str], number: int) -> Held:
    """One of them with its XML, or the problem 404.1."""
    wanted = _held(project_id, areas).where(Quarantined.id == number).options(undefer(Quarantined.xml))
    found = db.session.execute(wanted).first()
    if found is None:
        raise Problem("404.1", message=f"There is no number {number} in the quarantine.")
    return Held(*found)


def held_counts(project_id: int, areas: Iterable[str]) -> dict[str, int]:
    """How many there are in each state."""
    each = select(Quarantined.state, _arrived.label("arrived")).where(
        Quarantined.project_id == project_id, under(Quarantined.area, areas)).subquery()
    rows = db.session.execute(select(each.c.state, each.c.arrived, func.count()).group_by(each.c.state, each.c.arrived))
    found = dict.fromkeys(("waiting", "arrived", "accepted", "discarded"), 0)
    for state, arrived, number in rows:
        found["arrived" if state == "waiting" and arrived else state] += number
    return found


def held_waiting(project_id: int, areas: Iterable[str]) -> int:
    """How many want a decision."""
    return db.session.scalar(select(func.count()).where(
        Quarantined.project_id == project_id, under(Quarantined.area, areas), *_in_state("waiting"))) or 0


def files_of(number: int) -> list[QuarantinedFile]:
    """The files that came with it, by name."""
    return list(db.session.scalars(select(QuarantinedFile).where(
        QuarantinedFile.quarantine_id == number).order_by(QuarantinedFile.name)))


def discard(row: Quarantined, why: str, by: int | None) -> None:
    """Nobody needs it: it stays as it is, marked so. Raises 400.2 without a reason, 409.32 when it was decided on."""
    if not why.strip():
        raise Problem("400.2", field="reason")
    hold_waiting(row, "waiting")
    _decide(row, "discarded", by, why.strip()[:5000])
    _decided("submission.quarantine.discard", row, by, reason=row.decision[:500])


def accepted(row: Quarantined, version_id: int, by: int | None, **details: Any) -> None:
    """It was taken in as this version."""
    row.version_id = version_id
    _decide(row, "accepted", by, "")
    _decided("submission.quarantine.accept", row, by, versionId=version_id, **details)


def hold_waiting(row: Quarantined, *states: str) -> None:
    """Two deciders at once queue here. Raises 409.32 when it is in none of these states any more."""
    db.session.execute(select(Quarantined.id).where(Quarantined.id == row.id).with_for_update())
    db.session.refresh(row)
    if row.state not in states:
        raise Problem("409.32", state=row.state, at=moment(row.decided_at))


def _decide(row: Quarantined, state: str, by: int | None, why: str) -> None:
    row.state, row.decided_by, row.decided_at, row.decision = state, by, now(), why
    db.session.flush()


def accepted_as(project_id: int, instance: Instance) -> Instance | None:
    """The instance under the version and the id by which it was taken in; None unless exactly these bytes were."""
    found = db.session.execute(
        select(FormVersion.version, SubmissionVersion.instance_id).select_from(Quarantined)
        .join(SubmissionVersion, SubmissionVersion.id == Quarantined.version_id)
        .join(FormVersion, FormVersion.id == SubmissionVersion.form_version_id)
        .where(Quarantined.project_id == project_id, Quarantined.state == "accepted",
               Quarantined.xml_sha256 == hashlib.sha256(instance.xml).hexdigest())).first()
    if found is None:
        return None
    return replace(instance, version=found[0], instance_id=found[1], deprecated_id=None)
