"""What takes long to find is kept a while; what does not is found anew."""

from __future__ import annotations

import pytest
from flask import Flask

from server import dear as module
from server.dear import dear


@pytest.fixture
def clock(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in its one element; finding a thing may move it on."""
    present = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: present[0])
    return present


def test_what_is_found_quickly_is_always_found_anew(app: Flask, clock: list[float]) -> None:
    with app.app_context():
        assert [dear("cheap", lambda number=number: number) for number in range(3)] == [0, 1, 2]  # type: ignore[misc]


def test_what_took_long_is_given_again_for_some_times_as_long(app: Flask, clock: list[float]) -> None:
    def slow(value: int) -> int:
        clock[0] += 0.5
        return value

    with app.app_context():
        assert dear("slow", lambda: slow(1)) == 1
        assert dear("slow", lambda: slow(2)) == 1 and dear("other", lambda: slow(3)) == 3
        clock[0] += module.KEPT * 0.5
        assert dear("slow", lambda: slow(4)) == 4


def test_nothing_is_kept_longer_than_a_minute_nor_in_any_number(app: Flask, clock: list[float]) -> None:
    def slow(value: int) -> int:
        clock[0] += 30
        return value

    with app.app_context():
        assert dear("very slow", lambda: slow(1)) == 1
        clock[0] += module.LONGEST + 1
        assert dear("very slow", lambda: slow(2)) == 2
        for number in range(3 * module.MOST):
            dear(number, lambda: slow(0))
        assert len(app.extensions["dear"]) <= module.MOST
