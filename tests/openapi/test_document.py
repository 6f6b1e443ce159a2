"""The API's document: written from the routes, whole, and readable without anything from elsewhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.app import ROOMS, room
from server.blueprints import Declared
from server.openapi.document import address
from server.problems import CATALOGUE

TOLD = [route for name in ROOMS for route in room(name).declared if route.face != "page"]


@pytest.fixture
def document(client: FlaskClient) -> dict[str, Any]:
    answer = client.get("/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json
    return found


def test_every_route_of_the_api_stands_in_the_document(document: dict[str, Any]) -> None:
    told = {(path, method) for path, item in document["paths"].items() for method in item}
    for route in TOLD:
        path, _ = address(route.rule)
        for method in route.methods:
            if method != "HEAD":
                assert (path, method.lower()) in told, route.endpoint


def _refs(part: Any) -> set[str]:
    if isinstance(part, dict):
        return {part["$ref"]} if isinstance(part.get("$ref"), str) else set().union(*map(_refs, part.values()), set())
    return set().union(*map(_refs, part), set()) if isinstance(part, list) else set()


def test_nothing_in_the_document_points_nowhere(document: dict[str, Any]) -> None:
    for ref in _refs(document):
        found: Any = document
        for step in ref.removeprefix("#/").split("/"):
            assert step in found, ref
            found = found[step]


@pytest.mark.parametrize("route", TOLD, ids=lambda route: route.endpoint)
def test_every_route_says_what_it_answers(route: Declared) -> None:
    assert route.summary, "a route has a sentence"
    assert route.face == "xml" or route.answers is not None or route.gives or route.status[0] == 204 \
        or route.endpoint in FREE, "a route of JSON names its schema, or its media type"
    assert set(route.problems) <= CATALOGUE.keys()


# Their shape is no marshmallow schema: keys that are ids, or what a standard describes.
FREE = {"submissions.diffs"}


def test_all_ways_to_log_in_are_declared(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]
    assert {(each["type"], each.get("scheme") or each["in"]) for each in schemes.values()} == {
        ("http", "bearer"), ("http", "basic"), ("http", "digest"), ("apiKey", "cookie"), ("apiKey", "query")}
    assert document["servers"][1]["url"] == "/v1/key/{key}"
    assert document["paths"]["/sessions"]["post"]["security"] == []
    assert {"bearer": []} in document["paths"]["/projects"]["get"]["security"]


def test_a_list_a_file_and_a_refusal_are_told_apart(document: dict[str, Any]) -> None:
    paths = document["paths"]
    listed = paths["/projects"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert listed == {"type": "array", "items": {"$ref": "#/components/schemas/projects.ProjectExtended"}}
    form = paths["/projects/{project}/forms/{form}.xml"]["get"]["responses"]
    assert list(form["200"]["content"]) == ["application/xml"] and "304" in form
    sent = paths["/projects/{project}/submission"]["post"]
    assert list(sent["responses"]["201"]["content"]) == ["text/xml"]
    assert sent["requestBody"]["content"]["multipart/form-data"]["schema"]["required"] == ["xml_submission_file"]
    assert "`409.1`" in sent["responses"]["409"]["description"]


def test_an_unchanged_document_is_not_sent_again(client: FlaskClient) -> None:
    first = client.get("/v1/openapi.json")
    again = client.get("/v1/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_page_shows_every_operation_and_fetches_nothing_from_elsewhere(client: FlaskClient, document: dict[str, Any]) -> None:
    answer = client.get("/v1/docs")
    page = answer.get_data(as_text=True)
    for item in document["paths"].values():
        for method, way in item.items():
            if method not in ("parameters", "servers"):
                assert f'id="{way["operationId"]}.{method}"' in page
    assert "<script" not in page and " style=" not in page and "http://" not in page.replace("http://openrosa.org", "")
    for link in re.findall(r'(?:href|src)="([^"]+)"', page):
        assert link.startswith(("/", "#")), link
    targets = set(re.findall(r'id="([^"]+)"', page))
    assert {link[1:] for link in re.findall(r'href="(#[^"]+)"', page)} <= targets
    assert client.get("/v1/docs.css").mimetype == "text/css"
