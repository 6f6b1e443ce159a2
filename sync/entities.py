"""Creating, merging and queueing changes of entities: what one change means for what is stored (PROTOCOL §6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from forms.entities import Action

Conflict = Literal["soft", "hard"]
PATIENCE = timedelta(days=5)
"""How long a change waits for the one before it in its branch."""


@dataclass(frozen=True, slots=True)
class Content:
    """Label and properties of an entity at one version."""

    label: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One stored version of an entity. `branch_version` counts inside the phone's own branch: what the phone called it.

    `forced`: an entity that only became one because its creation did not come in time.
    """

    version: int
    content: Content
    branch_id: str | None = None
    branch_version: int | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """What is stored of an entity: all its versions, oldest first; () when it never existed."""

    chain: Sequence[Link] = ()
    conflict: Conflict | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Create:
    """Make the entity. `forced`: from a change whose entity never came."""

    content: Content
    branch_version: int | None = None
    forced: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """Add a version. `base` is the server's version the change started from, `conflicting` what got two values."""

    base: int
    content: Content
    conflict: Conflict | None
    conflicting: tuple[str, ...] = ()
    branch_version: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Keep the change until the one before it in its branch arrives."""


@dataclass(frozen=True, slots=True)
class Fail:
    """The change cannot be made. `code` is the protocol's number as text."""

    code: str
    message: str
    details: Mapping[str, str] = field(default_factory=dict)


Verdict = Create | Update | Hold | Fail


def decide(action: Action, standing: Standing, *, force: bool = False) -> Verdict:
    """Return what a change from a submission means. `force`: it has waited long enough for its predecessor.

    Within one branch the result does not depend on the order of arrival: each change waits for its predecessor.
    """
    if action.update:
        verdict = _update(action, standing, force)
        missing = isinstance(verdict, Fail) and verdict.code == "404.8" and not standing.chain
        if not (missing and action.create and (action.branch_id is None or force)):
            return verdict
    return _create(action, standing)


def merge(given: Content, base: Content, current: Content) -> tuple[Content, tuple[str, ...]]:
    """Return the content after a change that started from `base` and met `current`, and what got two values.

    An empty label keeps the present one; properties that are not given stay.
    """
    merged = Content(given.label or current.label, {**current.data, **given.data})
    twice = [name for name, value in given.data.items() if current.data.get(name, "") not in (base.data.get(name, ""), value)]
    if given.label and current.label not in (base.label, given.label):
        twice.append("label")
    return merged, tuple(sorted(twice))


def worse(one: Conflict | None, other: Conflict | None) -> Conflict | None:
    """The graver of two: a hard conflict stays until somebody resolves it."""
    return "hard" if "hard" in (one, other) else one or other


def _create(action: Action, standing: Standing) -> Verdict:
    if standing.chain:
        if standing.chain[0].forced and not standing.deleted:  # its creation arrives at last
            return _merged(action, standing, standing.chain[0], None)
        return Fail("409.3", f"There is an entity {action.uuid} in the list {action.dataset} already.",
                    {"uuid": action.uuid, "dataset": action.dataset})
    if not action.label:
        return Fail("400.2", "A new entity needs a label.", {"field": "label"})
    return Create(Content(action.label, _set(action.data)))


def _set(data: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in data.items() if value}


def _update(action: Action, standing: Standing, force: bool) -> Verdict:
    if standing.deleted:
        return _unknown(action)
    if action.branch_id is None:
        if not standing.chain:
            return _unknown(action)
        base = _at(standing, action.base_version)
        return _merged(action, standing, base, None) if base else _no_version(action)
    return _in_branch(action, standing, force)


def _in_branch(action: Action, standing: Standing, force: bool) -> Verdict:
    """An update made offline: its baseVersion counts inside the phone's branch, which began at the trunk version."""
    number = action.base_version or 0
    base = _translated(action, standing, number)
    if base is not None:
        return _merged(action, standing, base, number + 1)
    if not force:
        if standing.chain and number == action.trunk_version:
            return _no_version(action)  # it starts from a version of the server's own that never was
        return Hold()
    if not standing.chain:
        created = _create(action, standing)
        return Create(created.content, number + 1, forced=True) if isinstance(created, Create) else created
    return _merged(action, standing, _nearest(action, standing, number), number + 1)


def _translated(action: Action, standing: Standing, number: int) -> Link | None:
    """The server's version that the phone calls `number`."""
    for link in standing.chain:
        if link.branch_id == action.branch_id and link.branch_version == number:
            return link
    if number == action.trunk_version:
        return _at(standing, number)
    if action.trunk_version is None and number == 1 and standing.chain and not standing.chain[0].forced:
        return standing.chain[0]  # made offline by the same phone
    return None


def _nearest(action: Action, standing: Standing, number: int) -> Link:
    """The latest known version before the missing one: of the branch, else its trunk, else the first."""
    before = [link for link in standing.chain if link.branch_id == action.branch_id and (link.branch_version or 0) < number]
    if before:
        return max(before, key=lambda link: link.branch_version or 0)
    return _at(standing, action.trunk_version) or standing.chain[0]


def _at(standing: Standing, version: int | None) -> Link | None:
    return next((link for link in standing.chain if link.version == version), None)


def _merged(action: Action, standing: Standing, base: Link, branch_version: int | None) -> Update:
    current = standing.chain[-1]
    content, twice = merge(Content(action.label, action.data), base.content, current.content)
    met: Conflict | None = None
    if base.version != current.version:
        met = "hard" if twice else "soft"
    elif _interrupted(action, standing):
        met = "soft"
    return Update(base.version, Content(content.label, _set(content.data)), worse(standing.conflict, met), twice, branch_version)


def _interrupted(action: Action, standing: Standing) -> bool:
    """Whether somebody else changed the entity since the branch began, even though the branch goes on from the last version."""
    if action.branch_id is None:
        return False
    trunk = action.trunk_version or 1
    return any(link.version > trunk and link.branch_id != action.branch_id for link in standing.chain)


def _unknown(action: Action) -> Fail:
    return Fail("404.8", f"There is no entity {action.uuid} in the list {action.dataset}.",
                {"uuid": action.uuid, "dataset": action.dataset})


def _no_version(action: Action) -> Fail:
    return Fail("404.9", f"The entity {action.uuid} has no version {action.base_version}.",
                {"uuid": action.uuid, "baseVersion": str(action.base_version)})
