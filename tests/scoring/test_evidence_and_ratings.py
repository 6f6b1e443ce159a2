"""Evidence caps an answer, a reviewer's rating replaces it (DOMAIN §5.2, DESIGN §4)."""

from __future__ import annotations

from datetime import date

import pytest

from scoring.errors import RatingError
from scoring.score import Rating, score, to_json

LIGHT = {"c6": "2"}


def test_an_answer_above_fifty_without_its_evidence_is_capped_and_keeps_its_uncapped_value(assess) -> None:
    found = assess(proof=False).standings["A1"]
    assert (found.value, found.uncapped, found.evidence.present, found.evidence.rejected) == (50, 100, False, False)


def test_an_answer_of_fifty_or_less_needs_no_evidence(assess) -> None:
    assert assess(LIGHT, proof=False).standings["C6"].value == 50
    assert assess({"c6": "1"}, proof=False).standings["C6"].value == 25


def test_computed_results_need_no_evidence(assess) -> None:
    standings = assess(proof=False).standings
    assert [standings[code].value for code in ("F1", "F2", "F3", "F4")] == [100, 100, 100, 100]


@pytest.mark.parametrize(
    ("named", "code", "present"),
    [
        ({"a5_lokasi": None}, "A5", False),  # a photo and the place, both
        ({"a5_bukti": None, "a5_bukti_2": None}, "A5", False),
        ({"a5_bukti": None, "a5_bukti_2": "x.jpg"}, "A5", True),  # either of two photos
        ({"c12_sebelum": None}, "C12", False),  # before and after, both
        ({"e4_tautan": None}, "E4", True),  # a link or a screenshot
        ({"e4_tautan": None, "e4_bukti": None, "e4_bukti_2": None}, "E4", False),
        ({"e4_bukti": None, "e4_bukti_2": None}, "E4", True),
    ],
)
def test_evidence_is_present_when_every_part_of_it_is(assess, village, rubric, named, code, present) -> None:
    answers = village.answers()
    for name, value in named.items():
        answers.pop(village.path(name), None)
        if value:
            answers[village.path(name)] = value
    found = score(answers, rubric, on=date(2026, 11, 24)).standings[code]
    assert found.evidence.present is present
    assert found.value == (100 if present else 50)


@pytest.mark.parametrize("rejected", ["/modul_a/g_a1/a1_bukti", "a1_bukti.jpg"])
def test_rejected_evidence_caps_like_absent_evidence_when_no_other_photo_is_left(assess, rejected) -> None:
    found = assess({"a1_bukti_2": None}, rejected_evidence=[rejected, "a1_bukti_2.jpg"]).standings["A1"]
    assert (found.value, found.evidence.rejected, found.evidence.present) == (50, True, False)
    assert assess(rejected_evidence=[rejected]).standings["A1"].value == 100


def test_rejected_evidence_of_one_row_leaves_the_other_rows_alone(assess, village) -> None:
    path = village.path("poktan_bukti").replace("/poktan", "/poktan[2]", 1)
    standings = assess(rejected_evidence=[path]).standings
    assert [standings[code].value for code in ("C1", "C2", "C3")] == [100, 50, 100]


def test_a_photo_that_is_named_but_never_arrived_is_no_evidence(assess) -> None:
    assert assess(files=[]).standings["A1"].value == 50
    assert assess(files=["a1_bukti.jpg"]).standings["A1"].value == 100
    assert assess(files=[]).standings["E4"].value == 100  # its link is text and needs no file


def test_the_cap_is_explained(assess) -> None:
    found = to_json(assess(proof=False))["dimensions"][0]["indicators"][0]
    assert found["explain"]["Indonesia (id)"].endswith("Nilai 100,00 dibatasi 50,00 karena bukti dukung belum ada.")
    assert found["evidence"]["required"] == ["D"]
    assert found["evidence"]["paths"] == ["/modul_a/g_a1/a1_bukti", "/modul_a/g_a1/a1_bukti_2"]


def rated(*values: float, indicator: str = "A1") -> list[Rating]:
    return [Rating(indicator, value, f"peninjau {place}") for place, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "value", "spread"), [((60,), 60, 0), ((20, 90), 55, 70), ((90, 20, 30), 30, 70), ((0, 0, 0), 0, 0)]
)
def test_ratings_are_combined_by_the_median_and_their_spread_is_kept(assess, values, value, spread) -> None:
    found = assess(ratings=rated(*values)).standings["A1"]
    assert (found.value, found.rating.value, found.rating.raters, found.rating.spread) == (value, value, len(values), spread)


def test_a_rating_replaces_the_score_and_is_not_capped_for_want_of_evidence(assess) -> None:
    found = assess(proof=False, ratings=rated(80)).standings["A1"]
    assert (found.value, found.uncapped) == (80, 100)


def test_the_later_rating_of_one_reviewer_replaces_the_earlier(assess) -> None:
    again = [Rating("A1", 20, "siti"), Rating("A1", 70, "siti")]
    found = assess(ratings=again).standings["A1"]
    assert (found.value, found.rating.raters) == (70, 1)


@pytest.mark.parametrize("named", [{"d4": "lainnya"}, {"d4": "tt"}, {"d4": None}])
def test_a_rating_answers_what_the_phone_could_not(assess, named) -> None:
    found = assess(named, ratings=rated(75, indicator="D4"))
    assert found.standings["D4"].state == "answered"
    assert found.standings["D4"].own in ("missing", "tt")
    assert found.parts[3].completeness == 1


@pytest.mark.parametrize(("indicator", "value"), [("Z9", 50), ("A1", 101), ("A1", -1), ("A1", float("nan"))])
def test_a_rating_of_nothing_or_out_of_range_is_refused(assess, indicator, value) -> None:
    with pytest.raises(RatingError, match=indicator):
        assess(ratings=[Rating(indicator, value, "siti")])
