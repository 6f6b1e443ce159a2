"""What holds for every village, found by searching for one where it does not (DOMAIN §5.4)."""

from __future__ import annotations

import random
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.model import Rubric
from scoring.score import Rating, Score, score, to_json
from scoring.totals import Mark, part, total

VISIT = date(2026, 11, 24)
RUBRICS = ("a1", "a5", "b1", "b2", "b3", "b7", "c6", "c11", "d5", "e6")
COUNTS = {
    "a2_inti": 3, "a2_bidang": 8, "a3_aktif": 30, "a4_terlatih": 30, "a6_kunjungan": 30, "c7_aktif": 3, "c8_kali": 60,
    "c9_sesi": 60, "c10_didampingi": 60, "c13_terlaksana": 10, "e1_rapat": 60, "e4_unggahan": 60, "e5_bulan": 6,
    "f5_peserta": 2000, "f6_d": 150,
}  # fmt: skip
EPSILON = 1e-9

marks = st.one_of(
    st.floats(0, 100).map(lambda value: Mark("answered", value)),
    st.sampled_from([Mark("tt", None), Mark("missing", None), Mark("tb", None), Mark("notAsked", 0.0)]),
)
villages = st.fixed_dictionaries(
    {name: st.sampled_from("01234") for name in RUBRICS}
    | {name: st.integers(0, most).map(str) for name, most in COUNTS.items()}
    | {"d4": st.sampled_from(["tidak_pernah", "tahunan", "bulanan", "lainnya", "tt"]), "a7": st.sampled_from(["tidak_ada", "tt", "camat kades"])}
)  # fmt: skip


def totals(rubric: Rubric, marked: dict[str, Mark]):
    parts = [part(dimension, marked, rubric.scale.completeness) for dimension in rubric.dimensions]
    return parts, total(parts)


def all_marks(rubric: Rubric, data: st.DataObject) -> dict[str, Mark]:
    return {code: data.draw(marks, label=code) for code in rubric.indicators}


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_every_score_lies_between_its_bounds_and_all_within_0_and_100(rubric: Rubric, data: st.DataObject) -> None:
    parts, found = totals(rubric, all_marks(rubric, data))
    for figure in [*parts, found]:
        if figure.score is not None:
            assert figure.lower - EPSILON <= figure.score <= figure.upper + EPSILON
        if figure.lower is not None:
            assert -EPSILON <= figure.lower <= figure.upper <= 100 + EPSILON
    if found.score is not None:
        # Below 1 a dimension counts as 1 (DOMAIN §5.4), so the means are compared over the same figures.
        weight = sum(part.weight for part in parts)
        assert found.geometric <= sum(part.weight * max(part.score, 1.0) for part in parts) / weight + EPSILON


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_forgetting_an_answer_opens_the_bounds_around_the_old_total(rubric: Rubric, data: st.DataObject) -> None:
    before = {code: Mark("answered", data.draw(st.floats(0, 100), label=code)) for code in rubric.indicators}
    gone = data.draw(st.sets(st.sampled_from(sorted(before)), max_size=8))
    old, new = totals(rubric, before)[1], totals(rubric, before | dict.fromkeys(gone, Mark("tt", None)))[1]
    assert new.lower - EPSILON <= old.score <= new.upper + EPSILON
    assert new.completeness <= old.completeness == 1


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_a_better_indicator_never_lowers_the_total(rubric: Rubric, data: st.DataObject) -> None:
    before = all_marks(rubric, data)
    answered = sorted(code for code, mark in before.items() if mark.state == "answered")
    if not answered:
        return
    code = data.draw(st.sampled_from(answered))
    better = Mark("answered", data.draw(st.floats(before[code].value, 100)))
    old, new = totals(rubric, before)[1], totals(rubric, before | {code: better})[1]
    for name in ("score", "lower", "upper"):
        if getattr(old, name) is not None:
            assert getattr(new, name) >= getattr(old, name) - EPSILON


def judge(rubric, village, named: dict[str, str], proof: bool = True, **more) -> Score:
    return score(village.answers(named, proof=proof), rubric, on=VISIT, **more)


@given(named=villages, name=st.sampled_from(RUBRICS), proof=st.booleans())
@settings(max_examples=60, deadline=None)
def test_a_higher_rubric_answer_never_lowers_the_total(rubric, village, named, name, proof) -> None:
    values = [judge(rubric, village, {**named, name: answer}, proof).total.score for answer in "01234"]
    known = [value for value in values if value is not None]
    assert known == sorted(known)


@given(named=villages, name=st.sampled_from(sorted(COUNTS)))
@settings(max_examples=60, deadline=None)
def test_a_higher_count_of_good_work_never_lowers_its_indicator(rubric, village, named, name) -> None:
    code = name.split("_")[0].upper()
    counts = range(0, COUNTS[name] + 1, max(1, COUNTS[name] // 7))
    values = [judge(rubric, village, {**named, "b1": "4", name: str(count)}).standings[code].value for count in counts]
    assert values == sorted(values)


@given(named=villages, seed=st.integers())
@settings(max_examples=40, deadline=None)
def test_the_order_of_answers_and_ratings_changes_nothing(rubric, village, named, seed) -> None:
    answers = list(village.answers(named).items())
    ratings = [Rating("A1", 40, "a"), Rating("A1", 90, "b"), Rating("E6", 10, "c"), Rating("A1", 70, "d")]
    first = to_json(score(dict(answers), rubric, on=VISIT, ratings=ratings))
    random.Random(seed).shuffle(answers)
    random.Random(seed).shuffle(ratings)
    assert to_json(score(dict(answers), rubric, on=VISIT, ratings=ratings)) == first


@given(named=villages)
@settings(max_examples=40, deadline=None)
def test_evidence_can_only_raise_a_score_and_never_beyond_its_uncapped_value(rubric, village, named) -> None:
    bare, proven = judge(rubric, village, named, proof=False), judge(rubric, village, named)
    for code, found in bare.standings.items():
        if found.value is not None:
            assert found.value <= proven.standings[code].value == found.uncapped


@given(junk=st.dictionaries(st.sampled_from(["a1", "a2_inti", "n_pus", "b5_tgl", "a7", "d4", "e4_unggahan", "n_tt"]),
                            st.text(max_size=12), max_size=8))  # fmt: skip
@settings(max_examples=150, deadline=None)
def test_answers_that_no_form_would_give_never_break_the_score(rubric, village, junk) -> None:
    found = judge(rubric, village, junk)
    assert all(s.value is None or 0 <= s.value <= 100 for s in found.standings.values())
