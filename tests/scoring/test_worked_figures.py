"""The worked figures of DOMAIN §1.3 and §5.4, to the last printed digit."""

from __future__ import annotations

from math import isclose

import pytest

from scoring.figures import half_up, printed
from scoring.model import Rubric
from scoring.simulation import index_means, verdict
from scoring.totals import Mark, Part, part, total

C_SCORES = {
    "C1": 90, "C2": 30, "C3": 80, "C4": 20, "C5": 45, "C6": 50, "C7": 100, "C8": 75, "C9": 50,
    "C11": 25, "C12": 70, "C13": 60,
}  # fmt: skip


def dimension(rubric: Rubric, code: str):
    return next(found for found in rubric.dimensions if found.code == code)


def test_six_dimension_scores_give_the_worked_arithmetic_and_geometric_totals(rubric: Rubric) -> None:
    scores = dict(zip("ABCDEF", (72.5, 61.0, 55.0, 48.0, 66.0, 40.0), strict=True))
    parts = [Part(d.code, d.weight, scores[d.code], scores[d.code], scores[d.code], 1.0) for d in rubric.dimensions]
    found = total(parts)
    assert printed(found.score) == "58,79"
    assert printed(found.geometric) == "57,91"


def test_dimension_c_without_families_at_risk_drops_c10_from_the_weights(rubric: Rubric) -> None:
    marks = {code: Mark("answered", float(score)) for code, score in C_SCORES.items()} | {"C10": Mark("tb", None)}
    found = part(dimension(rubric, "C"), marks, 0.70)
    assert printed(found.score) == "59,40"
    assert found.completeness == 1.0
    assert found.lower == found.upper == found.score


def test_dimension_c_with_c13_not_known_keeps_its_score_and_widens_its_bounds(rubric: Rubric) -> None:
    marks = {code: Mark("answered", float(score)) for code, score in C_SCORES.items()}
    marks |= {"C10": Mark("tb", None), "C13": Mark("tt", None)}
    found = part(dimension(rubric, "C"), marks, 0.70)
    assert found.completeness is not None and isclose(found.completeness, 0.84)
    assert [printed(value) for value in (found.score, found.lower, found.upper)] == ["59,29", "49,80", "65,80"]


@pytest.mark.parametrize(
    ("code", "raw", "expected"),
    [
        ("F2", 46.0, 65.0), ("F4", 10.5, 37.5), ("F2", 0.0, 0.0), ("F2", 80.0, 100.0), ("F4", 2.0, 100.0),
        ("F4", 25.0, 0.0), ("F3", 22.0, 50.0), ("F1", 30.0, 75.0), ("A3", 80.0, 100.0), ("A4", 35.0, 75.0),
    ],
)  # fmt: skip
def test_a_measured_value_between_two_points_scores_on_the_line_between_them(
    rubric: Rubric, code: str, raw: float, expected: float
) -> None:
    points = rubric.indicators[code].points
    assert points is not None
    assert isclose(points.line(raw), expected)


@pytest.mark.parametrize(
    ("points", "indexes", "label"),
    [
        (((4, 3, 4, 3, 3), (3, 4, 2), (2, 3, 1, 3)), (3.40, 3.00, 2.25), "berkembang"),
        (((4, 3, 4, 3, 3), (3, 4, 3), (3, 4, 2, 4)), (3.40, 3.33, 3.25), "berkelanjutan"),
        (((4, 3, 4, 3, 3), (3, 2, 2), (3, 4, 2, 4)), (3.40, 2.33, 3.25), "mandiri"),
        (((1, 1, 1, 1, 1), (3, 2, 2), (3, 4, 2, 4)), (1.00, 2.33, 3.25), "dasar"),
        (((1, 1, 1, 1, 1), (1, 1, 1), (1, 1, 1, 1)), (1.00, 1.00, 1.00), "dasar"),
    ],
)
def test_points_of_the_national_variables_give_the_worked_indexes_and_class(rubric, points, indexes, label) -> None:
    simulation = rubric.simulation
    variables = [found.code for index in simulation.indexes for found in index.variables]
    scored = dict(zip(variables, (float(p) for group in points for p in group), strict=True))
    means = index_means(simulation, scored)
    assert tuple(means.values()) == indexes
    assert verdict(simulation, means).code == label


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (59.295, "59,30"),  # 59.295 as a double is a little more, 59.285 a little less than written
        (59.285, "59,29"), (0.005, "0,01"), (0.0049, "0,00"), (100.0, "100,00"), (59.99999999999999, "60,00"),
        (None, "–"), (1234567.5, "1.234.567,50"),
    ],
)  # fmt: skip
def test_figures_are_printed_half_up_with_two_decimals(value: float | None, shown: str) -> None:
    assert printed(value) == shown


def test_the_order_of_adding_decides_no_printed_digit() -> None:
    noisy = 0.1 + 0.2 + 58.994999999999999
    assert half_up(noisy) == half_up(58.995 + 0.3) == 59.30


def test_the_best_village_scores_one_hundred_and_is_highly_optimal(assess) -> None:
    found = assess()
    short = {c: s.value for c, s in found.standings.items() if s.value != 100}
    assert short == {}
    assert found.total.score == 100
    assert found.standard.band.code == "sangat"
    assert found.simulation.verdict.code == "berkelanjutan"
