"""Answers too long to hold: one moment of the database, kept open until the last byte is sent (DESIGN §9 "flat memory")."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import chain, islice
from types import TracebackType
from typing import Any, TypeVar

from flask import Response, request
from sqlalchemy import Connection, CursorResult, Executable, text

from server.db import db, now, writing

T = TypeVar("T")
log = logging.getLogger("pokja")


class Snapshot:
    """A connection of its own that reads one moment of the database, until it is closed.

    The wrapper's transaction ends before the body of an answer is sent, so a body that is read from the database
    while it travels needs this one. Nothing is locked: WAL and MVCC keep the old state beside the new. `streamed` closes
    it after the last byte, and when the client hangs up.
    """

    def __init__(self) -> None:
        self.connection = self._open()
        self._results: set[CursorResult[Any]] = set()
        self._helper: ThreadPoolExecutor | None = None
        self.moment: datetime = now()
        # Both databases fix what is seen with the first statement, not with BEGIN.
        self.connection.execute(text("SELECT 1 FROM projects LIMIT 1"))

    @staticmethod
    def _open() -> Connection:
        connection = db.engine.connect()
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        mark = writing.set(False)
        try:
            connection.begin()
        finally:
            writing.reset(mark)
        return connection

    @property
    def postgresql(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def batches(self, statement: Executable, size: int = 250) -> Iterator[list[tuple[Any, ...]]]:
        """The rows in batches as the driver gives them: no conversion by SQLAlchemy, at most one batch in memory."""
        result = self.connection.execute(statement, execution_options={"stream_results": True})
        self._results.add(result)
        try:
            # The strategy and not the cursor: it holds what SQLAlchemy has fetched to learn the columns.
            while found := result.cursor_strategy.fetchmany(result, result.cursor, size):
                yield found
        finally:
            self._done(result)

    def _done(self, result: CursorResult[Any]) -> None:
        if result in self._results:
            self._results.discard(result)
            result.close()

    def ahead(self, steps: Iterator[T]) -> Iterator[T]:
        """The same steps, each taken in another thread while the one before is used: a server's time is not waited for."""
        self._helper = self._helper or ThreadPoolExecutor(1, "ahead")
        coming = self._helper.submit(next, steps, None)
        while (found := coming.result()) is not None:
            coming = self._helper.submit(next, steps, None)
            yield found

    def close(self) -> None:
        """Give the connection back, with nothing left on it: its next user must not meet a cursor of ours."""
        if self._helper is not None:
            self._helper.shutdown(cancel_futures=True)
        with contextlib.suppress(Exception):  # the database may be gone; there is nothing to undo
            for result in list(self._results):
                self._done(result)
            self.connection.close()

    def __enter__(self) -> Snapshot:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def streamed(body: Iterable[bytes], snapshot: Snapshot, content_type: str) -> Response:
    """An answer whose body is read from the snapshot while it is sent.

    Its first pieces are made before anything is sent: what the database refuses is then an error and not a torn answer.
    """
    if request.method == "HEAD":
        snapshot.close()
        return Response(content_type=content_type)
    pieces = iter(body)
    begun = list(islice(pieces, 2))
    response = Response(_sent(chain(begun, pieces), snapshot), content_type=content_type)
    response.call_on_close(snapshot.close)
    return response


def _sent(body: Iterable[bytes], snapshot: Snapshot) -> Iterator[bytes]:
    """The status is sent long before an error in the body: break the line, so that nobody takes half for the whole."""
    try:
        yield from body
    except GeneratorExit:
        raise
    except Exception:
        log.exception("an answer broke off while it was sent")
        raise
    finally:
        snapshot.close()
