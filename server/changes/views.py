"""What a phone asks for between two visits, and the receipt after sending (DESIGN §4.6, §5)."""

from __future__ import annotations

from typing import Any

from flask import g, request

from server import events
from server.accounts import store as accounts
from server.blueprints import Need, Room
from server.changes import store
from server.changes.schemas import Feed, Known, Receipt, Since
from server.datasets import store as datasets
from server.db import now
from server.events import Cursor
from server.grants import Caller
from server.paths import encoded
from server.problems import Problem
from server.projects import store as projects
from server.publishing import phone_store as lists
from server.publishing import store as publishing
from server.schemas import moment
from server.villages import store as villages

room = Room("changes", __name__, face="json", url_prefix="/v1")
OF_FORMS = ("form.", "assignment.", "field_key.", "project.")
OF_LISTS = ("dataset.", "entity.")


@room.on("GET HEAD", "/projects/<int:project>/changes", Need("submission.create", anywhere=True), query=Since,
         answers=Feed)
def changes(project: int, query: dict[str, Any]) -> dict[str, Any]:
    """Forms, villages, returned and decided submissions of the caller; with `since`, only the keys that changed."""
    caller: Caller = g.caller
    if not any(grant.project_id in (None, project) for grant in caller.grants):
        raise Problem("403.1")
    row = projects.get(project)
    since, until = Cursor.read(query["since"]), store.horizon(project)
    first = not query["since"] or not events.known(since)
    happened = set() if first else store.happened(project, since, until)
    own = None if first else (store.touched(project, caller.actor_id, since, until) if happened else set())
    found: dict[str, Any] = {
        "cursor": str(until), "now": moment(now()),
        "account": {"id": caller.actor_id, "displayName": accounts.name_of(caller.actor_id), "projectId": project,
                    "projectName": row.name}}
    if first or any(action.startswith(OF_FORMS) for action in happened) or (
            any(action.startswith(OF_LISTS) for action in happened) and _carries_lists(project)):
        found["forms"] = _forms(project, caller)
    if first or any(action.startswith(("village", "assignment.")) for action in happened):
        found["villages"] = _villages(caller, project)
    if own is None or own:
        found["returned"] = _returned(project, caller)
        found["decided"] = _decided(project, caller, own)
    return found


def _under(project: int) -> str:
    return f"{request.environ.get('pokja.prefix', '/v1')}/projects/{project}"


def _forms(project: int, caller: Caller) -> list[dict[str, Any]]:
    listed = [one for one in lists.open_forms(project) if caller.may("open_form.read", project, one.xml_form_id)]
    known = {version.id: publishing.definition(version) for version in store.definitions(one.version_id for one in listed)}
    slots: dict[int, list[dict[str, Any]]] = {}
    for one in listed:
        slots[one.version_id] = []
    names = {one.version_id: f"{_under(project)}/forms/{encoded(one.xml_form_id)}" for one in listed}
    for slot in lists.filled(list(slots)):
        slots[slot.version_id].append({
            "name": slot.name, "hash": slot.md5, "size": slot.size, "type": slot.type,
            "downloadUrl": f"{names[slot.version_id]}/attachments/{encoded(slot.name)}"})
    _add_lists(project, caller, listed, slots, names)
    return [{"xmlFormId": one.xml_form_id, "version": one.version, "name": one.title or one.xml_form_id, "hash": one.md5,
             "size": one.size, "downloadUrl": f"{names[one.version_id]}.xml", "attachments": slots[one.version_id],
             "areaField": publishing.area_path(known[one.version_id]),
             "periodField": publishing.period_path(known[one.version_id])} for one in listed]


def _carries_lists(project: int) -> bool:
    """Whether an entity list travels with any form: else phones need not hear of entities."""
    return bool(lists.carried([one.version_id for one in lists.open_forms(project)]))


