"""The one door: what arrives is read, decided upon, and written with its event in one transaction (PROTOCOL §2.6).

Three steps, so that nobody waits for a slow line or a slow disk: `plan` reads what is known and decides, `keep` makes
the files durable, `settle` writes the rows. Between them another copy may have arrived; the database's constraints
stop the second writer, and `settle` decides again on what is there then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any, Literal, cast

from sqlalchemy import Select, String, Table, and_, bindparam, select

from forms import Form, Instance
from server import files as place
from server import follow
from server.db import Id, begun, db, link, now, swift
from server.files import Stored
from server.grants import Caller
from server.prepared import Prepared
from server.problems import Problem
from server.projects.models import Project
from server.publishing.models import FormRow, FormVersion
from server.submissions.models import Submission, SubmissionVersion
from server.submissions.store import entities, rows
from server.submissions.store.facts import Facts, gather
from sync import decide as rules

ATTEMPTS = 4


@dataclass(slots=True)
class Sent:
    """A file that came along; `stored` once it is measured."""

    name: str
    source: IO[bytes]
    content_type: str | None = None
    stored: Stored | None = None

    def measured(self) -> Stored:
        if self.stored is None:
            self.stored = place.measure(self.source)
        return self.stored


@dataclass(frozen=True, slots=True)
class Post:
    """One POST as it came."""

    project_id: int
    instance: Instance
    caller: Caller
    files: tuple[Sent, ...] = ()
    device_id: str | None = None
    user_agent: str | None = None
    trial: bool = False
    xml_form_id: str = ""  # the form of the address, where it has one; else the XML's
    may_submit: bool | None = None
    closed_too: bool = False  # somebody who could open the form takes it in


@dataclass(frozen=True, slots=True)
class Target:
    """The form a POST is for, and the version that reads it."""

    form_id: int
    state: str
    xml_form_id: str
    version_id: int | None
    sha256: str
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stood:
    """A stored version as `sync.decide` sees it, and our numbers for it."""

    version: rules.Version
    id: int
    submission_id: int
    review_state: str | None


@dataclass(slots=True)
class Plan:
    """What is to be done with a POST; `files` are those that are not here yet."""

    post: Post
    xml_sha256: str
    arrival: rules.Arrival
    verdict: rules.Create | rules.AddAttachments | rules.Supersede
    target: Target
    stood: dict[str, Stood] = field(default_factory=dict)
    files: tuple[Sent, ...] = ()
    facts: Facts | None = None  # of a new version
    fresh: bool = True  # decided on what was known a moment ago, not yet tried

    @property
    def instance_id(self) -> str:
        return self.arrival.instance_id

    @property
    def alone(self) -> bool:
        """Whether a new record is all there is to write."""
        return self.is_new and not entities.wanted(self.post.trial, self.target, _definition(self.target))

    @property
    def is_new(self) -> bool:
        return isinstance(self.verdict, rules.Create)

    @property
    def is_edit(self) -> bool:
        return isinstance(self.verdict, rules.Supersede)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a POST, with the ids of its rows; `root_id` is the submission's first instance id."""

    done: Literal["created", "edited", "files added", "known"]
    submission_id: int
    version_id: int
    instance_id: str
    root_id: str
    instance_name: str | None = None
    files: tuple[int, int] | None = None  # expected by the XML, and of these here


def arrive(project_id: int, form_row: FormRow | None, instance: Instance, files: Iterable[Sent], caller: Caller,
           device_id: str | None = None, user_agent: str | None = None, *, draft: bool = False) -> Outcome:
    """Everything at once, in the running transaction: for callers whose files are at hand already.

    `form_row` None takes the form that the XML names. Raises the Problem of the refusal.
    """
    post = Post(project_id, instance, caller, tuple(files), device_id, user_agent, draft,
                form_row.xml_form_id if form_row else "")
    planned = plan(post)
    keep(planned)
    return settle(planned)


