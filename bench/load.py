"""A load generator that costs little: raw sockets in one thread, requests made of bytes that are ready (DESIGN §9)."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Result:
    """What a run measured: `seconds` of it, and the time of each answered request in seconds."""

    seconds: float = 0.0
    times: list[float] = field(default_factory=list)
    wrong: int = 0
    first_wrong: bytes = b""

    @property
    def rate(self) -> float:
        """Answered requests per second."""
        return len(self.times) / self.seconds if self.seconds else 0.0

    def quantile(self, part: float) -> float:
        """Time in seconds below which this part of the requests was answered."""
        ordered = sorted(self.times)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else float("nan")


class _Line:
    """One kept-alive connection with at most one request on its way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.began = 0.0
        self.rest = memoryview(b"")
        self.got = b""

    def send(self, request: bytes) -> None:
        self.began, self.rest, self.got = time.perf_counter(), memoryview(request), b""
        self.push()

    def push(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.rest = self.rest[self.socket.send(self.rest):]

    def receive(self) -> bytes | None:
        """The whole answer once it is there."""
        while True:  # all that is there: the poll tells of new bytes only
            part = self.socket.recv(262144)
            if not part:
                raise ConnectionError(f"the server closed a connection after {self.got[:200]!r}")
            self.got += part
            if len(part) < 262144:
                break
        end = self.got.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = self.got[:end].lower()
        if b"transfer-encoding: chunked" in head:
            return self.got if self.got.endswith(b"\r\n0\r\n\r\n") else None
        at = head.find(b"content-length:")
        length = int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
        return self.got if len(self.got) >= end + 4 + length else None


def run(address: tuple[str, int], connections: int, seconds: float, request: Callable[[], bytes],
        status: bytes = b"201") -> Result:
    """Keep every connection busy for some seconds; `request` makes the next request's bytes."""
    poll, result = select.epoll(), Result()
    lines = {}
    for _ in range(connections):
        line = _Line(address)
        lines[line.socket.fileno()] = line
        poll.register(line.socket, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)
    began = time.perf_counter()
    until = began + seconds
    for line in lines.values():
        line.send(request())
    busy = len(lines)
    while busy:
        for number, what in poll.poll(30):
            line = lines[number]
            if what & select.EPOLLOUT and line.rest:
                line.push()
            if not what & select.EPOLLIN:
                continue
            try:
                answer = line.receive()
            except BlockingIOError:
                continue
            if answer is None:
                continue
            moment = time.perf_counter()
            result.times.append(moment - line.began)
            if answer[9:12] != status:
                result.wrong += 1
                result.first_wrong = result.first_wrong or answer
            if moment < until:
                line.send(request())
            else:
                busy -= 1
    result.seconds = time.perf_counter() - began
    poll.close()
    for line in lines.values():
        line.socket.close()
    return result
