"""The five figures of a district's page and the comparisons beside a village's score, by hand (DOMAIN §5.4)."""

from __future__ import annotations

import pytest

from scoring.compare import Reading, against, move
from scoring.overview import Seen, overview

BANDS = ("pembinaan", "mulai", "optimal", "sangat")


def test_the_five_figures_of_a_small_district() -> None:
    seen = [
        Seen("1", "score", True, 80.0, "sangat"), Seen("2", "score", True, 55.5, "mulai"), Seen("3", "score", True, 30.0, "pembinaan"),
        Seen("4", "score", True, 41.5, "mulai"),
        Seen("5", "score", True, None, None),  # too little data: formed, but neither scored nor in a class
        Seen("6", "readiness"), Seen("7", "readiness"), Seen("8"),
    ]
    found = overview(seen, BANDS)
    assert (found.villages, found.assessed, found.formed, found.scored) == (8, 7, 5, 4)
    assert found.coverage == 5 / 8
    assert found.mean == 51.75  # (80 + 55.5 + 30 + 41.5) / 4
    assert found.median == 48.5  # between 41.5 and 55.5
    assert (found.least, found.most) == (30.0, 80.0)
    assert found.effective == 0.25875  # 207 / 800
    assert found.bands == {"pembinaan": 1, "mulai": 2, "optimal": 0, "sangat": 1}
    assert (found.insufficient, found.readiness, found.not_assessed) == (1, 2, 1)


def test_every_village_is_counted_in_exactly_one_place() -> None:
    seen = [Seen("1", "score", True, 80.0, "sangat"), Seen("2", "score", True), Seen("3", "readiness"), Seen("4")]
    found = overview(seen, BANDS)
    assert sum(found.bands.values()) + found.insufficient + found.readiness + found.not_assessed == found.villages


def test_readiness_never_lowers_the_mean() -> None:
    assert overview([Seen("1", "score", True, 60.0, "optimal"), Seen("2", "readiness", total=5.0)], BANDS).mean == 60.0


@pytest.mark.parametrize("seen", [[], [Seen("1")], [Seen("1", "readiness")]])
def test_without_a_score_there_is_no_mean_but_dashes(seen: list[Seen]) -> None:
    found = overview(seen, BANDS)
    assert (found.mean, found.median, found.least) == (None, None, None)
    assert found.coverage in (None, 0.0)


@pytest.mark.parametrize(("now", "before", "direction", "points"), [
    (Reading(70.3, 70.3, 70.3), Reading(60.68, 59.1, 61.84), "up", 9.62),
    (Reading(15.0, 14.0, 16.0), Reading(48.84, 47.94, 49.68), "down", -33.84),
    (Reading(63.0, 58.0, 66.0), Reading(60.0, 59.0, 61.0), "same", 3.0),  # what is unknown explains it
    (Reading(60.0, 60.0, 60.0), Reading(60.0, 60.0, 60.0), "same", 0.0),
    (Reading(62.0, 61.0, 63.0), Reading(60.0, 59.0, 61.0), "same", 2.0),  # bounds that touch
    (Reading(62.0, 61.01, 63.0), Reading(60.0, 59.0, 61.0), "up", 2.0),
])
def test_a_move_is_real_only_when_the_bounds_part(now: Reading, before: Reading, direction: str, points: float) -> None:
    found = move(now, before)
    assert (found.direction, found.points) == (direction, points)


def test_strongest_and_weakest_against_the_median() -> None:
    own = {"A1": 100.0, "A2": 50.0, "B1": 0.0, "B2": 75.0, "C1": 60.0}
    others = [own, {"A1": 50.0, "A2": 50.0, "B1": 40.0, "B2": 25.0}, {"A1": 75.0, "A2": 0.0, "B1": 20.0, "B2": 50.0}]
    strong, weak = against(own, others)
    assert [(one.code, one.median, one.ahead) for one in strong] == [("A1", 75.0, 25.0), ("B2", 50.0, 25.0)]
    assert [(one.code, one.median, one.ahead) for one in weak] == [("B1", 20.0, -20.0)]


def test_an_indicator_that_nobody_else_has_is_not_compared() -> None:
    assert against({"A1": 100.0}, [{"A1": 100.0}]) == ([], [])


def test_at_most_five_of_each_and_the_largest_first() -> None:
    own = {f"X{n}": 50.0 + n for n in range(1, 9)} | {f"Y{n}": 50.0 - n for n in range(1, 9)}
    strong, weak = against(own, [dict.fromkeys(own, 50.0), dict.fromkeys(own, 50.0), own])
    assert [one.code for one in strong] == ["X8", "X7", "X6", "X5", "X4"]
    assert [one.code for one in weak] == ["Y8", "Y7", "Y6", "Y5", "Y4"]
