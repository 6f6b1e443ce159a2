"""The API's document as what its page shows: operations by room, schemas as rows of fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

BOUNDLESS = 2**31 - 1  # a limit from here on says nothing to a reader
METHODS = ("get", "post", "put", "patch", "delete", "head")


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field: its name, its type, its place, what is said of it."""

    name: str
    type: str
    link: str = ""
    place: str = ""
    required: bool = False
    said: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status with what comes along; `lines` are sentences or problems (code, sentence)."""

    status: str
    kinds: tuple[Row, ...]
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Way:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    said: str
    needs: str
    parameters: tuple[Row, ...]
    bodies: tuple[Row, ...]
    answers: tuple[Answer, ...]


def told(document: dict[str, Any]) -> dict[str, Any]:
    """What the template reads."""
    parts = document["components"]
    return {"info": document["info"], "servers": document["servers"], "schemes": parts["securitySchemes"],
            "rooms": [(tag, _ways(document, tag["name"])) for tag in document["tags"]],
            "schemas": [(name, schema.get("description", ""), _fields(schema)) for name, schema in sorted(parts["schemas"].items())]}


def marked(text: str) -> Markup:
    """A sentence with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 (escaped above)


def _ways(document: dict[str, Any], room: str) -> list[Way]:
    return [_way(document, path, method, item) for path, item in document["paths"].items() for method in METHODS
            if method in item and room in item[method]["tags"]]


def _way(document: dict[str, Any], path: str, method: str, item: dict[str, Any]) -> Way:
    one = item[method]
    given = [*item.get("parameters", []), *one.get("parameters", [])]
    shared = document["components"].get("responses", {})
    prefix = item.get("servers", document["servers"])[0]["url"].rstrip("/")
    return Way(one["operationId"], method.upper(), prefix + path, one["summary"], one.get("description", ""), one["x-needs"],
               tuple(_parameter(each) for each in given), _kinds(one.get("requestBody", {})),
               tuple(_answer(status, shared.get(each.get("$ref", "").rpartition("/")[2], each)) for status, each in one["responses"].items()))


def _parameter(each: dict[str, Any]) -> Row:
    kind, link = type_of(each["schema"])
    return Row(each["name"], kind, link, each["in"], each.get("required", False), each.get("description", ""))


def _kinds(body: dict[str, Any]) -> tuple[Row, ...]:
    return tuple(Row(kind, *type_of(each.get("schema", {}))) for kind, each in body.get("content", {}).items())


def _answer(status: str, each: dict[str, Any]) -> Answer:
    lines = [line.removeprefix("- ") for line in each["description"].splitlines()]
    pairs = tuple((line.split("`")[1], line.split("`", 2)[2].strip()) if line.startswith("`") else ("", line) for line in lines)
    return Answer(status, () if int(status) >= 400 else _kinds(each), pairs)


def _fields(schema: dict[str, Any]) -> list[Row]:
    needed = schema.get("required", [])
    return [Row(name, *type_of(each), "", name in needed, each.get("description", ""))
            for name, each in schema.get("properties", {}).items()]


def type_of(schema: dict[str, Any]) -> tuple[str, str]:
    """A schema in a few words, and the name of the schema it links to."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name, name
    if "anyOf" in schema or "allOf" in schema:
        inner = [type_of(each) for each in schema.get("anyOf", schema.get("allOf", []))]
        return " | ".join(name for name, _ in inner), next((link for _, link in inner if link), "")
    if schema.get("type") == "array":
        name, link = type_of(schema.get("items", {}))
        return f"[{name}]", link
    return _plain(schema), ""


def _plain(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "any")
    words = " | ".join(kind) if isinstance(kind, list) else str(kind)
    if schema.get("format"):
        words += f" ({schema['format']})"
    if schema.get("enum"):
        words += ": " + ", ".join("null" if each is None else str(each) for each in schema["enum"])
    limits = [f"{sign} {schema[name]}" for name, sign in (("minimum", "≥"), ("maximum", "≤"), ("maxLength", "length ≤"))
              if name in schema and schema[name] < BOUNDLESS]
    return f"{words}, {', '.join(limits)}" if limits else words
