"""A list as files and tables: `entities.csv` and the OData service of a list (PROTOCOL §6)."""

from __future__ import annotations

import base64
import binascii
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any
from urllib.parse import quote

import orjson
from flask import Response, request

from forms import entity_metadata as metadata
from forms.odata import sanitised
from server.addresses import base
from server.blueprints import Need
from server.datasets import row_store, store
from server.datasets.filter_store import condition, order
from server.datasets.models import Dataset
from server.datasets.room import ENTITIES, LIST, MANY, a_list, room, sight
from server.datasets.row_store import Line, Place
from server.datasets.schemas import Filtering, TableQuery
from server.db import now
from server.downloads import sent
from server.problems import Problem
from server.schemas import moment

SERVICE = f"{LIST}.svc"
DESCRIBE = Need("dataset.read")
KNOWN = frozenset({"$top", "$skip", "$count", "$filter", "$select", "$orderby", "$skiptoken", "$format", "$wkt", "$expand"})
CSV = "text/csv; charset=utf-8"
ODATA = "406.1 501.1"


@room.on("GET HEAD", f"{ENTITIES}.csv", MANY, query=Filtering, gives="text/csv", status="200 304",
         problems="400.18 501.4 501.5")
def download_entities(project: int, dataset: str, query: dict[str, Any]) -> Response:
    """The entities of a list as CSV, newest first."""
    found, seen = a_list(project, dataset), sight(project, "entity.list")
    etag = store.tokens([found], seen)[found.id]
    whole = row_store.full_csv(found, seen, query["filter"], now())
    return sent(*whole, CSV, f"{found.name}.csv", None if query["filter"] else etag)


@room.on("GET HEAD", SERVICE, DESCRIBE, gives="application/json", status="200 304", problems=ODATA)
def list_service(project: int, dataset: str) -> Any:
    """The one table of a list, as an OData service document."""
    return _described(project, dataset)


def _described(project: int, dataset: str) -> Response:
    speak()
    at = _address(a_list(project, dataset))
    response = _json(orjson.dumps({"@odata.context": f"{at}/$metadata",
                                   "value": [{"name": "Entities", "kind": "EntitySet", "url": "Entities"}]}))
    response.add_etag()
    response.make_conditional(request)
    return response


@room.on("GET HEAD", f"{SERVICE}/$metadata", DESCRIBE, gives="application/xml", status="200 304", problems=ODATA)
def list_metadata(project: int, dataset: str) -> Response:
    """The type of a list's entities, as EDMX 4.0."""
    speak()
    found = a_list(project, dataset)
    response = Response(metadata.document(found.name, [each.name for each in store.properties(found.id)]),
                        content_type="application/xml; charset=utf-8")
    response.headers["OData-Version"] = "4.0"
    response.add_etag()
    response.make_conditional(request)
    return response


@room.on("GET HEAD", f"{SERVICE}/Entities", MANY, query=TableQuery, gives="application/json",
         problems=f"{ODATA} 400.18 400.23 400.35 501.4 501.5 501.6")
def list_rows(project: int, dataset: str, query: dict[str, Any]) -> Response:
    """The entities of a list as OData rows, newest first."""
    speak()
    if request.args.get("$expand", "*").strip() not in ("*", ""):
        raise Problem("501.6")
    found = a_list(project, dataset)
    names = [each.name for each in store.properties(found.id)]
    chosen = _chosen(query["select"], names)
    wanted = row_store.statement(found, sight(project, "entity.list"))
    said, trash = condition(query["filter"], names, now()) if query["filter"].strip() else (None, False)
    wanted = wanted if said is None else wanted.where(said)
    wanted = wanted if trash else wanted.where(row_store.living())
    body = _written(_document(found, wanted, names, chosen, query))
    response = sent(*body, "application/json; charset=utf-8")
    response.headers["OData-Version"] = "4.0"
    return response


def speak() -> None:
    """Refuse what we cannot speak: an older OData, another format, options we do not know."""
    newest = request.headers.get("OData-MaxVersion", "")
    if newest.split(".")[0].strip() in ("1", "2", "3"):
        raise Problem("404.1", message="This service speaks OData 4.0; the client accepts only older versions.")
    for name in request.args:
        if name.startswith("$") and name not in KNOWN:
            raise Problem("501.1", parameter=name)
    wanted, accepted = request.args.get("$format", "").lower(), request.accept_mimetypes
    if (wanted and not wanted.startswith(("json", "application/json"))) or (
            not wanted and accepted and not accepted.quality("application/json") and not accepted.quality("application/xml")):
        raise Problem("406.1")


