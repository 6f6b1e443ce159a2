"""Writers of SQLite take turns: waiting in line costs nothing, SQLite's own way of asking again and again does.

SQLite lets one writer in and tells the others to sleep and retry, up to 100 ms at a time, in no order. With many
writers most of the time is slept away and the unlucky starve. A lock of the process and one of the file, both of which
the kernel hands on, put them in line. Correctness does not depend on it: `BEGIN IMMEDIATE` still guards every write.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading

PATIENCE = 30.0  # seconds; then SQLite itself decides

_lock = threading.Lock()
_files: dict[tuple[int, str], int] = {}


class Turn:
    """One transaction's right to write, taken at its first statement."""

    __slots__ = ("_held", "_path")

    def __init__(self) -> None:
        self._held = False
        self._path = ""

    def take(self, database: str | None) -> None:
        """Wait in line for a database file; a second time changes nothing."""
        if self._held or not database or database == ":memory:" or not _lock.acquire(timeout=PATIENCE):
            return
        self._held, self._path = True, database
        with contextlib.suppress(OSError):  # a file system without locks: SQLite alone then keeps order
            fcntl.flock(_file(database), fcntl.LOCK_EX)

    def give_back(self) -> None:
        """Let the next one write."""
        if not self._held:
            return
        self._held = False
        with contextlib.suppress(OSError):
            fcntl.flock(_file(self._path), fcntl.LOCK_UN)
        _lock.release()


def _file(database: str) -> int:
    # By process: a lock that came along in a fork would be the parent's too.
    key = (os.getpid(), database)
    if key not in _files:
        _files[key] = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return _files[key]
