"""The nearest improvements promise exactly what taking them gives (EXPECTATIONS P6)."""

from __future__ import annotations

import pytest

from scoring.score import to_json

WEAK = {
    "a1": "3", "a5": "1", "b1": "3", "b2": "0", "b3": "2", "b4": "pk", "b6": "profil", "b7": "1", "c6": "1", "c8_kali": "1",
    "c9_sesi": "1", "c12": "stbm", "d1": "opd_kb", "d2": "apbn", "d4": "tahunan", "e1_rapat": "2", "e6": "1",
}  # fmt: skip
NEXT = {"a1": "4", "b4": "pk siga", "d1": "opd_kb sosial dpmd kesehatan"}


def test_the_three_steps_with_most_points_come_first(assess) -> None:
    shown = to_json(assess(WEAK))["improvements"]
    assert len(shown) == 3
    assert [step["points"] for step in shown] == sorted((step["points"] for step in shown), reverse=True)
    assert [(step["indicator"], step["value"], step["to"], step["how"], step["points"]) for step in shown] == [
        ("A1", 75, 100, "step", 1.25), ("B4", 33, 67, "step", 1.02), ("D1", 33, 67, "step", 1.02)]  # fmt: skip


@pytest.mark.parametrize("place", [0, 1, 2])
def test_taking_a_step_gives_the_points_it_promised(assess, place: int) -> None:
    before = assess(WEAK)
    step = before.steps[place]
    name = step.indicator.code.lower()
    after = assess({**WEAK, name: NEXT[name]})
    assert after.standings[step.indicator.code].value == step.to
    assert after.total.score - before.total.score == pytest.approx(step.points, abs=1e-9)


def test_showing_missing_evidence_is_a_step_and_gives_its_points(assess) -> None:
    bare = assess(proof=False)
    steps = {step.indicator.code: step for step in bare.steps}
    assert all(step.how == "evidence" and step.to == 100 for step in steps.values())
    assert list(steps) == ["A1", "B1", "B3"]  # 20 × 5 ÷ 20 weighs most, then 20 × 4 ÷ 20 twice
    assert bare.steps[0].points == pytest.approx(5 * 50 / 100)


@pytest.mark.parametrize(("named", "why"), [({}, "nothing is left"), ({"a1": None, "a2_inti": None}, "no total")])
def test_without_a_step_or_a_total_there_are_no_improvements(assess, named, why) -> None:
    assert assess(named).steps == (), why


def test_what_was_not_asked_is_no_step(assess) -> None:
    found = assess({"b1": "0", "b2": None, "b4": None, "c13_rencana": None, "c13_terlaksana": None})
    assert [step.indicator.code for step in found.steps] == ["B1"]
