"""gunicorn's threaded worker that takes its share of the connections and not more (DESIGN §9).

All workers wait at one socket, and a connection that is kept open stays with the worker that took it. When many open at
once the first to wake up took most of them, and their requests ran on one core beside idle ones: in one of five runs of
the bench all 32, at half the rate.
"""

from __future__ import annotations

import mmap
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

MOST = 256  # workers
GONE = -1
PATIENCE = 0.002  # seconds that a connection waits at most for a worker with fewer
LOOK = 0.0005

# Open connections of every worker, in memory that all of them share: made before they fork.
_open = memoryview(mmap.mmap(-1, 4 * MOST)).cast("i")
for _place in range(MOST):
    _open[_place] = GONE


def give_place(worker: EvenWorker) -> None:
    """Give a worker that is about to be forked its place in the shared count. Called by the arbiter only."""
    worker.place = next(place for place in range(MOST) if _open[place] == GONE)
    _open[worker.place] = 0


def take_back(worker: EvenWorker) -> None:
    """Free the place of a worker that ended, however it ended. Called by the arbiter only."""
    _open[worker.place] = GONE


class EvenWorker(ThreadWorker):  # type: ignore[misc]
    """Leaves a new connection for some moments to workers with fewer open ones; none waits for a worker that hangs."""

    place = 0
    _left_since = 0.0  # when it first left a connection that nobody has taken since; 0 when there is none
    _still_there = False

    def accept(self, listener: Any) -> None:
        _open[self.place] = self.nr_conns
        if self.nr_conns > min(count for count in _open if count != GONE):
            now = time.monotonic()
            self._left_since = self._left_since or now
            if now - self._left_since < PATIENCE:
                self._still_there = True
                return
        self._left_since = 0.0
        super().accept(listener)
        _open[self.place] = self.nr_conns

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        if self._left_since and self._accepting:
            self.set_accept_enabled(False)  # it would be told of the connection again and again
            super().wait_for_and_dispatch_events(LOOK)
            self.set_accept_enabled(True)
            timeout, self._still_there = 0, False
        super().wait_for_and_dispatch_events(timeout)
        if self._left_since and not self._still_there:
            self._left_since = 0.0
        _open[self.place] = self.nr_conns
