"""Somebody takes in what the door refused: the same bytes through the same door, under what was decided (PROTOCOL §B.3).

The bytes stay as they came. What was in their way is read otherwise: an unknown version with one that was published, a
taken or outdated number as the newest version of the record that holds it. See `sync.decide.place`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import aliased

from forms import Instance, InstanceError
from forms.instance import read
from server import files
from server.accounts import store as accounts
from server.db import db
from server.grants import Caller, covers
from server.problems import Problem
from server.publishing import store as publishing
from server.submissions.models import Quarantined, Submission, SubmissionVersion
from server.submissions.store import quarantine, records
from server.submissions.store.arrival import Outcome, Post, Sent, plan, settle
from sync import decide as rules


@dataclass(frozen=True, slots=True)
class Beside:
    """The record that something refused belongs to, as it stands; `own` and `base` are the versions its ids name."""

    submission: Submission
    own: rules.Version | None
    base: rules.Version | None


def instance_of(row: Quarantined) -> Instance:
    """What was refused, read again. Raises the problem of an XML that cannot be read."""
    try:
        return read(row.xml, len(row.xml))
    except InstanceError as error:
        raise Problem(str(error.code), message=error.message, reason=error.reason) from error


def beside(row: Quarantined) -> Beside | None:
    """The record that has its instance id, or that it corrects; None when there is none (any more)."""
    form = publishing.find_form(row.project_id, row.xml_form_id)
    ids = [name for name in (row.instance_id, row.deprecated_id) if name]
    if form is None or not ids:
        return None
    current = aliased(SubmissionVersion)
    rows = db.session.execute(
        select(SubmissionVersion, Submission, current.instance_id).join(Submission, Submission.id == SubmissionVersion.submission_id)
        .join(current, (current.submission_id == Submission.id) & current.current)
        .where(SubmissionVersion.form_id == form.id, SubmissionVersion.trial.is_(False), SubmissionVersion.instance_id.in_(ids)))
    found = {version.instance_id: (_as_rules_see(version, submission, by), submission) for version, submission, by in rows}
    own, base = found.get(row.instance_id), found.get(row.deprecated_id or "")
    chosen = base or own
    return Beside(chosen[1], own[0] if own else None, base[0] if base else None) if chosen else None


def _as_rules_see(version: SubmissionVersion, submission: Submission, by: str) -> rules.Version:
    return rules.Version(version.instance_id, submission.instance_id, version.xml_sha256, version.current,
                         submission.deleted_at is not None, None if version.current else by)


def accept(row: Quarantined, by: Caller, version: str | None = None) -> Outcome:
    """Take it in, in the running transaction; `version` names the published form version that is to read it.

    Who may restore a submission also takes in what belongs to a deleted one, who may change the form what is for a
    closed one. Raises 409.32 when it was taken in already, 403.1 when it belongs to a record outside the caller's areas,
    and whatever the door still refuses it for.
    """
    quarantine.hold_waiting(row, "waiting", "discarded")
    instance = instance_of(row)
    found = beside(row)
    if found is not None:
        _claim(found, row, by)
    arrival = rules.Arrival(rules.identify(instance, row.xml_sha256), instance.deprecated_id, instance.version, row.xml_sha256)
    instance_id, deprecated_id = rules.place(arrival, found.own if found else None, found.base if found else None)
    placed = replace(instance, instance_id=instance_id, deprecated_id=deprecated_id,
                     version=instance.version if version is None else version)
    with contextlib.ExitStack() as opened:
        sent = tuple(Sent(file.name, opened.enter_context(files.keeper().open(file.sha256)), file.content_type,
                          files.find(file.sha256)) for file in quarantine.files_of(row.id))
        outcome = settle(plan(Post(row.project_id, placed, _sender(row), sent, row.device_id, row.user_agent, may_submit=True,
                                   closed_too=by.may("form.update", row.project_id, row.xml_form_id))))
    quarantine.accepted(row, outcome.version_id, by.actor_id, submissionId=outcome.submission_id, storedAs=outcome.instance_id,
                        formVersion=placed.version)
    return outcome


def _claim(found: Beside, row: Quarantined, by: Caller) -> None:
    """See to it that the caller may change the record it belongs to, and that this is not in the trash."""
    if not covers(by.areas("submission.update", row.project_id, row.xml_form_id), found.submission.area):
        raise Problem("403.1")
    if found.submission.deleted_at is not None and covers(
            by.areas("submission.restore", row.project_id, row.xml_form_id), found.submission.area):
        records.restore(found.submission, row.project_id, by.actor_id)


def _sender(row: Quarantined) -> Caller:
    """Whoever sent it stays its sender, also when the account is gone."""
    found = accounts.caller(row.submitter_id) if row.submitter_id is not None else Caller()
    return found if found.actor_id is not None else Caller(row.submitter_id)
