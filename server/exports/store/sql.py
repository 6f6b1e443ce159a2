"""What SQLite and PostgreSQL say differently: moments as text, answers as numbers and moments (PROTOCOL §0, §B.7)."""

from __future__ import annotations

import sqlite3
from datetime import UTC
from typing import Any

from sqlalchemy import ColumnElement, Connection, DateTime, Float, LargeBinary, String, Text, case, cast, func, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.expression import FunctionElement

from forms.odata_filter import FilterError
from forms.odata_filter import moment as read_moment
from forms.odata_values import moment as completed
from forms.odata_values import number
from server.db import Instant
from server.submissions.models import SubmissionVersion


class wire_moment(FunctionElement[str]):  # noqa: N801 (reads as the SQL function it is)
    """A moment as the wire shows it, made by the database: formatting a million in Python would take seconds."""

    type = String()
    inherit_cache = True


@compiles(wire_moment, "sqlite")
def _sqlite_moment(element: Any, compiler: Any, **options: Any) -> str:
    column = compiler.process(next(iter(element.clauses)), **options)
    return f"(substr({column}, 1, 10) || 'T' || substr({column}, 12, 12) || 'Z')"


@compiles(wire_moment, "postgresql")
def _postgres_moment(element: Any, compiler: Any, **options: Any) -> str:
    column = compiler.process(next(iter(element.clauses)), **options)
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""


def stored_answers(connection: Connection) -> ColumnElement[Any]:
    """The answers as the text they are stored as: a batch of them read at once would crowd the processor's cache."""
    if connection.dialect.name == "postgresql":
        return cast(SubmissionVersion.__table__.c.answers, Text)
    return cast(type_coerce(SubmissionVersion.__table__.c.answers, String), LargeBinary)


def answer(path: str) -> ColumnElement[str]:
    """The answer of a path as text; null when it was not given. The path is bound, not spliced."""
    found: ColumnElement[str] = SubmissionVersion.answers[path].as_string()
    return found


# Only what the database can surely cast passes: one wrong answer must not fail everybody's filter.
_NUMBER = r"^\s*[+-]?[0-9]{1,100}(\.[0-9]{0,100})?([eE][+-]?[0-9]{1,2})?\s*$"
_LEAP = r"([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DAY = (rf"(([0-9]{{4}}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8])))"
        rf"|{_LEAP}-02-29)")
_MOMENT = rf"^(?!0000){_DAY}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{{1,9}})?)?(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)$"


def as_number(connection: Connection, value: ColumnElement[str]) -> ColumnElement[float]:
    """An answer as a number; null for what is none."""
    if connection.dialect.name == "postgresql":
        return case((value.regexp_match(_NUMBER), cast(value, Float)))
    return func.pokja_number(value, type_=Float)


def as_moment(connection: Connection, value: ColumnElement[str]) -> ColumnElement[Any]:
    """An answer as a moment; null for what is none, or names no offset."""
    if connection.dialect.name == "postgresql":
        return case((value.regexp_match(_MOMENT), cast(value, DateTime(timezone=True))))
    return func.pokja_moment(value, type_=Instant)


def teach(connection: Connection) -> None:
    """Teach a SQLite connection the two functions that read answers."""
    driver = connection.connection.dbapi_connection
    if isinstance(driver, sqlite3.Connection):
        driver.create_function("pokja_number", 1, _number, deterministic=True)
        driver.create_function("pokja_moment", 1, _moment, deterministic=True)


def _number(text: Any) -> float | None:
    return number(text) if isinstance(text, str) else None


def _moment(text: Any) -> str | None:
    if not isinstance(text, str) or "T" not in text:
        return None
    whole = completed(text)
    if whole[-1:] != "Z" and whole[-6:-5] not in ("+", "-"):
        return None
    try:
        found = read_moment(whole)
    except FilterError:
        return None
    return found.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f") if hasattr(found, "astimezone") else None
