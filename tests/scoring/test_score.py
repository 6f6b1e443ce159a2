"""Total, bounds, classes, gates, readiness and the national simulation of whole villages (DOMAIN §1.3, §5.1, §5.4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from scoring.score import Rating, score, to_json

VISIT = date(2026, 11, 24)
NO_FIELDS = dict.fromkeys(("a1", "a2_inti", "a3_anggota"), None)


def test_a_dimension_with_too_little_answered_has_no_score_and_so_there_is_no_total(assess: Callable) -> None:
    found = assess(NO_FIELDS)
    part = found.parts[0]
    assert part.completeness == pytest.approx(6 / 20)  # A1, A2, A3 and A4, which needs the members, are unanswered
    assert (part.score, found.total.score, found.total.geometric, found.standard) == (None, None, None, None)
    assert found.total.lower < found.total.upper == 100


def test_seventy_percent_of_the_weights_are_enough(assess: Callable) -> None:
    assert assess({"a1": None, "a7": None}).parts[0].score == 100  # 14 of 20
    assert assess({"a1": None, "a5": None}).parts[0].score is None  # 13 of 20


def test_what_is_not_answered_leaves_the_total_alone_and_opens_the_bounds(assess: Callable) -> None:
    full, partial = assess(), assess({"e6": None})
    assert partial.total.score == full.total.score == 100
    assert partial.total.lower == pytest.approx(100 - 13 * 4 / 15)
    assert partial.total.upper == 100
    assert partial.total.completeness == pytest.approx((100 - 13 * 4 / 15) / 100)


def test_what_was_not_asked_counts_as_zero(assess: Callable) -> None:
    found = assess({"b1": "0", "b2": None, "b4": None, "c13_rencana": None, "c13_terlaksana": None})
    assert found.total.completeness == 1
    assert found.parts[1].score == pytest.approx(50)  # 4 + 3 + 3 of 20 weights at zero


CLASSES: list[tuple[dict[str, Any], str, str, list[str]]] = [
    ({}, "sangat", "sangat", []),
    ({"a1": "2"}, "mulai", "sangat", ["gate_sk"]),
    ({"b1": "2"}, "mulai", "sangat", ["gate_rkm"]),
    ({"a1": "tt"}, "mulai", "sangat", ["gate_sk"]),
    ({"a1": "2", "b1": "2"}, "mulai", "sangat", ["gate_sk", "gate_rkm"]),
    ({"a1": "3", "b1": "3"}, "sangat", "sangat", []),
]


@pytest.mark.parametrize(("named", "code", "ungated", "gates"), CLASSES)
def test_gates_hold_the_class_down_and_say_why(assess: Callable, named, code, ungated, gates) -> None:
    shown = to_json(assess(named))["class"]
    assert (shown["code"], shown["ungated"], shown["gates"]) == (code, ungated, gates)
    assert all(set(reason) == {"Indonesia (id)", "English (en)"} for reason in shown["reasons"])
    assert len(shown["reasons"]) == len(gates)


def test_the_gates_read_the_answer_before_the_evidence_cap(assess: Callable) -> None:
    found = assess(proof=False)
    assert found.standings["A1"].value == 50
    assert found.standard.failed == ()


@pytest.mark.parametrize(("rating", "failed"), [(74, 1), (75, 0)])
def test_the_gates_read_a_rating_where_there_is_one(assess: Callable, rating: int, failed: int) -> None:
    found = assess({"a1": "2" if failed == 0 else "4"}, ratings=[Rating("A1", rating, "siti")])
    assert len(found.standard.failed) == failed


def test_a_class_below_the_gated_ones_asks_for_no_gate(assess: Callable, village) -> None:
    low = dict.fromkeys(("a1", "a5", "b1", "b3", "b7", "c6", "c11", "d5", "e6"), "1")
    low |= {"d1": "opd_kb", "d2": "apbn", "d3": "diusulkan", "d4": "tahunan", "e2": "tahunan", "e3": "tahunan"}
    low |= {"e1_rapat": "2", "e4_unggahan": "1", "e5_bulan": "2", "b2": "2", "n_tial": "60"}
    found = assess(low)
    assert 40 <= found.total.score < 60
    assert (found.standard.band.code, found.standard.failed, found.standard.next.code) == ("mulai", (), "optimal")
    assert found.standard.points == pytest.approx(60 - round(found.total.score, 2), abs=0.006)


def test_a_class_whose_bounds_cross_a_cut_off_is_provisional(assess: Callable) -> None:
    assert assess().standard.provisional is False
    assert assess({"e6": None}).standard.provisional is False  # bounds 96.5 to 100
    some = assess(dict.fromkeys(("a1", "b2", "b5_tgl", "c13_rencana", "c7_jumlah", "d4", "e1_rapat", "f6_s"), None))
    assert some.total.lower < 80 < some.total.upper
    assert some.standard.provisional is True


def test_the_completeness_gate_closes_below_eighty_percent(assess: Callable) -> None:
    blank = ("a3_aktif", "a4_terlatih", "b2", "b5_tgl", "c13_rencana", "c10_krs", "d3", "e1_rapat", "f6_s")
    found = assess(dict.fromkeys(blank, None))
    assert found.total.score == 100
    assert found.total.completeness < 0.8
    assert [gate.code for gate in found.standard.failed] == ["gate_lengkap"]
    assert found.standard.band.code == "mulai"


R_BEST = {"r1": "ya", "r2": "menunggu", "r3": "3", "r4": "ya", "r5": "ya", "r6": "tercantum"}


@pytest.mark.parametrize("status", ["belum_ada", "dirintis"])
@pytest.mark.parametrize(
    ("named", "readiness"),
    [
        (R_BEST, 100.0),
        ({**R_BEST, "r2": "draf"}, 86.36),
        ({**R_BEST, "r3": "1", "r6": "diusulkan"}, 78.79),
        ({"r1": "tidak", "r2": "tidak", "r3": "0", "r4": "tidak", "r5": "tidak", "r6": "tidak"}, 0.0),
        ({**R_BEST, "r5": "tt"}, 100.0),
        ({"r1": "ya"}, None),
    ],
)
def test_a_village_without_a_pokja_has_readiness_and_no_score(rubric, village, status, named, readiness) -> None:
    given = {"status_pokja": status, **named}
    found = to_json(score({village.path(n): v for n, v in given.items()}, rubric, on=VISIT))
    assert (found["kind"], found["formed"], found["status"]) == ("readiness", False, status)
    assert found["readiness"] == readiness
    assert (found["total"], found["class"], found["next"], found["simulation"]) == (None, None, None, None)
    assert [part["code"] for part in found["dimensions"]] == ["R"]


@pytest.mark.parametrize("status", ["aktif", "vakum"])
def test_a_dormant_pokja_is_scored_like_an_active_one(assess: Callable, status: str) -> None:
    found = assess({"status_pokja": status})
    assert (found.kind, found.formed, found.total.score) == ("score", True, 100)


KB = ["n_iud", "n_mow", "n_mop", "n_implan", "n_suntik", "n_pil", "n_kondom", "n_hamil", "n_ias", "n_iat", "n_tial"]
SIMULATED: list[tuple[dict[str, Any], dict[str, Any], str, float]] = [
    ({}, {}, "v_pokja", 4), ({"a4_terlatih": "0"}, {}, "v_pokja", 3),
    ({"d2": "tidak_ada"}, {}, "v_dana", 1), ({"d2": "apbn"}, {}, "v_dana", 2), ({"d2": "apbn csr"}, {}, "v_dana", 3),
    ({}, {"bkb": {"ada": "tidak"}}, "v_poktan", 3), ({}, {}, "v_poktan", 4),
    ({"a5": "0", "b3": "0"}, {}, "v_sarana", 1), ({"b3": "0"}, {}, "v_sarana", 2), ({}, {}, "v_sarana", 3),
    ({"a6": "tidak", "a6_kunjungan": None, "a7": "tidak_ada"}, {}, "v_pkb_regulasi", 1), ({}, {}, "v_pkb_regulasi", 3),
    ({"b1": "1", "b4": None}, {}, "v_data", 1), ({"b4": "pk"}, {}, "v_data", 2), ({"b4": "pk siga"}, {}, "v_data", 3),
    ({"d4": "lainnya", "e2": "tidak_pernah"}, {}, "v_mekanisme", 3), ({}, {}, "v_mekanisme", 4),
    ({"d1": "tidak_ada"}, {}, "v_instansi", 1), ({"d1": "opd_kb sosial dpmd kesehatan"}, {}, "v_instansi", 3),
    ({}, {k: {"ada": "tidak"} for k in ("bkb", "bkr", "bkl", "uppka")}, "v_partisipasi", 1),  # 30 % of one of five: 6
    ({}, {k: {"ada": "tidak"} for k in ("bkr", "uppka", "pikr")}, "v_partisipasi", 4),  # (80 + 100) / 5 = 36
    ({"n_pus": "867"}, {}, "v_cpr", 2), ({"n_pus": "634"}, {}, "v_cpr", 3), ({"n_pus": "650"}, {}, "v_cpr", 2),
    ({"n_iud": "0"}, {}, "v_mkjp", 4), ({"n_iud": "0", "n_implan": "30"}, {}, "v_mkjp", 3),
    ({"n_tial": "18"}, {}, "v_unmet", 4), ({"n_tial": "20"}, {}, "v_unmet", 3), ({"n_tial": "22"}, {}, "v_unmet", 3),
    ({"n_tial": "32"}, {}, "v_unmet", 2), ({"n_tial": "44"}, {}, "v_unmet", 1),
]  # fmt: skip


@pytest.mark.parametrize(("named", "rows", "code", "points"), SIMULATED)
def test_the_national_variables_take_their_points_from_our_answers(assess, named, rows, code, points) -> None:
    simulated = assess(named, rows).simulation
    assert {found.variable.code: found.points for found in simulated.scored}[code] == points


@pytest.mark.parametrize(
    ("named", "missing"),
    [
        ({"n_pus": "0"}, ["v_cpr", "v_unmet"]),
        ({**dict.fromkeys(KB, None), "n_tt": "kb"}, ["v_cpr", "v_mkjp", "v_unmet"]),
        ({"d2": "tt"}, ["v_dana"]), ({"a4_terlatih": None, "a4_kode": "tt"}, ["v_pokja"]), ({"e2": None}, ["v_mekanisme"]),
    ],
)  # fmt: skip
def test_the_simulation_says_data_is_not_enough_where_the_national_rule_would_guess(assess, named, missing) -> None:
    shown = to_json(assess(named))["simulation"]
    assert [found["code"] for found in shown["missing"]] == missing
    assert (shown["sufficient"], shown["class"]) == (False, None)


def test_the_stored_score_is_plain_json_with_every_figure_rounded_as_printed(assess: Callable) -> None:
    shown = to_json(assess({"a3_aktif": "7", "e6": None}, ratings=[Rating("B1", 66.666, "siti")]))
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
    assert shown["dimensions"][1]["indicators"][0]["rating"] == {"value": 66.67, "raters": 1, "spread": 0.0}
    third = shown["dimensions"][0]["indicators"][2]
    assert third["inputs"] == [
        {"name": "a3_aktif", "path": "/modul_a/g_a3/a3_aktif", "value": "7"},
        {"name": "a3_anggota", "path": "/modul_a/g_a3/a3_anggota", "value": "30"},
    ]
    assert (third["value"], third["raw"]) == (23.33, pytest.approx(700 / 30))
    assert set(shown["rubric"]) == {"id", "version", "hash", "label"}


def test_every_figure_of_the_stored_score_adds_up_by_hand(assess: Callable) -> None:
    shown = to_json(assess({"a3_aktif": "7", "e1_rapat": "5", "b7": "tt", "n_krs": "0", "d4": "tahunan", "f6_d": "90"}))
    total = weights = 0.0
    for part in shown["dimensions"]:
        answered = [i for i in part["indicators"] if i["state"] in ("answered", "notAsked")]
        mean = sum(i["weight"] * i["value"] for i in answered) / sum(i["weight"] for i in answered)
        assert part["score"] == pytest.approx(mean, abs=0.011)
        total, weights = total + part["weight"] * part["score"], weights + part["weight"]
    assert shown["total"] == pytest.approx(total / weights, abs=0.011)
