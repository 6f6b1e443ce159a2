"""What every list and record of the API takes: `limit`, `offset`, `X-Extended-Metadata` (PROTOCOL §0)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import request
from marshmallow import fields, validate

from server.schemas import Wire

T = TypeVar("T")
MOST = 2**31 - 1  # what a database counts rows with


class Page(Wire):
    """Which part of a list is wanted; without both, all of it."""

    limit = fields.Integer(load_default=None, validate=validate.Range(min=0, max=MOST))
    offset = fields.Integer(load_default=0, validate=validate.Range(min=0, max=MOST))


def part(rows: Sequence[T], query: dict[str, Any]) -> Sequence[T]:
    """The wanted part of a list that is at hand as a whole."""
    start, limit = query["offset"], query["limit"]
    return rows[start:] if limit is None else rows[start:start + limit]


def extended() -> bool:
    """Whether the client asked for the fields that cost more."""
    return request.headers.get("X-Extended-Metadata", "").strip().lower() == "true"
