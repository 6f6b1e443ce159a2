"""Routes of what the door refused and keeps all the same: look at it, take it in, discard it (ours, PROTOCOL §B.3)."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from server.downloads import download
from server.lists import extended
from server.problems import Problem
from server.projects import store as projects
from server.submissions import store
from server.submissions.room import REFUSALS, UPDATE, room
from server.submissions.schemas import Accepting, Discarding, HeldExtended, HeldListing, HeldShown, HeldWhole

KEPT = "/projects/<int:project>/quarantine"
ONE = f"{KEPT}/<int:held>"
_OWN = ("id", "code", "reason", "message", "xml_form_id", "form_version", "instance_id", "deprecated_id", "instance_name",
        "xml_sha256", "size", "submitter_id", "device_id", "user_agent", "tries", "created_at", "last_seen_at", "decided_by",
        "decided_at", "decision")


def _one(project: int, number: int) -> store.Held:
    return store.held_one(project, g.caller.areas("submission.update", project), number)


def _told(held: store.Held) -> dict[str, Any]:
    return {name: getattr(held.row, name) for name in _OWN} | {
        "state": held.state, "submitter": held.sender, "accepted_as": held.accepted_as}


def _whole(held: store.Held) -> dict[str, Any]:
    answer: dict[str, Any] = HeldWhole().dump(_told(held) | {"attachments": store.files_of(held.row.id)})
    return answer


@room.on("GET HEAD", KEPT, UPDATE, query=HeldListing, answers=[HeldExtended])
def quarantine(project: int, query: dict[str, Any]) -> Any:
    """What was refused in the caller's areas and is kept, last seen first (ours).

    What has no area, because the XML cannot be read or names none, is listed for those who may see the whole project.
    """
    projects.get(project)
    found = store.held(project, g.caller.areas("submission.update", project), query["state"], limit=query["limit"],
                       offset=query["offset"])
    return (HeldExtended if extended() else HeldShown)(many=True).dump([_told(each) for each in found])


@room.on("GET HEAD", ONE, UPDATE, answers=HeldWhole)
def quarantined(project: int, held: int) -> dict[str, Any]:
    """One of them, with its sender and its files (ours)."""
    return _whole(_one(project, held))


@room.on("GET HEAD", f"{ONE}.xml", UPDATE, gives="application/xml", status="200 304")
def quarantined_xml(project: int, held: int) -> Response:
    """The bytes exactly as they came, be they XML or not (ours)."""
    row = _one(project, held).row
    response = Response(row.xml, content_type="application/xml")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{held}.xml\""
    response.set_etag(row.xml_sha256)
    response.make_conditional(request)
    return response


@room.on("GET HEAD", f"{ONE}/attachments/<name>", UPDATE, gives="*/*", status="200 304")
def quarantined_file(project: int, held: int, name: str) -> Response:
    """A file that came with it (ours)."""
    found = next((file for file in store.files_of(_one(project, held).row.id) if file.name == name), None)
    if found is None:
        raise Problem("404.1", message=f"No file {name} came with it.")
    return download(found.sha256, found.name, found.content_type)


@room.on("POST", f"{ONE}/accept", UPDATE, body=Accepting, answers=HeldWhole, problems=f"{REFUSALS} 409.32")
def accept_quarantined(project: int, held: int, body: dict[str, Any]) -> dict[str, Any]:
    """Take it in: the bytes as they are, read by the form version that is named (ours).

    An outdated edit and another XML of a known instanceID become the newest version of that submission; where their
    instanceID is taken the version gets another one. For a closed form it takes form.update, for a deleted submission
    submission.restore. What still stands in the way is answered as the door would.
    """
    store.accept(_one(project, held).row, g.caller, body["version"])
    return _whole(_one(project, held))


@room.on("POST", f"{ONE}/discard", UPDATE, body=Discarding, answers=HeldWhole, problems="409.32")
def discard_quarantined(project: int, held: int, body: dict[str, Any]) -> dict[str, Any]:
    """Say that nobody needs it, and why: it is kept, but no longer waits (ours)."""
    store.discard(_one(project, held).row, body["reason"], g.caller.actor_id)
    return _whole(_one(project, held))
