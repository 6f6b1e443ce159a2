"""Statements made once and run on the driver's own connection: the few that every request of every phone runs (DESIGN §9).

What SQLAlchemy does around a statement (sessions, compiling, results) costs several times what the database does for it.
Here a statement of SQLAlchemy Core is turned into text and converters once per database, and run as the driver runs it.
Everything else in the program uses the session.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.sql.expression import ClauseElement

Convert = Callable[[Any], Any]
IDLE = 5.0  # seconds after which a connection that lay unused is asked whether it still lives


@dataclass(frozen=True, slots=True)
class _Form:
    """A statement in one database's words: its text, its parameters in order with their converters, the columns to convert."""

    text: str
    names: tuple[tuple[str, Convert | None], ...]
    constants: Mapping[str, Any]
    columns: tuple[tuple[int, Convert], ...]

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        constants = self.constants
        return [convert(value) if (value := values[name] if name in values else constants[name]) is not None
                and convert is not None else value for name, convert in self.names]

    def converted(self, rows: list[Any]) -> list[Any]:
        if not self.columns:
            return rows
        found = []
        for row in rows:
            cells = list(row)
            for at, convert in self.columns:
                if cells[at] is not None:
                    cells[at] = convert(cells[at])
            found.append(tuple(cells))
        return found


class Prepared:
    """A statement whose parameters are all `bindparam`s with a type; `make` is called once, when tables are known."""

    def __init__(self, make: Callable[[], ClauseElement]) -> None:
        self._make = make
        self._forms: dict[str, _Form] = {}

    def form(self, dialect: Dialect) -> _Form:
        """The statement in the words of a database."""
        known = self._forms.get(dialect.name)
        if known is None:
            known = self._forms[dialect.name] = _form(self._make(), dialect)
        return known


def _form(statement: ClauseElement, dialect: Dialect) -> _Form:
    # PostgreSQL's own placeholders: the driver would look for others in every text longer than 4,096 bytes, each time.
    speaking: Any = type(dialect)(paramstyle="numeric_dollar") if dialect.name == "postgresql" else dialect  # type: ignore[call-arg]
    compiled: Any = statement.compile(dialect=speaking)
    given = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
    constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
    shown = getattr(statement, "selected_columns", None) or getattr(statement, "_returning", ()) or ()
    columns = [(at, column.type.dialect_impl(dialect).result_processor(dialect, None)) for at, column in enumerate(shown)]
    return _Form(compiled.string, tuple((name, given[name]) for name in compiled.positiontup), constants,
                 tuple((at, convert) for at, convert in columns if convert is not None))


class Link:
    """One connection of the driver, in whatever transaction it is in."""

    __slots__ = ("_cursor", "dialect", "driver")

    def __init__(self, driver: Any, dialect: Dialect) -> None:
        self.driver, self.dialect = driver, dialect
        self._cursor = psycopg.RawCursor(driver) if isinstance(driver, psycopg.Connection) else driver.cursor()

    @property
    def postgresql(self) -> bool:
        return self.dialect.name == "postgresql"

    def rows(self, prepared: Prepared, values: Mapping[str, Any]) -> list[Any]:
        """Run a statement that answers with rows."""
        form = prepared.form(self.dialect)
        self._run(form.text, form.arguments(values))
        return form.converted(self._cursor.fetchall())

    def run(self, prepared: Prepared, values: Mapping[str, Any]) -> int:
        """Run a statement that answers with no rows; how many it touched."""
        form = prepared.form(self.dialect)
        self._run(form.text, form.arguments(values))
        return int(self._cursor.rowcount)

    def many(self, prepared: Prepared, values: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each of the values."""
        for each in values:
            self.run(prepared, each)

    def say(self, text: str) -> None:
        """Run a text without parameters: BEGIN and its like."""
        self._run(text, ())

    def _run(self, text: str, arguments: Any) -> None:
        try:
            self._cursor.execute(text, arguments)
        except self.dialect.loaded_dbapi.Error as error:
            # As the session would raise it: the wrapper of requests knows these.
            raise DBAPIError.instance(text, None, error, self.dialect.loaded_dbapi.Error, dialect=self.dialect) from error


def link_of(connection: Connection) -> Link:
    """The driver's connection under SQLAlchemy's, in the same transaction."""
    return Link(connection.connection.driver_connection, connection.dialect)


class _Spares:
    """Connections in autocommit that nobody uses just now, last in, first out."""

    def __init__(self) -> None:
        self._free: deque[tuple[Link, float]] = deque()

    def take(self, engine: Engine) -> Link:
        while True:
            try:
                link, used = self._free.pop()
            except IndexError:
                return _connect(engine)
            if time.monotonic() - used < IDLE or _lives(link):
                return link

    def give_back(self, link: Link) -> None:
        self._free.append((link, time.monotonic()))

    def close(self) -> None:
        while self._free:
            _close(self._free.pop()[0])


_spares: WeakKeyDictionary[Engine, _Spares] = WeakKeyDictionary()
_making = threading.Lock()


def _of(engine: Engine) -> _Spares:
    known = _spares.get(engine)
    if known is None:
        with _making:
            known = _spares.setdefault(engine, _Spares())
        event.listen(engine, "engine_disposed", _disposed)
    return known


def _disposed(engine: Engine) -> None:
    found = _spares.pop(engine, None)
    if found is not None:
        found.close()


def _connect(engine: Engine) -> Link:
    taken = engine.raw_connection()
    driver: Any = taken.driver_connection
    taken.detach()  # ours alone from here on; made like all others, but not of the pool
    if not isinstance(driver, sqlite3.Connection):
        driver.rollback()
        driver.autocommit = True
        driver.prepare_threshold = 0
    return Link(driver, engine.dialect)


def _lives(link: Link) -> bool:
    if isinstance(link.driver, sqlite3.Connection):
        return True
    try:
        link.say("SELECT 1")
    except DBAPIError:
        _close(link)
        return False
    return True


def _close(link: Link) -> None:
    # SQLite keeps a closed connection, and its lock, while a statement of it is under way: so first roll back.
    for step in (link.driver.rollback, link.driver.close):
        with suppress(Exception):
            step()


@contextmanager
def spare(engine: Engine) -> Iterator[Link]:
    """A connection on which each statement stands alone, unless the block says BEGIN; then the block also ends it."""
    spares = _of(engine)
    link = spares.take(engine)
    try:
        yield link
    except BaseException as error:
        if isinstance(error, OperationalError | InterfaceError):
            spares.close()  # the database may have gone away: the others would be as dead
            _close(link)
        elif _undone(link):
            spares.give_back(link)
        raise
    spares.give_back(link)


def _undone(link: Link) -> bool:
    """Roll back what a failed block left open; False when the connection is of no more use."""
    try:
        link.driver.rollback()
    except Exception:
        _close(link)
        return False
    return True
