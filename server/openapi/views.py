"""Routes of the API's document: for programs, and as a page for people (DESIGN §2)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson
from flask import Response, current_app, render_template, request

from server.blueprints import PUBLIC, Room
from server.openapi import document, page

room = Room("openapi", __name__, face="json", url_prefix="/v1")
room.add_app_template_filter(page.marked, "marked")
STYLE = Path(__file__).with_name("docs.css")


@dataclass(frozen=True, slots=True)
class Document:
    """The document, its bytes and their mark."""

    told: dict[str, Any]
    data: bytes
    mark: str


def _document() -> Document:
    """Built at the first request: routes do not change while the server runs."""
    kept = current_app.extensions
    if "pokja.openapi" not in kept:
        rooms = [each for each in current_app.blueprints.values() if isinstance(each, Room)]
        told = document.build((route for each in rooms for route in each.declared), _version())
        data = orjson.dumps(told)
        kept["pokja.openapi"] = Document(told, data, hashlib.sha256(data).hexdigest()[:16])
    found: Document = kept["pokja.openapi"]
    return found


def _version() -> str:
    try:
        return version("pokja")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"


@room.on("GET HEAD", "/openapi.json", PUBLIC, gives="application/json", status="200 304")
def openapi() -> Response:
    """The API in OpenAPI 3.1, written from the routes' own declarations."""
    found = _document()
    response = Response(found.data, mimetype="application/json")
    response.set_etag(found.mark)
    response.make_conditional(request)
    return response


@room.on("GET HEAD", "/docs", PUBLIC, face="page")
def docs() -> str:
    """The same as a page to read."""
    return render_template("openapi/docs.html", **page.told(_document().told))


@room.on("GET HEAD", "/docs.css", PUBLIC, face="page")
def docs_style() -> Response:
    """How that page looks."""
    return Response(STYLE.read_text(encoding="utf-8"), mimetype="text/css")