def _chosen(select: str, names: list[str]) -> set[str] | None:
    """The top-level names to show, or the parts of `__system`; None for all. Raises 400.23."""
    asked = [each.strip() for each in select.split(",") if each.strip()]
    known = {"__id", "label", "__system", *(f"__system/{name}" for name in metadata.SYSTEM), *map(sanitised, names)}
    for each in asked:
        if each not in known and each != "*":
            raise Problem("400.23", property=each)
    return set(asked) if asked and "*" not in asked else None


@dataclass(frozen=True, slots=True)
class Token:
    """Go on behind `place`; or, in another order than by age, skip `skip` of those that were there when `place` was the newest."""

    place: Place
    skip: int | None = None


def _document(dataset: Dataset, wanted: Any, names: list[str], chosen: set[str] | None, query: dict[str, Any]) -> Iterator[bytes]:
    at, top = _address(dataset), query["top"]
    token = _token(query["skiptoken"]) if query["skiptoken"] else None
    terms = order(query["orderby"], names, now())
    total = row_store.count(wanted) if query["count"] else None
    limit = None if top is None else top + 1
    if terms:
        upto, skip = token.place if token else row_store.newest(wanted), (token.skip or 0) if token else query["skip"]
        rows = row_store.paged(wanted, None, skip, limit, order=terms, upto=upto)
    else:
        upto, skip = None, 0
        rows = row_store.paged(wanted, token.place if token else None, 0 if token else query["skip"], limit)
    last: Line | None = None
    more = False
    yield b'{"value":['
    for number, line in enumerate(row_store.lines(rows)):
        if number == top:
            more = True
            break
        last = line
        yield (b"," if number else b"") + orjson.dumps(_row(line, names, chosen))
    yield b'],"@odata.context":' + orjson.dumps(f"{at}/$metadata#Entities")
    if more and last is not None:
        behind = Token(upto, skip + top) if upto else Token(Place(last.created_at, last.id))
        yield b',"@odata.nextLink":' + orjson.dumps(f"{at}/Entities?{_options(behind)}")
    if total is not None:
        yield b',"@odata.count":' + str(total).encode()
    yield b"}"


def _row(line: Line, names: list[str], chosen: set[str] | None) -> dict[str, Any]:
    row: dict[str, Any] = {"__id": line.uuid, "label": line.label, **{sanitised(name): line.data.get(name, "") for name in names}}
    row["__system"] = {
        "createdAt": moment(line.created_at), "creatorId": str(line.creator_id or 0), "creatorName": line.creator_name or "",
        "updates": line.version - 1, "updatedAt": moment(line.updated_at), "deletedAt": moment(line.deleted_at),
        "version": line.version, "conflict": line.conflict}
    if chosen is None:
        return row
    kept = {name: value for name, value in row.items() if name in chosen}
    parts = {name: value for name, value in row["__system"].items() if f"__system/{name}" in chosen}
    return kept | ({"__system": parts} if parts and "__system" not in chosen else {})


def _options(behind: Token) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("$skip", "$skiptoken", "st")]
    said = orjson.dumps([moment(behind.place.created_at), behind.place.id, behind.skip])
    token = base64.urlsafe_b64encode(said).decode().rstrip("=")
    return "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in [*kept, ("$skiptoken", token)])


def _token(written: str) -> Token:
    try:
        at, number, skip = orjson.loads(base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True))
        created_at = datetime.fromisoformat(at)
        if created_at.tzinfo is None or not all(type(each) is int and 0 <= each < 2**31 for each in (number, skip or 0)):
            raise ValueError(written)
        created_at.astimezone(tz=None)
        return Token(Place(created_at, number), skip)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise Problem("400.35") from None


def _address(dataset: Dataset) -> str:
    return base(f"/projects/{dataset.project_id}/datasets/{quote(dataset.name, safe='')}.svc")


def _json(body: bytes) -> Response:
    return Response(body, content_type="application/json; charset=utf-8", headers={"OData-Version": "4.0"})


def _written(pieces: Iterator[bytes]) -> tuple[IO[bytes], int]:
    """The pieces as one file, on disk where it is large: an error still gets an answer of its own."""
    kept = tempfile.SpooledTemporaryFile(row_store.IN_MEMORY)  # noqa: SIM115 (closed with the response that sends it)
    for piece in pieces:
        kept.write(piece)
    size = kept.tell()
    kept.seek(0)
    return kept, size  # type: ignore[return-value]
