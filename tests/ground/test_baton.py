"""One thread of a worker computes at a time, and nobody waits for a phone, a disk, or a long request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest

from server import baton

LONG = 20.0  # seconds after which a test gives up


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody ever takes the baton from another: who would have to wait for it in vain fails."""
    monkeypatch.setattr(baton, "PATIENCE", 2 * LONG)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as found:
        yield found


def call(app: Callable[[dict[str, Any], Any], Any], body: Any = None, length: int | None = None, **more: Any) -> Any:
    environ = {"wsgi.input": body or BytesIO(b"")} | more
    if length is not None:
        environ["CONTENT_LENGTH"] = str(length)
    return baton.InTurn(app)(environ, None)


def test_requests_are_worked_on_one_after_the_other(pool: ThreadPoolExecutor, patient: None) -> None:
    inside, most, count = [0], [0], threading.Lock()

    def app(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        with count:
            inside[0] += 1
            most[0] = max(most[0], inside[0])
        threading.Event().wait(0.002)  # gives Python's own lock away
        with count:
            inside[0] -= 1
        return [b"x"]

    assert list(pool.map(lambda _: call(app), range(40))) == [[b"x"]] * 40
    assert most == [1]


def test_a_long_request_does_not_stop_the_others(pool: ThreadPoolExecutor) -> None:
    others = threading.Barrier(4)

    def long(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        others.wait(LONG)
        return [b"long"]

    def short(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        return [b"short"]

    waiting = pool.submit(call, long)
    assert [call(short) for _ in range(3)] == [[b"short"]] * 3
    for _ in range(3):
        pool.submit(others.wait, LONG)
    assert waiting.result(LONG) == [b"long"]
    assert call(short) == [b"short"]
    assert not baton._line.locked()


@pytest.mark.parametrize("size", [5, baton.SMALL + 5])
def test_nobody_waits_for_a_body_on_its_way(pool: ThreadPoolExecutor, patient: None, size: int) -> None:
    come, asked = threading.Event(), threading.Event()

    class Slow(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.set()
            assert come.wait(LONG)
            return super().read(size)

    slow = pool.submit(call, lambda environ, _: [environ["wsgi.input"].read()], Slow(b"a" * size), size)
    assert asked.wait(LONG)
    assert call(lambda *_: [b"other"]) == [b"other"]
    come.set()
    assert slow.result(LONG) == [b"a" * size]


def test_others_work_while_one_is_away(pool: ThreadPoolExecutor, patient: None) -> None:
    gone, done = threading.Event(), threading.Event()

    def app(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        with baton.away():
            gone.set()
            assert done.wait(LONG)
        return [b"back"]

    one = pool.submit(call, app)
    assert gone.wait(LONG)
    assert call(lambda *_: [b"other"]) == [b"other"]
    done.set()
    assert one.result(LONG) == [b"back"]


def test_an_error_gives_the_baton_back(patient: None) -> None:
    def broken(_environ: dict[str, Any], _start: Any) -> list[bytes]:
        with baton.away():
            raise OSError("planned")

    for _ in range(2):
        with pytest.raises(OSError, match="planned"):
            call(broken)
    with baton.away():  # outside a request
        assert not baton._line.locked()


@pytest.mark.parametrize("size", [0, 7, baton.SMALL, baton.SMALL + 1])
@pytest.mark.parametrize("cut", [0, 3])
def test_a_body_arrives_as_it_came(size: int, cut: int) -> None:
    sent = (b"baris\n" * (size // 6 + 1))[:max(0, size - cut)]
    ways: list[Callable[[Any], bytes]] = [
        lambda body: body.read(), lambda body: b"".join(iter(lambda: body.read(1000), b"")), lambda body: b"".join(body),
        lambda body: b"".join(body.readlines()), lambda body: b"".join(iter(body.readline, b""))]
    for way in ways:
        assert call(lambda environ, _, way=way: [way(environ["wsgi.input"])], BytesIO(sent), size) == [sent]
    assert not baton._line.locked()


def test_a_line_cut_in_a_small_body_is_met_where_it_is_read() -> None:
    class Torn(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError("planned")

    def app(environ: dict[str, Any], _start: Any) -> list[bytes]:
        with pytest.raises(ConnectionResetError):
            environ["wsgi.input"].read()
        return [b"told"]

    assert call(app, Torn(), 5) == [b"told"]


def test_a_body_of_unknown_length_is_left_alone() -> None:
    for more in ({"HTTP_TRANSFER_ENCODING": "chunked"}, {"CONTENT_LENGTH": "5x"}, {"CONTENT_LENGTH": "-1"}):
        assert call(lambda environ, _: [environ["wsgi.input"].read()], BytesIO(b"abc"), **more) == [b"abc"]
    assert not baton._line.locked()
