"""gunicorn's threaded worker that takes its share of the connections, and stays with one that goes on (DESIGN §9).

All workers wait at one socket, and a connection that is kept open stays with the worker that took it. When many open at
once the first to wake up took most of them, and their requests ran on one core beside idle ones: in one of five runs of
the bench all 32, at half the rate.

After an answer gunicorn hands the connection to its first thread and that thread hands the next request to another: two
changes of threads that cost a tenth of a record with a photo. A phone that sends its queue has the next one ready.
"""

from __future__ import annotations

import mmap
import select
import time
from collections import deque
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

MOST = 256  # workers
GONE = -1
PATIENCE = 0.002  # seconds that a connection waits at most for a worker with fewer
LOOK = 0.0005
STAY = 10  # milliseconds that a thread waits for the next request of its connection
FREE = 2  # threads of a worker that never do

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
    """Leaves a new connection for some moments to workers with fewer open ones; none waits for a worker that hangs.

    A thread stays with its connection for some moments while no other request waits for a thread.
    """

    place = 0
    _left_since = 0.0  # when it first left a connection that nobody has taken since; 0 when there is none
    _still_there = False

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._waiting: deque[None] = deque()  # one for each request that has no thread yet
        self._staying: deque[None] = deque()  # one for each thread that stays with its connection

    def enqueue_req(self, conn: Any) -> None:
        self._waiting.append(None)
        super().enqueue_req(conn)

    def handle(self, conn: Any) -> Any:
        self._waiting.pop()
        while True:
            again = super().handle(conn)
            if again is not True or not self._goes_on(conn):
                return again

    def _goes_on(self, conn: Any) -> bool:
        """Whether the next request of this connection comes at once, as far as it is worth waiting for."""
        if self._waiting or not self.alive or len(self._staying) >= self.cfg.threads - FREE or conn.parser.unreader.buf.getvalue():
            return False
        self._staying.append(None)
        try:
            poll = select.poll()
            poll.register(conn.sock, select.POLLIN)
            return bool(poll.poll(STAY))
        finally:
            self._staying.pop()

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
