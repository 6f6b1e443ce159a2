"""The opaque `$skiptoken`: a place in the order of submissions, so that new ones shift nothing (PROTOCOL §4 "Paging")."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from server.exports.store import Place
from server.problems import Problem
from server.schemas import moment

_LARGEST = 2**63


@dataclass(frozen=True, slots=True)
class Token:
    """Go on behind `place`, whose first `rows` rows (of a repeat's table) were sent; or, in another order than by age, skip
    `skip` of those that were there when `place` was the newest."""

    place: Place
    rows: int = 0
    skip: int | None = None


def write(token: Token) -> str:
    said = [moment(token.place.created_at), token.place.id, token.rows, token.skip]
    return base64.urlsafe_b64encode(orjson.dumps(said)).decode().rstrip("=")


def read(written: str) -> Token:
    """Raises 400.35 for anything that `write` did not make."""
    try:
        said: Any = orjson.loads(base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True))
        at, number, rows, skip = said
        created_at = datetime.fromisoformat(at)
        numbers = [number, rows] if skip is None else [number, rows, skip]
        if created_at.tzinfo is None or not all(type(each) is int and 0 <= each < _LARGEST for each in numbers):
            raise ValueError(written)
        created_at.astimezone(tz=None)
    except (ValueError, TypeError, OverflowError, binascii.Error):
        raise Problem("400.35") from None
    return Token(Place(created_at, number), rows, skip)
