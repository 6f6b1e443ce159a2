"""What submissions want of entities: once each, in order of arrival, and never at the submission's cost (PROTOCOL §6)."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.exc import IntegrityError, OperationalError

from forms.entities import Action, Fault
from server import events
from server.datasets import entity_store, list_store
from server.datasets.entity_store import Branch, Maker
from server.datasets.given import Given
from server.datasets.models import Dataset, EntityVersion, Wish
from server.db import db, now
from server.grants import covers
from server.problems import Problem
from sync.entities import PATIENCE, Content, Create, Fail, Hold, Link, Standing, Update, decide

log = logging.getLogger("pokja")
_OPEN = ("held", "waiting")


def receive(project_id: int, instance_id: str, wanted: Sequence[Action | Fault], maker: Maker, areas: Iterable[str] = ("",)) -> None:
    """A version of a submission arrived: do what it wants, in its order.

    What fails is noted as an event `entity.error` of the submission; the submission itself is not touched. `areas` are
    the sender's: what lies outside them waits for approval.
    """
    lists = {each.name: each for each in list_store.listing(project_id)}
    touched = {each.dataset for each in wanted if isinstance(each, Action)}
    for dataset in sorted((lists[name] for name in touched if name in lists), key=lambda each: each.id):
        list_store.hold(dataset)  # in one order everywhere, so that two arrivals never wait for each other
    for each in wanted:
        if isinstance(each, Fault):
            _note_error(project_id, instance_id, maker, each.code, each.message, each.dataset)
        elif each.dataset not in lists:
            _note_error(project_id, instance_id, maker, "404.7", f"There is no list named {each.dataset}.", each.dataset)
        else:
            wish = _wish(lists[each.dataset], each, maker, areas)
            if wish.state != "done":
                _try(lists[each.dataset], wish)


def _wish(dataset: Dataset, action: Action, maker: Maker, areas: Iterable[str]) -> Wish:
    """The wish of this submission for this entity: made, or brought up to the newer version if it was not done yet."""
    wish = db.session.scalar(select(Wish).where(
        Wish.submission_id == maker.submission_id, Wish.dataset_id == dataset.id, Wish.uuid == action.uuid))
    if wish is not None and wish.state == "done":
        return wish
    if wish is None:
        wish = Wish(dataset_id=dataset.id, submission_id=maker.submission_id, uuid=action.uuid, at=now())
        db.session.add(wish)
    wish.submission_version_id, wish.action = maker.submission_version_id or 0, {**asdict(action), "areas": list(areas)}
    wish.actor_id, wish.user_agent, wish.state = maker.actor_id, maker.user_agent[:255], "waiting"
    db.session.flush()
    return wish


def _try(dataset: Dataset, wish: Wish, *, force: bool = False) -> None:
    """Do a wish, or note why not: whatever goes wrong stays with this wish."""
    instance_id, approved = _submission(wish.submission_id)
    maker = Maker(wish.actor_id, wish.user_agent, wish.submission_id, wish.submission_version_id)
    uuid = wish.uuid
    try:
        with db.session.begin_nested():
            _grant(dataset, wish, maker, approved, force)
            return
    except (OperationalError, IntegrityError):
        raise  # it met another transaction: all of this runs again
    except Problem as problem:
        failed = problem
    except Exception as error:
        log.exception("entity %s of submission %s", uuid, maker.submission_id)
        failed = Problem("500.1", message=f"{type(error).__name__}: {error}"[:500])
    db.session.refresh(wish)
    wish.state = "failed"
    db.session.flush()
    _note_error(dataset.project_id, instance_id, maker, failed.code, failed.message, dataset.name, uuid)


def _grant(dataset: Dataset, wish: Wish, maker: Maker, approved: bool, force: bool) -> None:
    """Do a wish, and then what waited for it. Raises the Problem of what cannot be done."""
    said = dict(wish.action)
    areas = said.pop("areas")
    action = Action(**said)
    pair = entity_store.find(dataset, action.uuid)
    standing = Standing() if pair is None else Standing(
        _chain(pair[0].id), pair[0].conflict, pair[0].deleted_at is not None)  # type: ignore[arg-type]
    verdict = decide(action, standing, force=force and bool(standing.chain or not _promised(dataset, action.uuid)))
    if isinstance(verdict, Fail):
        details: dict[str, Any] = dict(verdict.details)
        raise Problem(verdict.code, message=verdict.message, **details)
    if isinstance(verdict, Hold):
        wish.state = "held"
    elif not approved and (_needs_approval(dataset, verdict) or _outside(dataset, pair, verdict, areas)):
        wish.state = "waiting"
    else:
        _do(dataset, pair, action, verdict, maker)
        wish.state = "done"
    db.session.flush()
    if wish.state == "done":
        _release(dataset, action.uuid)


def _promised(dataset: Dataset, uuid: str) -> bool:
    """Whether the entity will be there as soon as the record that makes it is approved."""
    return any(wish.action["create"] for wish in db.session.scalars(select(Wish).where(
        Wish.dataset_id == dataset.id, Wish.uuid == uuid, Wish.state == "waiting")))


def _needs_approval(dataset: Dataset, verdict: Create | Update) -> bool:
    return dataset.approval_required and isinstance(verdict, Create)


def _outside(dataset: Dataset, pair: entity_store.Pair | None, verdict: Create | Update, areas: list[str]) -> bool:
    """Whether the entity lies, or would lie, outside the areas of who sent the record."""
    if not dataset.area_property:
        return False
    after = list_store.area_in(dataset, dict(verdict.content.data))
    return not all(covers(areas, area) for area in ({after} if pair is None else {pair[0].area, after}))


def _do(dataset: Dataset, pair: entity_store.Pair | None, action: Action, verdict: Create | Update, maker: Maker) -> None:
    number = verdict.branch_version
    branch = Branch(action.branch_id, action.trunk_version, number) if number is not None else Branch()
    if isinstance(verdict, Create):
        branch = replace(branch, forced=verdict.forced)
        entity_store.create(dataset, Given(action.uuid, verdict.content.label, dict(action.data)), maker, branch=branch)
        return
    assert pair is not None
    received = {**action.data, **({"label": action.label} if action.label else {})}
    entity_store.add_version(dataset, pair, verdict, received, maker, branch)


def _chain(entity_id: int) -> list[Link]:
    return [Link(each.version, Content(each.label, each.data), each.branch_id, each.branch_version, each.forced)
            for each in db.session.scalars(select(EntityVersion).where(
                EntityVersion.entity_id == entity_id).order_by(EntityVersion.version))]


def _release(dataset: Dataset, uuid: str) -> None:
    """An entity changed: try the updates that wait for a predecessor, or for the entity itself; each releases the next."""
    for wish in db.session.scalars(select(Wish).where(
            Wish.dataset_id == dataset.id, Wish.uuid == uuid, Wish.state.in_(_OPEN)).order_by(Wish.id)).all():
        if wish.state in _OPEN and wish.action["update"]:  # not done by what an earlier one released
            _try(dataset, wish)


def approve(submission_id: int) -> None:
    """A submission was approved: make the entities that waited for it."""
    waiting = db.session.scalars(select(Wish).where(Wish.submission_id == submission_id, Wish.state == "waiting").order_by(Wish.id)).all()
    _grant_all(waiting)


def convert(dataset: Dataset) -> int:
    """A list needs no approval any more: make the entities that waited for it. Returns how many wishes there were."""
    waiting = db.session.scalars(select(Wish).where(Wish.dataset_id == dataset.id, Wish.state == "waiting").order_by(Wish.id)).all()
    _grant_all(waiting)
    return len(waiting)


def force(at: datetime, limit: int | None = None) -> int:
    """Do the wishes whose predecessor has not come for PATIENCE before `at`; returns how many went on (or failed)."""
    late = db.session.scalars(select(Wish).where(Wish.state == "held", Wish.at <= at - PATIENCE).order_by(
        Wish.dataset_id, Wish.uuid, Wish.at, Wish.id).limit(limit)).all()
    ordered = sorted(late, key=lambda wish: (wish.dataset_id, wish.uuid, wish.action["branch_id"] or "", wish.action["base_version"] or 0))
    _grant_all(ordered, force=True)
    return sum(wish.state != "held" for wish in ordered)


def _grant_all(wishes: Sequence[Wish], *, force: bool = False) -> None:
    lists = list_store.by_ids({wish.dataset_id for wish in wishes})
    for dataset in sorted(lists.values(), key=lambda each: each.id):
        list_store.hold(dataset)
    for wish in wishes:
        db.session.refresh(wish)  # another arrival may have done it while this one waited for the list
        if wish.state == "done" or wish.dataset_id not in lists:
            continue
        _try(lists[wish.dataset_id], wish, force=force)


def _submission(submission_id: int) -> tuple[str, bool]:
    """First instance id of a submission, and whether it is approved. Its table belongs to a room above this one."""
    table: Table = db.metadata.tables["submissions"]
    row = db.session.execute(select(table.c.instance_id, table.c.review_state).where(table.c.id == submission_id)).one()
    return row[0], row[1] == "approved"


def of_submission(submission_id: int) -> list[tuple[Wish, Dataset]]:
    """What a submission wants of entities of living lists, in its order."""
    rows = db.session.execute(select(Wish, Dataset).join(Dataset, Dataset.id == Wish.dataset_id).where(
        Wish.submission_id == submission_id, Dataset.deleted_at.is_(None)).order_by(Wish.id))
    return [(wish, dataset) for wish, dataset in rows]


def errors(project_id: int, instance_id: str, version_id: int) -> list[dict[str, Any]]:
    """Why entities of a submission's version could not be made or changed, oldest first: details of `entity.error`."""
    lines = events.newest(project_id, subject=instance_id, action_prefix="entity.error")
    return [line.details for line in reversed(lines) if line.details.get("versionId") == version_id]


def pending(dataset_id: int) -> dict[str, int]:
    """How many wishes wait for approval and how many for a predecessor."""
    found = {"waiting": 0, "held": 0}
    for state in db.session.scalars(select(Wish.state).where(Wish.dataset_id == dataset_id, Wish.state.in_(list(found)))):
        found[state] += 1
    return found


def _note_error(project_id: int, instance_id: str, maker: Maker, code: str, message: str, dataset: str, uuid: str = "") -> None:
    events.record("entity.error", project_id=project_id, actor_id=maker.actor_id, subject=instance_id, details={
        "submissionId": maker.submission_id, "versionId": maker.submission_version_id, "instanceId": instance_id,
        "dataset": dataset, "uuid": uuid, "problem": {"problemCode": float(code)}, "errorMessage": message})
