"""One thread of a worker computes at a time, the others stand in line (DESIGN §9).

Python runs one thread at a time anyway, but hands its lock on at every file read and every lock taken. With eight threads
at work a request is interrupted some twenty times, and its data leave the processor's cache each time: that made a request
a quarter dearer. Whoever holds the baton works until the end of its request, or until it waits for something outside:
bytes on their way, a disk, a database that writes. Nothing depends on it but speed: who has waited `PATIENCE` goes on
without, so a long request delays the others once and does not stop them.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

PATIENCE = 0.05  # seconds
SMALL = 64 << 10  # bytes of a body that is read before anything else

_line = threading.Lock()
_owner: object = None
_mine = threading.local()  # .mark: what this thread took the baton with; None while it is away


def _take() -> None:
    global _owner
    mark = object()
    _line.acquire(timeout=PATIENCE)  # in vain: then it is taken from whoever has held it for so long
    _owner = _mine.mark = mark


def _give() -> None:
    global _owner
    mark = getattr(_mine, "mark", None)
    if mark is not None and _owner is mark:
        _owner = None
        with contextlib.suppress(RuntimeError):  # given back in the moment in which it was taken over
            _line.release()
    _mine.mark = None


@contextmanager
def away() -> Iterator[None]:
    """Let others work while this thread waits for something outside; nothing where nobody holds a baton."""
    if getattr(_mine, "mark", None) is None:
        yield
        return
    _give()
    try:
        yield
    finally:
        _take()


class InTurn:
    """A WSGI application whose requests are worked on one after the other, each from the moment its body has come."""

    def __init__(self, app: Callable[[dict[str, Any], Any], Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        length = environ.get("CONTENT_LENGTH", "") if environ.get("HTTP_TRANSFER_ENCODING") is None else "?"
        try:
            if not length or length == "0":
                _take()
            elif length.isascii() and length.isdigit():
                body = environ["wsgi.input"] = _Body(environ["wsgi.input"], int(length))
                if body.left <= SMALL:
                    body.fetch()
            return self.app(environ, start_response)
        finally:
            _give()


class _Body:
    """The body of a request, whose last byte takes the baton: nobody waits for a phone in a valley."""

    def __init__(self, body: Any, length: int) -> None:
        self.body, self.left = body, length

    def fetch(self) -> None:
        """Read all of it now."""
        with contextlib.suppress(OSError):  # the application meets it again when it reads
            data = self.body.read(self.left)
            self.left -= len(data)
            self.body = BytesIO(data)
            _take()

    def _counted(self, data: bytes) -> bytes:
        if self.left > 0:
            self.left -= len(data)
            if self.left <= 0:
                _take()
        return data

    def read(self, size: int = -1) -> bytes:
        return self._counted(self.body.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._counted(self.body.readline(size))

    def readlines(self, hint: int = -1) -> list[bytes]:
        return [*self]

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line
