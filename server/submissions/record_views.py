"""Routes of submissions as records: lists, one of them, sending and editing by REST, the trash (PROTOCOL §3)."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g, request

from forms import InstanceError
from forms.instance import Instance, read
from server import events
from server.accounts.schemas import ActorShown, AuditExtended
from server.blueprints import Need
from server.db import transaction
from server.lists import extended
from server.problems import Problem
from server.publishing import store as publishing
from server.schemas import SUCCESS, Success, moment
from server.submissions import store
from server.submissions.addresses import moved
from server.submissions.models import Submission, SubmissionVersion
from server.submissions.room import ALL, LIST, ONE, READ, REFUSALS, UPDATE, record, room
from server.submissions.schemas import Key, Listing, Sending, SubmissionExtended, SubmissionShown


def shown(described: store.Described) -> dict[str, Any]:
    """A submission as JSON; with its sender when the client asked for more."""
    found = described.submission
    told = {name: getattr(found, name) for name in (
        "instance_id", "submitter_id", "device_id", "created_at", "updated_at", "review_state", "deleted_at")}
    told["user_agent"] = described.first_user_agent
    told["current_version"] = {name: getattr(described, name) for name in (
        "instance_id", "instance_name", "submitter_id", "device_id", "user_agent", "created_at")} | {"current": True}
    told["submitter"] = described.submitter
    answer: dict[str, Any] = (_EXTENDED if extended() else _PLAIN).dump(told)
    return answer


_PLAIN, _EXTENDED = SubmissionShown(), SubmissionExtended()


@room.on("GET HEAD", ALL, LIST, query=Listing, answers=[SubmissionShown])
def submissions(project: int, form: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """The submissions of a form in the caller's areas, newest first; `?deleted=true` those in the trash."""
    row = publishing.get_form(project, form)
    areas = g.caller.areas("submission.list", project, form)
    return [shown(one) for one in store.described(row.id, areas, deleted=query["deleted"], limit=query["limit"],
                                                  offset=query["offset"])]


@room.on("GET HEAD", f"{ALL}/submitters", LIST, answers=[ActorShown])
def submitters(project: int, form: str) -> list[dict[str, Any]]:
    """Everyone who sent a submission of the form."""
    row = publishing.get_form(project, form)
    found: list[dict[str, Any]] = ActorShown(many=True).dump(
        store.submitters(row.id, g.caller.areas("submission.list", project, form)))
    return found


@room.on("GET HEAD", f"{ALL}/keys", LIST, answers=[Key])
def keys(project: int, form: str) -> list[Any]:
    """Keys of encrypted submissions: there are none."""
    publishing.get_form(project, form)
    return []


@room.on("GET HEAD", ONE, READ, answers=SubmissionShown, status="200 301")
def submission(project: int, form: str, instance: str) -> dict[str, Any] | Response:
    """One submission; the id of a later version leads to that version."""
    _, found = record(project, form, instance)
    if instance != found.instance_id:
        return moved(project, form, found.instance_id, instance)
    return shown(store.describe(found))


def _read(project: int, form: str) -> Instance:
    limit = current_app.extensions["pokja.config"]["MAX_XML_MB"] << 20
    try:
        instance = read(request.stream.read(limit + 1), limit)
    except InstanceError as error:
        raise Problem(str(error.code), message=error.message, reason=error.reason) from error
    with transaction(False):
        expected = publishing.get_form(project, form).xml_form_id
    if instance.xml_form_id != expected:
        raise Problem("400.8", field="The form id of the XML", value=instance.xml_form_id,
                      reason=f"the form at this address is {expected}.")
    return instance


def _post(project: int, form: str, instance: Instance, may: bool) -> store.Post:
    return store.Post(project, instance, g.caller, (), request.args.get("deviceID"), request.headers.get("User-Agent"),
                      xml_form_id=form, may_submit=may)


def receive_new(project: int, form: str) -> Instance:
    """The XML of a new submission."""
    return _read(project, form)