def plan(post: Post) -> Plan:
    """Decide what a POST means. Reads only. Raises the Problem of the refusal."""
    instance = post.instance
    xml_sha256 = hashlib.sha256(instance.xml).hexdigest()
    arrival = rules.Arrival(rules.identify(instance, xml_sha256), instance.deprecated_id, instance.version, xml_sha256,
                            tuple(sent.name for sent in post.files), post.trial)
    target, stood = _look_up(post, arrival)
    own, base = stood.get(arrival.instance_id), stood.get(arrival.deprecated_id or "")
    may = post.may_submit if post.may_submit is not None else (
        target is not None and post.caller.may("submission.create", post.project_id, target.xml_form_id))
    verdict = rules.decide(arrival, rules.Known(
        _state(target, post), bool(target and target.version_id is not None), may,
        own.version if own else None, base.version if base else None))
    if isinstance(verdict, rules.Refuse):
        details: dict[str, Any] = dict(verdict.details)
        raise Problem(verdict.code, message=verdict.message, reason=verdict.key, **details)
    assert target is not None
    planned = Plan(post, xml_sha256, arrival, verdict, target, stood, post.files)
    if not isinstance(verdict, rules.AddAttachments):
        planned.facts = _facts(planned)
    elif post.files:
        planned.files = tuple(rows.unlike(stood[verdict.version.instance_id].id, post.files))
    return planned


def _state(target: Target | None, post: Post) -> rules.State | None:
    if target is None:
        return None
    return "closing" if post.closed_too and target.state == "closed" else cast(rules.State, target.state)


def keep(planned: Plan) -> None:
    """Make the files of a plan durable; they are not visible before their rows."""
    for sent in planned.files:
        stored = sent.measured()
        place.keeper().keep(stored.sha256, sent.source)


def settle(planned: Plan) -> Outcome:
    """Write the rows and the event of a plan. When another one came first, decide again, up to a few times."""
    for _ in range(ATTEMPTS):
        if not planned.fresh:
            planned = _again(planned)
        planned.fresh = False
        done = _write(planned)
        if done is not None:
            return done
    raise Problem("409.9")


def _again(planned: Plan) -> Plan:
    renewed = plan(planned.post)
    keep(renewed)
    return renewed


def _write(planned: Plan) -> Outcome | None:
    match planned.verdict:
        case rules.Create():
            # The usual one is written without the session; unless that has begun something this belongs to.
            with swift() if planned.alone and not begun() else nullcontext():
                return _create(planned)
        case rules.Supersede():
            return _supersede(planned)
        case rules.AddAttachments(version=version):
            return _add_files(planned, planned.stood[version.instance_id])


def _facts(planned: Plan) -> Facts:
    post = planned.post
    areas = post.caller.areas("submission.create", post.project_id, planned.target.xml_form_id) or ("",)
    return gather(post.instance, _definition(planned.target), areas)


def _create(planned: Plan) -> Outcome:
    facts, at, instance_id = planned.facts, now(), planned.arrival.instance_id
    assert facts is not None
    submission_id, version_id = rows.create(planned, facts, at)
    entities.arrived(planned, _definition(planned.target), submission_id, version_id, instance_id)
    return Outcome("created", submission_id, version_id, instance_id, instance_id, facts.instance_name, _here(planned))


def _supersede(planned: Plan) -> Outcome | None:
    assert isinstance(planned.verdict, rules.Supersede)
    base = planned.stood[planned.verdict.base.instance_id]
    if not rows.retire(base.id):
        return None  # somebody else's edit came first
    facts, at = planned.facts, now()
    assert facts is not None
    version_id = rows.add_version(planned, base.submission_id, facts, at)
    sent = {item.name for item in planned.files}
    before = rows.filled(base.id)
    carried = {name: before[name] for name in rules.carried(facts.slots, sent, before)}
    rows.add_files(version_id, facts.slots, planned.files, at, carried)
    rows.renew(base.submission_id, facts, at)
    root = planned.verdict.base.root_id
    rows.log(planned, "submission.update.version", root, base.submission_id, version_id)
    db.session.expire_all()  # rows changed under the session's objects
    entities.arrived(planned, _definition(planned.target), base.submission_id, version_id, root)
    follow.changed(base.submission_id)
    return Outcome("edited", base.submission_id, version_id, planned.arrival.instance_id, root, facts.instance_name,
                   _here(planned, carried))


def _here(planned: Plan, carried: Collection[str] = ()) -> tuple[int, int]:
    """How many files the new version expects, and how many of them came or were carried over."""
    assert planned.facts is not None
    slots, sent = set(planned.facts.slots), {item.name for item in planned.files}
    return len(slots), len(slots & {*sent, *carried})


