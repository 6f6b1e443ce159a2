"""Form versions as answers: JSON, the exact XML, the workbook, the list of fields (PROTOCOL §3 "Form")."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from forms.fields import Field, walk
from forms.odata import sanitised, sanitised_path
from server import files
from server.accounts import store as accounts
from server.datasets import store as datasets
from server.downloads import download
from server.lists import extended
from server.problems import Problem
from server.publishing import store
from server.publishing.models import FormAttachment, FormRow, FormVersion
from server.publishing.schemas import DatasetDiff, FieldShown, FormExtended, FormShown

Pair = tuple[FormRow, FormVersion]


def form(row: FormRow, version: FormVersion) -> Any:
    """One form as JSON."""
    return many([(row, version)])[0]


def many(pairs: list[Pair]) -> Any:
    """Forms as JSON, with the extended fields if the client asks for them."""
    if not extended():
        return FormShown(many=True).dump([plain(*pair) for pair in pairs])
    return FormExtended(many=True).dump([{**plain(*pair), **more} for pair, more in zip(pairs, _more(pairs), strict=True)])


def plain(row: FormRow, version: FormVersion) -> dict[str, Any]:
    """What FormShown and DeletedForm read."""
    return {
        "id": row.id, "project_id": row.project_id, "xml_form_id": row.xml_form_id, "state": row.state,
        "created_at": row.created_at, "updated_at": row.updated_at, "deleted_at": row.deleted_at,
        "version": version.version, "hash": version.md5, "sha": version.sha1, "sha256": version.sha256,
        "draft_token": version.draft_token, "published_at": version.published_at, "name": version.title or row.xml_form_id,
    }


def _more(pairs: list[Pair]) -> list[dict[str, Any]]:
    carrying = store.carrying_lists([version.id for _, version in pairs])
    makers = accounts.actors({row.creator_id for row, _ in pairs if row.creator_id})
    shown = []
    for row, version in pairs:
        areas = g.caller.areas("submission.list", row.project_id, row.xml_form_id)
        shown.append({**store.tally(row.id, areas), "excel_content_type": version.workbook_type,
                      "entity_related": bool(store.declarations(version)) or row.id in carrying,
                      "public_links": 0, "created_by": makers.get(row.creator_id or 0)})
    return shown


def xml(version: FormVersion) -> Response:
    """The exact bytes whose MD5 phones compare."""
    response = Response(store.definition(version).xml, content_type="application/xml; charset=utf-8")
    response.set_etag(version.md5)
    response.make_conditional(request)
    return response


def workbook(row: FormRow, version: FormVersion, suffix: str) -> Response:
    """The workbook as its author sent it; 404.1 when the form came as XML or the workbook is of the other kind."""
    wanted = "openxmlformats" if suffix == "xlsx" else "ms-excel"
    if version.workbook_sha256 is None or wanted not in (version.workbook_type or ""):
        raise Problem("404.1", message=f"There is no .{suffix} file of this form.")
    return download(version.workbook_sha256, f"{row.xml_form_id}.{suffix}")


def fields(version: FormVersion, odata: bool) -> Any:
    """All fields in form order, groups and repeats before what they hold."""
    return FieldShown(many=True).dump([
        _field(each, order, odata) for order, each in enumerate(walk(store.definition(version).fields))])


def _field(each: Field, order: int, odata: bool) -> dict[str, Any]:
    return {"path": sanitised_path(each.path) if odata else each.path,
            "name": sanitised(each.name) if odata else each.name, "type": each.type, "binary": each.binary or None,
            "select_multiple": (each.select == "many") or None, "order": order}


def attachment(slot: FormAttachment, blob: files.Blob | None, token: str | None = None) -> dict[str, Any]:
    """What AttachmentShown reads; `token` of the entity list that fills the slot."""
    return {"name": slot.name, "type": slot.type, "hash": token or (blob.md5 if blob else None),
            "exists": blob is not None or token is not None, "blob_exists": blob is not None,
            "dataset_exists": token is not None, "updated_at": slot.updated_at}


def lists_of(row: FormRow, version: FormVersion, *, with_new: bool) -> list[dict[str, Any]]:
    """What DatasetDiff reads: each list that a version writes to, with the properties it has and those to come."""
    told = []
    for declared in store.declarations(version):
        dataset = datasets.find_list(row.project_id, declared.dataset)
        known = [each.name for each in datasets.properties(dataset.id)] if dataset else []
        written = list(declared.properties.values())
        names = [*known, *(name for name in written if name not in known)] if with_new else known
        found: dict[str, Any] = {"name": declared.dataset, "properties": [
            {"name": name, "in_form": name in written} | ({"is_new": name not in known} if with_new else {}) for name in names]}
        told.append(found | ({"is_new": dataset is None} if with_new else {}))
    shown: list[dict[str, Any]] = DatasetDiff(many=True).dump(told)
    return shown
