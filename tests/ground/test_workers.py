"""Connections that stay open are shared out among the workers of a real server."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from server import workers
from tests.serving import Server

CONNECTIONS = 16
BODY = b'{"status":"ok"}'
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's list of connections")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    found = Server(f"sqlite:///{tmp_path}/pokja.db", tmp_path)
    found.start()
    yield found
    found.stop()


def open_in_each(port: int) -> dict[int, int]:
    """How many connections each process holds that has any, by Linux's own books."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"socket:[{line[9]}]" for line in lines if line[1].endswith(f":{port:04X}") and line[3] == "01"}
    held: dict[int, int] = {}
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if link.readlink().as_posix() in ours:
                held[int(link.parts[2])] = held.get(int(link.parts[2]), 0) + 1
    return held


def ask(line: socket.socket, times: int = 1) -> None:
    """Requests in one piece, and all their answers."""
    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * times)
    got = b""
    while got.count(BODY) < times:
        part = line.recv(65536)
        assert part, got
        got += part
    assert got.count(b"HTTP/1.1 200") == times


def await_both(port: int) -> None:
    """The server answers as soon as its first worker is there; the second comes a moment later."""
    for _ in range(100):
        with ExitStack() as stack:
            for _ in range(4):
                ask(stack.enter_context(socket.create_connection(("127.0.0.1", port), 20)))
            if len(open_in_each(port)) == 2:
                break
        time.sleep(0.1)


def test_connections_that_open_at_once_are_shared_out(server: Server) -> None:
    await_both(server.port)
    for _ in range(3):
        with ExitStack() as stack:
            lines = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20)) for _ in range(CONNECTIONS)]
            for line in lines:
                ask(line)
            fewest, most = sorted(open_in_each(server.port).values())
            assert fewest + most == CONNECTIONS
            assert fewest >= CONNECTIONS // 4
        for _ in range(100):
            if not open_in_each(server.port):
                break
            time.sleep(0.1)


def test_a_worker_that_died_stops_nobody(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 20) as first:
        ask(first)
        (worker,) = open_in_each(server.port)
        os.kill(worker, signal.SIGKILL)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), 20) as line:
            ask(line)


def test_requests_one_after_the_other_stay_with_their_connection_and_stop_nobody(server: Server) -> None:
    await_both(server.port)
    with ExitStack() as stack:
        lines = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20)) for _ in range(3 * CONNECTIONS)]
        for turn in range(5):
            for line in lines[turn:]:
                ask(line)
        for line in lines:
            ask(line, times=3)


def test_a_thread_stays_only_while_nobody_waits() -> None:
    class Parser:
        class unreader:  # noqa: N801 (gunicorn's name)
            buf = BytesIO()

    ours, theirs = socket.socketpair()
    with ours, theirs:
        conn = SimpleNamespace(sock=ours, parser=Parser)
        worker = workers.EvenWorker.__new__(workers.EvenWorker)
        worker.cfg, worker.alive, worker._waiting, worker._staying = SimpleNamespace(threads=3), True, deque(), deque()
        assert not worker._goes_on(conn)
        theirs.sendall(b"GET")
        assert worker._goes_on(conn)
        worker._waiting.append(None)
        assert not worker._goes_on(conn)
        worker._waiting.pop()
        worker._staying.append(None)
        assert not worker._goes_on(conn)
        worker._staying.pop()
        assert worker._goes_on(conn)
        assert not worker._staying
        worker.alive = False
        assert not worker._goes_on(conn)


def test_a_place_is_used_again_when_its_worker_ended() -> None:
    made = [workers.EvenWorker.__new__(workers.EvenWorker) for _ in range(workers.MOST)]
    for worker in made:
        workers.give_place(worker)
    try:
        assert len({worker.place for worker in made}) == workers.MOST
        workers.take_back(made[7])
        workers.give_place(made[7])
        assert made[7].place == 7
    finally:
        for worker in made:
            workers.take_back(worker)