def _add_files(planned: Plan, stood: Stood) -> Outcome:
    root, own = stood.version.root_id, stood.version.instance_id
    if planned.files:
        rows.put_files(stood.submission_id, stood.id, planned.files, now())
        rows.log(planned, "submission.attachment.update", root, stood.submission_id, stood.id,
                 names=[sent.name for sent in planned.files])
        db.session.expire_all()
        if stood.version.current and stood.review_state is not None:
            follow.changed(stood.submission_id)
    counted = rows.count_files(stood.id) if planned.files else None
    return Outcome("files added" if planned.files else "known", stood.submission_id, stood.id, own, root, files=counted)


# One statement finds the form, the version that reads the instance, and what is stored under an instance id.
_form, _project = cast(Table, FormRow.__table__), cast(Table, Project.__table__)
_version, _submission = cast(Table, FormVersion.__table__), cast(Table, Submission.__table__)
_had = cast(Table, SubmissionVersion.__table__).alias("had")
_of = cast(Table, SubmissionVersion.__table__).alias("of")


def _statement(readable: Any, *, trial: bool) -> Select[Any]:
    return select(
        _form.c.id, _form.c.state, _form.c.xml_form_id, _version.c.id, _version.c.sha256, _version.c.created_at,
        _had.c.instance_id, _submission.c.instance_id, _had.c.xml_sha256, _had.c.current, _submission.c.deleted_at,
        _of.c.instance_id, _had.c.id, _submission.c.id, _submission.c.review_state,
    ).select_from(
        _form.join(_project, and_(_project.c.id == _form.c.project_id, _project.c.deleted_at.is_(None)))
        .outerjoin(_version, and_(_version.c.form_id == _form.c.id, readable))
        .outerjoin(_had, and_(_had.c.form_id == _form.c.id, _had.c.trial.is_(trial), _had.c.instance_id == bindparam("instance", type_=String)))
        .outerjoin(_submission, _submission.c.id == _had.c.submission_id)
        .outerjoin(_of, and_(_of.c.submission_id == _submission.c.id, _of.c.current))
    ).where(
        _form.c.project_id == bindparam("project", type_=Id), _form.c.xml_form_id == bindparam("form", type_=String), _form.c.deleted_at.is_(None)
    ).order_by(_version.c.id.desc())


_PUBLISHED = Prepared(lambda: _statement(
    and_(_version.c.version == bindparam("version", type_=String), _version.c.published_at.is_not(None)), trial=False))
_DRAFT = Prepared(lambda: _statement(_version.c.draft, trial=True))


def _look_up(post: Post, arrival: rules.Arrival) -> tuple[Target | None, dict[str, Stood]]:
    values = {"project": post.project_id, "form": post.xml_form_id or post.instance.xml_form_id, "version": post.instance.version}
    statement = _DRAFT if post.trial else _PUBLISHED
    found = link().rows(statement, {**values, "instance": arrival.instance_id})
    if not found or (post.trial and found[0][3] is None):
        return None, {}
    if arrival.deprecated_id:  # asked apart: with two ids in one statement PostgreSQL may plan to read the whole form
        found = found + link().rows(statement, {**values, "instance": arrival.deprecated_id})
    return Target(*found[0][:6]), {row[6]: _stood(*row[6:]) for row in found if row[6] is not None}


def _stood(own: str, root: str, sha256: str, current: bool, deleted: datetime | None, by: str | None, version_id: int,
           submission_id: int, state: str | None) -> Stood:
    version = rules.Version(own, root, sha256, current, deleted is not None, None if current else by)
    return Stood(version, version_id, submission_id, state)


_definitions: dict[tuple[Any, ...], Form] = {}


def _definition(target: Target) -> Form:
    """The form version that reads the instance; its row is opened once per process."""
    key = (target.version_id, target.sha256, target.created_at)
    known = _definitions.get(key)
    if known is None:
        from server.publishing.definitions import definition

        version = db.session.get(FormVersion, target.version_id)
        assert version is not None
        if len(_definitions) > 200:
            _definitions.clear()
        known = _definitions[key] = definition(version)
    return known