@room.on("POST", ALL, Need("submission.create"), query=Sending, answers=SubmissionShown, before=receive_new,
         takes="application/xml", problems=f"{REFUSALS} 409.3")
def create(project: int, form: str, came: Instance, query: dict[str, Any]) -> dict[str, Any]:
    """Send a submission by REST: nothing is merged here, an id that exists is a conflict."""
    planned = store.plan(_post(project, form, came, True))
    if not planned.is_new:
        raise Problem("409.3", what="A submission with the instanceID", value=planned.instance_id,
                      fields=["instanceID"], values=[planned.instance_id])
    return shown(store.describe(_row(store.settle(planned))))


def receive_edit(project: int, form: str, instance: str) -> Instance:
    """The XML of an edit."""
    edit = _read(project, form)
    if edit.deprecated_id is None:
        raise Problem("400.19")
    return edit


@room.on("PUT", ONE, UPDATE, answers=SubmissionShown, before=receive_edit, takes="application/xml",
         problems=f"{REFUSALS} 400.19")
def replace(project: int, form: str, instance: str, came: Instance) -> dict[str, Any]:
    """Edit a submission: its deprecatedID names the version it starts from, which must be the current one."""
    _, found = record(project, form, instance, "submission.update")
    if store.find(found.form_id, came.deprecated_id or "") not in (None, found):
        raise Problem("409.9", message=f"The deprecatedID {came.deprecated_id} belongs to another submission.")
    planned = store.plan(_post(project, form, came, True))
    if planned.is_new or (not planned.is_edit and store.current(found.id).instance_id != planned.instance_id):
        raise Problem("409.9")
    return shown(store.describe(_row(store.settle(planned))))


def _row(outcome: store.Outcome) -> Submission:
    found = store.get(outcome.submission_id)
    assert found is not None
    return found


@room.on("DELETE", ONE, Need("submission.delete"), answers=Success)
def delete(project: int, form: str, instance: str) -> dict[str, bool]:
    """Put a submission into the trash."""
    _, found = record(project, form, instance, "submission.delete")
    store.delete(found, project, g.caller.actor_id)
    return SUCCESS


@room.on("POST", f"{ONE}/restore", Need("submission.restore"), answers=Success)
def restore(project: int, form: str, instance: str) -> dict[str, bool]:
    """Take a submission out of the trash."""
    _, found = record(project, form, instance, "submission.restore", deleted=True)
    store.restore(found, project, g.caller.actor_id)
    return SUCCESS


@room.on("GET HEAD", f"{ONE}/audits", Need("submission.read"), answers=[AuditExtended])
def audits(project: int, form: str, instance: str) -> list[dict[str, Any]]:
    """What happened to a submission, newest first."""
    row, found = record(project, form, instance)
    lines = [line for line in events.newest(project, subject=found.instance_id, limit=1000)
             if line.details.get("xmlFormId", row.xml_form_id) == row.xml_form_id]
    told: list[dict[str, Any]] = [{"actorId": line.actor_id, "action": line.action, "acteeId": line.subject, "details": details,
             "loggedAt": moment(line.logged_at), "notes": notes} for line in lines for details, notes in [events.told(line)]]
    told.append(_arrived(form, found, store.versions(found.id)[-1]))
    if extended():
        people = store.actors(one["actorId"] for one in told)
        for one in told:
            one["actor"] = ActorShown().dump(people[one["actorId"]]) if one["actorId"] in people else None
    return told


def _arrived(form: str, found: Submission, first: SubmissionVersion) -> dict[str, Any]:
    """The line that it arrived, which the log does not find by its subject (see events.FOUND_BY_SUBJECT)."""
    return {"actorId": found.submitter_id, "action": "submission.create", "acteeId": found.instance_id,
            "details": {"submissionId": found.id, "versionId": first.id, "xmlFormId": form, "instanceId": first.instance_id},
            "loggedAt": moment(found.created_at), "notes": None}
