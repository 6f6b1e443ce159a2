"""The API's document (OpenAPI 3.1), built from what the routes declare of themselves (DESIGN §3)."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from server.blueprints import PUBLIC, SAFE, SIGNED_IN, Answers, Declared, Face
from server.openapi import words
from server.problems import CATALOGUE
from server.schemas import Moment

PREFIX = "/v1"
JSON, XML, FORM = "application/json", "text/xml", "application/x-www-form-urlencoded"
FACES: tuple[Face, ...] = ("json", "xml")
_PART = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")
EXTENDED = {"name": "X-Extended-Metadata", "in": "header", "schema": {"type": "string", "enum": ["true", "false"]},
            "description": "`true` adds the fields that cost more, where there are any."}
OPENROSA = {"name": "X-OpenRosa-Version", "in": "header", "required": True, "schema": {"type": "string", "enum": ["1.0"]}}
PROBLEM: dict[str, Any] = {
    "type": "object", "required": ["message", "code", "details"], "description": "Why a request was refused.",
    "properties": {"message": {"type": "string", "description": "A sentence for people."},
                   "code": {"type": "number", "description": "For programs; the integer part is the status."},
                   "details": {"type": "object", "description": "What the sentence is made of."}}}


def build(routes: Iterable[Declared], version: str) -> dict[str, Any]:
    """The document of these routes; pages are left out."""
    docs: dict[str, str] = {}
    told = [route for route in routes if route.face != "page"]
    spec = _empty(version, sorted({room_of(route) for route in told}, key=list(words.ROOMS).index), docs)
    for rule, group in itertools.groupby(sorted(told, key=_place), key=lambda route: route.rule):
        path, more = address(rule)
        ways = {method: _operation(route, method) for route in group for method in _methods(route)}
        spec.path(path=path, operations=ways, parameters=_parts(rule), **more)
    return _finished(spec.to_dict(), docs)


def room_of(route: Declared) -> str:
    return route.endpoint.partition(".")[0]


def _place(route: Declared) -> tuple[str, str]:
    return route.rule, route.endpoint


def _empty(version: str, rooms: list[str], docs: dict[str, str]) -> APISpec:
    def named(schema: Any) -> str:
        kind = schema if isinstance(schema, type) else type(schema)
        name = f"{kind.__module__.split('.')[1]}.{kind.__name__.removesuffix('Shown')}"
        docs[name] = (kind.__doc__ or "").strip()
        return name

    plugin = MarshmallowPlugin(schema_name_resolver=named)
    spec = APISpec("Pokja", version, "3.1.0", plugins=[plugin], info={"description": words.ABOUT}, servers=words.SERVERS,
                   tags=[{"name": room, "description": words.ROOMS[room]} for room in rooms])
    plugin.map_to_openapi_type(Moment, "string", "date-time")
    spec.components.schema("Problem", PROBLEM)
    for face, (status, codes) in itertools.product(FACES, SHARED.items()):
        spec.components.response(_shared(status, face), _problem(face, codes))
    for name, scheme in words.SCHEMES.items():
        spec.components.security_scheme(name, scheme)
    return spec


def address(rule: str) -> tuple[str, dict[str, Any]]:
    """`/v1/users/<int:user>` as `/users/{user}` of the server `/v1`; what lies elsewhere names its own server."""
    path = _PART.sub(r"{\2}", rule)
    if path.startswith(PREFIX + "/"):
        return path.removeprefix(PREFIX), {}
    return path, {"servers": [{"url": "/"}]}


def _parts(rule: str) -> list[dict[str, Any]]:
    return [{"name": name, "in": "path", "required": True, "description": words.PARTS[name],
             "schema": {"type": "integer", "minimum": 0, "maximum": 10**18 - 1} if kind == "int" else {"type": "string", "minLength": 1}}
            for kind, name in _PART.findall(rule)]


def _methods(route: Declared) -> list[str]:
    """HEAD beside GET goes without saying."""
    return [method.lower() for method in route.methods if method != "HEAD" or "GET" not in route.methods]


def _operation(route: Declared, method: str) -> dict[str, Any]:
    head, _, rest = route.summary.partition("\n")
    only = len(_methods(route)) == 1
    said: dict[str, Any] = {"operationId": route.endpoint if only else f"{route.endpoint}.{method}", "tags": [room_of(route)], "summary": head}
    if rest.strip():
        said["description"] = re.sub(r"\s*\n\s*", " ", rest.strip())
    said["x-needs"] = needs(route)
    said["parameters"] = _parameters(route)
    if method.upper() not in SAFE and (body := _body(route)):
        said["requestBody"] = {"content": body}
    said["responses"] = _responses(route)
    said["security"] = [] if route.need == PUBLIC else [{name: []} for name in words.SCHEMES]
    return said


def needs(route: Declared) -> str:
    """What the caller must hold, in words."""
    if route.need in (PUBLIC, SIGNED_IN):
        return "nothing" if route.need == PUBLIC else "any account"
    where = " in some project or form" if route.need.anywhere else ""
    return route.need.verb + where + (", or to have sent it" if route.need.own else "")


def _parameters(route: Declared) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{"in": "query", "schema": route.query}] if route.query else []
    if route.face == "xml":
        return [*found, OPENROSA]
    return [*found, EXTENDED] if "GET" in route.methods and route.answers else found


def _body(route: Declared) -> dict[str, Any]:
    content: dict[str, Any] = {kind: {"schema": _bytes(kind)} for kind in route.takes}
    if route.body is not None:
        content[JSON] = {"schema": route.body}
    return content


def _bytes(kind: str) -> dict[str, Any]:
    if kind == JSON:
        return {}
    if kind == FORM:
        return {"type": "object", "description": "The parameters of the address, which count less than these."}
    if kind != "multipart/form-data":
        return {"type": "string", "format": "binary"}
    file = {"type": "string", "format": "binary"}
    return {"type": "object", "required": ["xml_submission_file"], "properties": {"xml_submission_file": file},
            "additionalProperties": file}


def _responses(route: Declared) -> dict[str, Any]:
    good, *others = route.status
    answer: dict[str, Any] = {"description": HTTPStatus(good).phrase}
    if content := _content(route):
        answer["content"] = content
    found = {str(good): answer}
    found |= {str(status): {"description": HTTPStatus(status).phrase} for status in others}
    return found | {status: _shared(status, route.face) if codes == SHARED.get(status) else _problem(route.face, codes)
                    for status, codes in _by_status(codes_of(route)).items()}


def _content(route: Declared) -> dict[str, Any]:
    if route.status[0] == HTTPStatus.NO_CONTENT:
        return {}
    content: dict[str, Any] = {kind: {} for kind in route.gives}
    if route.face == "xml" and not content:
        return {XML: {}}
    if route.answers is not None or not content:
        content[JSON] = {"schema": _schema(route.answers)}
    return content


def _schema(answers: Answers) -> Any:
    if isinstance(answers, list):
        return {"type": "array", "items": answers[0]}
    return answers or {}


# What a request of any route may end in, beside its own problems.
ALWAYS = ("401.2", "401.3", "403.1", "429.1", "500.1")


def codes_of(route: Declared) -> list[str]:
    """The codes of all problems a request may end in: those of every route like this one, and its own."""
    codes = {*ALWAYS, *route.problems}
    if "<" in route.rule:
        codes.add("404.1")
    if route.face == "xml":
        codes.add("400.6")
    if route.query or route.body:
        codes |= {"400.8", "400.11"}
    if route.body:
        codes |= {"400.2", "400.36", "413.1"}
    if route.takes:
        codes |= {"400.39", "413.1"}
    if set(route.methods) - SAFE:
        codes.add("507.1")
    return sorted(codes, key=lambda code: [int(part) for part in code.split(".")])


def _by_status(codes: Iterable[str]) -> dict[str, list[str]]:
    return {status: list(group) for status, group in itertools.groupby(codes, key=lambda code: code.partition(".")[0])}


SHARED = _by_status((*ALWAYS[:3], "404.1", "413.1", *ALWAYS[3:], "507.1"))


def _shared(status: str, face: Face) -> str:
    return f"{face}{status}"


def _problem(face: Face, codes: list[str]) -> dict[str, Any]:
    said = "\n".join(f"- `{code}` {CATALOGUE[code]}" for code in codes)
    if face == "xml":
        return {"description": said, "content": {XML: {"example": words.OPENROSA}}}
    return {"description": said, "content": {JSON: {"schema": "Problem"}}}


def _finished(document: dict[str, Any], docs: dict[str, str]) -> dict[str, Any]:
    """With the schemas' own words, and without defaults that say nothing."""
    schemas = document["components"]["schemas"]
    for name, schema in schemas.items():
        if docs.get(name):
            schema["description"] = docs[name]
    _without_null_defaults(document)
    return document


def _without_null_defaults(part: Any) -> None:
    if isinstance(part, dict):
        if part.get("default", ...) is None:
            del part["default"]
        for each in part.values():
            _without_null_defaults(each)
    elif isinstance(part, list):
        for each in part:
            _without_null_defaults(each)
