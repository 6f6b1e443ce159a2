"""The database handle and its column types; a leaf of our imports (DESIGN §3)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import orjson
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Dialect, Engine, Integer, MetaData, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import Pool
from sqlalchemy.types import JSON, TypeDecorator

from server.prepared import IDLE, Link, link_of, spare
from server.turns import Turn

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

# True while the request or command may write: SQLite then takes its write lock at once, so that a
# transaction which has read never fails half-way because another one wrote in between.
writing: ContextVar[bool] = ContextVar("writing", default=True)

Id = BigInteger().with_variant(Integer(), "sqlite")
Json = JSON(none_as_null=True)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, timestamptz on PostgreSQL, UTC text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Declarative base with predictable constraint names, which migrations rely on."""

    metadata = MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})


def now() -> datetime:
    """The present moment in UTC, cut to milliseconds, as the wire shows it (PROTOCOL §0)."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def engine_options(url: str) -> dict[str, Any]:
    """SQLAlchemy options for this database: pool, JSON by orjson."""
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode(),
        "json_deserializer": orjson.loads,
    }
    if url.startswith("postgresql"):
        options |= {"pool_size": 10, "max_overflow": 20, "pool_use_lifo": True}
    else:
        # Last in, first out: the connection used a moment ago has its pages and statements at hand.
        options |= {"pool_size": 20, "pool_use_lifo": True, "max_overflow": 40, "connect_args": {"timeout": 30, "check_same_thread": False}}
    return options


@event.listens_for(Engine, "connect")
def _open_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    # A small cache: there are many connections, the system keeps the file's pages anyway, and two megabytes stay in the
    # processor's own cache, which makes long answers a fifth faster than with six.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 30000",
                   "cache_size = -2000", "temp_store = MEMORY", "wal_autocheckpoint = 4000"):
        connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Pool, "checkin")
def _note_time(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


@event.listens_for(Pool, "checkout")
def _still_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Before a connection that lay idle is used: PostgreSQL may have been restarted. Busy ones need no question."""
    if isinstance(connection, sqlite3.Connection) or time.monotonic() - record.info.get("used", time.monotonic()) < IDLE:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error  # the pool drops it and takes another


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Any) -> None:
    if connection.dialect.name != "sqlite":
        return
    if not writing.get():
        connection.exec_driver_sql("BEGIN")
        return
    turn = _turn.get()
    if turn is not None:
        turn.take(connection.engine.url.database)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


_turn: ContextVar[Turn | None] = ContextVar("turn", default=None)


@contextmanager
def transaction(write: bool = True, *, loose: bool = False) -> Iterator[None]:
    """Everything inside becomes durable together, or not at all.

    A `loose` one only reads, and each prepared statement stands alone, which saves two journeys to the database.

    One inside another (after the outer one was rolled back, to keep something although the request fails) shares
    its turn to write: a thread that stands in line behind itself would wait for ever.
    """
    outer = _turn.get()
    mark, turn = writing.set(write), outer or Turn()
    mine = _turn.set(turn)
    try:
        if loose and _link.get() is None and not begun():
            with spare(db.engine) as link, _under(link):
                yield
        else:
            with _under(None):  # inside a loose one, too, what is written together runs on the session's connection
                yield
        if begun():
            db.session.commit()
    except BaseException:
        if begun():
            db.session.rollback()
        raise
    finally:
        if outer is None:
            turn.give_back()
        _turn.reset(mine)
        writing.reset(mark)


def begun() -> bool:
    """Whether the session has begun anything; asking it to commit or roll back nothing costs more than it seems."""
    return db.session.registry.has() and db.session().in_transaction()


_link: ContextVar[Link | None] = ContextVar("link", default=None)


@contextmanager
def _under(link: Link | None) -> Iterator[None]:
    mark = _link.set(link)
    try:
        yield
    finally:
        _link.reset(mark)


def link() -> Link:
    """The driver's connection on which prepared statements of the running transaction run."""
    return _link.get() or link_of(db.session.connection())


@contextmanager
def swift() -> Iterator[Link]:
    """A transaction that writes with prepared statements only, on a connection of its own: `link` is that one inside.

    On PostgreSQL it holds one statement, which is a transaction of its own; SQLite's statements stand between BEGIN
    and COMMIT. What it wrote is durable at its end. Not for use after the session has begun to write.
    """
    if begun():
        raise RuntimeError("a swift transaction inside another one")
    with spare(db.engine) as own, _under(own):
        if own.postgresql:
            yield own
            return
        turn = Turn()
        turn.take(db.engine.url.database)
        try:
            own.say("BEGIN IMMEDIATE")
            yield own
            own.say("COMMIT")
        finally:
            turn.give_back()
