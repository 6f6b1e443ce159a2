"""What an arriving instance means for what is stored (PROTOCOL §2.6, the table, in its order; §B.1)."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from forms.instance import Instance

State = Literal["open", "closing", "closed"]

_MADE = uuid.UUID("6f1a6d0e-6a55-5d5e-9d1c-5c6b8f0f4a11")
"""Namespace of the instance ids we make. Never change it: a re-send finds its record by the same id."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One POST. `instance_id` comes from `identify`; `files` are the names of the parts that came along."""

    instance_id: str
    deprecated_id: str | None
    version: str
    xml_sha256: str
    files: tuple[str, ...] = ()
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version that has a certain instance id in this form.

    `root_id` is the first instance id of its submission, `superseded_by` the instance id that replaced it;
    `deleted` says that the submission is in the trash.
    """

    instance_id: str
    root_id: str
    xml_sha256: str
    current: bool
    deleted: bool = False
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the store found for an arrival, all within the form it names.

    `state` None: there is no such form. `published`: that version of it was ever published here. `own`: the
    version with the arrival's instance id, `base`: with its deprecatedID.
    """

    state: State | None
    published: bool
    may_submit: bool
    own: Version | None = None
    base: Version | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """Store a new submission."""

    instance_id: str


@dataclass(frozen=True, slots=True)
class AddAttachments:
    """These bytes are stored already, as `version`: only add or replace its files."""

    version: Version
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Supersede:
    """Store a new current version of `base`'s submission, review state edited; see `carried`."""

    instance_id: str
    base: Version


@dataclass(frozen=True, slots=True)
class Refuse:
    """Store nothing. `code` is the protocol's number as text, `key` a word for programs and translations,
    `message` what the enumerator reads, `details` the values in it."""

    code: str
    key: str
    message: str
    details: tuple[tuple[str, str], ...] = ()


Verdict = Create | AddAttachments | Supersede | Refuse


def identify(instance: Instance, xml_sha256: str) -> str:
    """Return the instance's id, or one made from its bytes, so that the same bytes again get the same id."""
    return instance.instance_id or made(xml_sha256)


def made(xml_sha256: str) -> str:
    """Return the instance id that bytes get which name none, or one that is taken."""
    return f"uuid:{uuid.uuid5(_MADE, xml_sha256)}"


def decide(arrival: Arrival, known: Known) -> Verdict:
    """Return what to do with an arrival.

    Pure: two arrivals at once both decide on what they saw. The database's constraint (one version per
    form and instance id, one current version per submission) stops the second, which looks again and
    decides again; its answer is then the one for a re-send or a conflict.
    """
    return _admission(arrival, known) or _placement(arrival, known)


def place(arrival: Arrival, own: Version | None, base: Version | None) -> tuple[str, str | None]:
    """Return (instance id, deprecated id) under which somebody takes in what `decide` refused.

    It becomes the newest version of the record it corrects, or else of the one that has its id; with neither it is
    a new record. Where its own id is taken it gets the one made from its bytes, which stay as they are.
    """
    if own is not None and own.xml_sha256 == arrival.xml_sha256:
        return own.instance_id, None
    beside = base or own
    instance_id = arrival.instance_id if own is None else made(arrival.xml_sha256)
    if beside is None:
        return instance_id, None
    return instance_id, beside.instance_id if beside.current else beside.superseded_by


def carried(expected: Iterable[str], sent: Collection[str], before: Collection[str]) -> list[str]:
    """Return the files an edit takes over from the version before: expected, not re-sent, there before."""
    return [name for name in dict.fromkeys(expected) if name not in sent and name in before]


def _admission(arrival: Arrival, known: Known) -> Refuse | None:
    if known.state is None:
        return _REFUSALS["unknownForm"]
    if not known.published and not arrival.draft:
        return _refuse("unknownVersion", version=arrival.version)
    if known.state == "closed" and not arrival.draft:
        return _REFUSALS["formClosed"]
    return None if known.may_submit else _REFUSALS["noRight"]


def _placement(arrival: Arrival, known: Known) -> Verdict:
    own = known.own
    if own is not None and own.deleted:
        return _REFUSALS["deleted"]
    if own is not None and own.xml_sha256 == arrival.xml_sha256:
        # Of the current version, of a superseded one, of an edit whose 201 got lost: always a success.
        return AddAttachments(own, arrival.files)
    if arrival.deprecated_id is not None:
        return _edit(arrival, own, known.base)
    if own is None:
        return Create(arrival.instance_id)
    return _REFUSALS["differs"] if own.current else _superseded(own)


def _edit(arrival: Arrival, own: Version | None, base: Version | None) -> Verdict:
    if base is None:
        return _refuse("unknownBase", deprecated=arrival.deprecated_id or "")
    if base.deleted:
        return _REFUSALS["deleted"]
    if not base.current:
        return _superseded(base)
    if own is not None:
        return _refuse("idTaken", instance=arrival.instance_id)
    return Supersede(arrival.instance_id, base)


def _superseded(version: Version) -> Refuse:
    return _refuse("superseded", by=version.superseded_by or "another version")


def _refuse(key: str, **details: str) -> Refuse:
    known = _REFUSALS[key]
    return Refuse(known.code, key, known.message.format(**details), tuple(details.items()))


_REFUSALS = {
    key: Refuse(code, key, message)
    for code, key, message in (
        ("404.1", "unknownForm", "This form does not exist here. Fetch the list of forms again."),
        (
            "404.6",
            "unknownVersion",
            "Version “{version}” of this form was never published here. Fetch the form again; keep this record "
            "and tell your supervisor.",
        ),
        ("409.2", "formClosed", "This form is closed and takes no more submissions. Tell your supervisor."),
        ("401.2", "noRight", "You may not send this form. Ask your supervisor for a new link."),
        (
            "409.1",
            "differs",
            "Another record with this number (instanceID) is stored already, with different answers. Keep this "
            "one and tell your supervisor.",
        ),
        (
            "409.9",
            "superseded",
            "The record this belongs to was changed meanwhile (now {by}). Fetch the newest version, make your "
            "changes there and send it again.",
        ),
        ("409.18", "deleted", "This record was deleted on the server. Tell your supervisor if that is wrong."),
        (
            "404.5",
            "unknownBase",
            "This corrects a record ({deprecated}) that the server does not have yet. Send the original first, "
            "then this again.",
        ),
        (
            "409.8",
            "idTaken",
            "The number (instanceID) of this correction, {instance}, is used by another record. Open the record "
            "for editing once more and send it again.",
        ),
    )
}
