"""The bodies that make and change entities, checked value by value with the protocol's numbers (PROTOCOL §6)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from forms.entities import uuid_of
from server.problems import Problem

MAX_LABEL = 10_000


@dataclass(frozen=True, slots=True)
class Given:
    """What a caller gives of an entity; None for what is left out."""

    uuid: str | None = None
    label: str | None = None
    data: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Upload:
    """Many entities at once, and where they come from."""

    entities: list[Given]
    source: dict[str, Any]


def new(body: Any, properties: Collection[str]) -> Given:
    """An entity to be made. Raises 400.2, 400.8, 400.11, 400.28 or 400.31 for what is wrong with it."""
    given = _read(body, properties, ("uuid", "label", "data"))
    if given.label is None:
        raise Problem("400.2", field="label")
    return given


def changed(body: Any, properties: Collection[str], *, empty: bool = False) -> Given:
    """A change of an entity; it gives a label or data, or (`empty`) nothing."""
    given = _read({} if body is None else body, properties, ("label", "data"))
    if given.label is None and not given.data and not empty and not (isinstance(body, dict) and "data" in body):
        raise Problem("400.2", field="A label or data")
    return given


def upload(body: dict[str, Any], properties: Collection[str]) -> Upload:
    """Many entities. The first wrong one is named by its place in the list."""
    _refuse_extra(body, ("entities", "source"))
    listed, source = body["entities"], body.get("source")
    if not isinstance(listed, list):
        raise Problem("400.11", field="entities", expected="an array", value=_kind(listed))
    if not isinstance(source, dict) or not isinstance(source.get("name"), str) or not source["name"].strip():
        raise Problem("400.2", field="source.name")
    if source.get("size") is not None and not isinstance(source["size"], int | str):
        raise Problem("400.11", field="source.size", expected="a number", value=_kind(source["size"]))
    _refuse_extra(source, ("name", "size"))
    _check_text("source.name", source["name"])
    read = []
    for number, each in enumerate(listed):
        try:
            read.append(new(each, properties))
        except Problem as problem:
            raise Problem(problem.code, message=f"Entity {number + 1} of {len(listed)}: {problem.message}",
                          **{**problem.details, "index": number}) from None
    return Upload(read, {"name": source["name"][:500], "size": source.get("size")})


def _read(body: Any, properties: Collection[str], keys: tuple[str, ...]) -> Given:
    if not isinstance(body, dict):
        raise Problem("400.11", field="An entity", expected="a JSON object", value=_kind(body))
    _refuse_extra(body, keys)
    return Given(_uuid(body), _label(body), _data(body, properties))


def _refuse_extra(body: dict[str, Any], keys: tuple[str, ...]) -> None:
    extra = [key for key in body if key not in keys]
    if extra:
        raise Problem("400.31", keys=", ".join(extra)[:300], expected=list(keys), actual=list(body)[:50])


def _uuid(body: dict[str, Any]) -> str | None:
    said = body.get("uuid")
    if said is None:
        return None
    found = uuid_of(said) if isinstance(said, str) else None
    if found is None:
        raise Problem("400.11", field="uuid", expected="a uuid of version 4", value=str(said)[:60])
    return found


def _label(body: dict[str, Any]) -> str | None:
    if "label" not in body:
        return None
    said = body["label"]
    if not isinstance(said, str):
        raise Problem("400.11", field="label", expected="a string", value=_kind(said))
    _check_text("label", said)
    if not said.strip():
        raise Problem("400.8", field="label", value="blank", reason="people find the entity by it.")
    if len(said) > MAX_LABEL:
        raise Problem("400.13", field="label", max=MAX_LABEL)
    return said


def _data(body: dict[str, Any], properties: Collection[str]) -> dict[str, str]:
    said = body.get("data", {})
    if said == []:  # an empty list of R becomes an empty array of JSON
        return {}
    if not isinstance(said, dict):
        raise Problem("400.11", field="data", expected="a JSON object", value=_kind(said))
    for name, value in said.items():
        if name not in properties:
            raise Problem("400.28", property=name[:300])
        if not isinstance(value, str):
            raise Problem("400.11", field=name, expected="a string", value=_kind(value))
        _check_text(name, value)
    return said


def _check_text(name: str, value: str) -> None:
    if "\0" in value or value.encode("utf-8", "replace").decode() != value:
        raise Problem("400.8", field=name, value="this text", reason="it holds a NUL or half a sign, which no database keeps.")


def _kind(value: Any) -> str:
    known = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "an array", dict: "an object"}
    return "null" if value is None else known.get(type(value), "something else")