def _add_lists(project: int, caller: Caller, listed: list[lists.Listed], slots: dict[int, list[dict[str, Any]]],
               names: dict[int, str]) -> None:
    """The entity lists that travel with these forms, as this caller sees them; a list has a token, no size."""
    carried = lists.carried(list(slots))
    found = datasets.by_ids(slot.dataset_id for slot in carried)
    forms = {one.version_id: one.xml_form_id for one in listed}
    for slot in carried:
        dataset = found[slot.dataset_id]
        token = datasets.tokens([dataset], datasets.sight(caller, project, form=forms[slot.version_id]))[dataset.id]
        slots[slot.version_id].append({
            "name": slot.name, "hash": token, "size": None,
            "type": "approvalEntityList" if dataset.approval_required else "entityList",
            "downloadUrl": f"{names[slot.version_id]}/attachments/{encoded(slot.name)}"})


def _villages(caller: Caller, project: int) -> list[dict[str, Any]]:
    areas = caller.areas("submission.create", project) or tuple(
        grant.area for grant in caller.grants if grant.project_id in (None, project))
    return [{"code": village.code, "name": village.name, "subdistrict": village.subdistrict,
             "subdistrictCode": village.subdistrict_code, "lat": village.lat, "lon": village.lon}
            for village in villages.inside(areas)]


def _returned(project: int, caller: Caller) -> list[dict[str, Any]]:
    rows = store.returned(project, caller.actor_id)
    reviews = store.last_reviews(submission.id for submission, *_ in rows)
    remarks, files = store.remarks(version.id for _, version, *_ in rows), store.files(version.id for _, version, *_ in rows)
    return [_sent_back(row, reviews, remarks, files, project) for row in rows]


def _sent_back(row: store.Own, reviews: dict[int, Any], remarks: dict[int, Any], files: dict[int, Any],
               project: int) -> dict[str, Any]:
    submission, version, xml_form_id, form_version = row
    reason, at = reviews.get(submission.id, ("", submission.updated_at))
    at_own = f"{_under(project)}/forms/{encoded(xml_form_id)}/submissions/{encoded(submission.instance_id)}"
    return {"xmlFormId": xml_form_id, "formVersion": form_version, "instanceId": submission.instance_id,
            "currentInstanceId": version.instance_id, "instanceName": version.instance_name,
            "villageCode": submission.area, "reason": reason, "at": moment(at),
            "comments": [{"path": remark.path, "body": remark.body, "at": moment(remark.created_at)}
                         for remark in remarks.get(version.id, ())],
            "attachments": [{"name": file.name, "sha256": file.sha256, "size": file.size}
                            for file in files.get(version.id, ())],
            "xmlUrl": f"{at_own}.xml", "xmlSha256": version.xml_sha256}


def _decided(project: int, caller: Caller, own: set[int] | None) -> list[dict[str, Any]]:
    rows = store.decided(project, caller.actor_id, own)
    reviews = store.last_reviews(submission.id for submission, *_ in rows)
    told = []
    for submission, version, xml_form_id, _ in rows:
        reason, at = reviews.get(submission.id, ("", submission.updated_at))
        told.append({"xmlFormId": xml_form_id, "instanceId": submission.instance_id,
                     "currentInstanceId": version.instance_id, "reviewState": submission.review_state,
                     "reason": reason, "at": moment(at)})
    return told


@room.on("GET HEAD", "/projects/<int:project>/forms/<form>/submissions/<instance>/receipt", Need("submission.create"),
         query=Known, answers=Receipt)
def receipt(project: int, form: str, instance: str, query: dict[str, Any]) -> dict[str, Any]:
    """What the server holds of an own submission, by hashes: only then may the phone forget it.

    Own is also what the caller holds to the byte: a phone whose account changed while it was sending finishes
    under the new one, when the old link may be dead.
    """
    row = publishing.get_form(project, form)
    found = store.sent_by(row.id, g.caller.actor_id, instance, query["xml_sha256"])
    if found is None:
        raise Problem("404.1", message="This record is not here.")
    submission, version = found
    return {"instanceId": version.instance_id, "xmlSha256": version.xml_sha256, "receivedAt": moment(version.created_at),
            "reviewState": submission.review_state,
            "attachments": [{"name": file.name, "sha256": file.sha256, "size": file.size}
                            for file in store.files([version.id]).get(version.id, [])]}
