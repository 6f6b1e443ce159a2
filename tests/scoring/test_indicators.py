"""Each rule, and the states of an indicator (DOMAIN §5.2, §5.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from scoring.figures import half_up
from scoring.score import score, to_json

VISIT = date(2026, 11, 24)
NO = {"ada": "tidak"}


def row(**values: str) -> dict[str, str]:
    return {"ada": "ya", "punya_sk": "tidak", "pertemuan_12bln": "0", "peserta": "0", **values}


# What is answered differently from the best village, and what the indicator then scores.
RULES: list[tuple[str, dict[str, Any], float]] = [
    ("A1", {"a1": "0"}, 0), ("A1", {"a1": "3"}, 75),
    ("A2", {"a2_inti": "2", "a2_bidang": "4"}, 54.55), ("A2", {"a2_inti": "0", "a2_bidang": "0"}, 0),
    ("A3", {"a3_aktif": "12"}, 40), ("A3", {"a3_aktif": "18"}, 66.67), ("A3", {"a3_aktif": "24"}, 100),
    ("A4", {"a4_terlatih": "3"}, 25), ("A4", {"a4_terlatih": "6"}, 50), ("A4", {"a4_terlatih": "10"}, 72.22),
    ("A6", {"a6": "tidak", "a6_kunjungan": None}, 0), ("A6", {"a6_kunjungan": "0"}, 40),
    ("A6", {"a6_kunjungan": "2"}, 80), ("A6", {"a6_kunjungan": "30"}, 100),
    ("A7", {"a7": "tidak_ada"}, 0), ("A7", {"a7": "camat"}, 50), ("A7", {"a7": "camat kades"}, 75),
    ("B4", {"b4": "tidak_ada"}, 0), ("B4", {"b4": "pk"}, 33), ("B4", {"b4": "pk siga lainnya"}, 67),
    ("B5", {"b5_tgl": "2026-05-24"}, 100), ("B5", {"b5_tgl": "2025-11-24"}, 75), ("B5", {"b5_tgl": "2024-11-24"}, 25),
    ("B5", {"b5_tgl": "2023-11-24"}, 0), ("B5", {"b5_tgl": "2026-02-24"}, 87.5),
    ("B6", {"b6": "profil"}, 40), ("B6", {"b6": "profil papan"}, 70),
    ("C7", {"c7_jumlah": "4", "c7_aktif": "3"}, 75), ("C7", {"c7_jumlah": "0", "c7_aktif": "0"}, 0),
    ("C8", {"c8_kali": "5"}, 87.5), ("C9", {"c9_sesi": "2"}, 37.5), ("C9", {"c9_sesi": "0"}, 0),
    ("C10", {"c10_didampingi": "30"}, 50), ("C10", {"c10_didampingi": "54"}, 100),
    ("C12", {"c12": "stbm"}, 40), ("C13", {"c13_terlaksana": "7"}, 70),
    ("D1", {"d1": "opd_kb"}, 33), ("D1", {"d1": "opd_kb sosial dpmd kesehatan"}, 67), ("D1", {"d1": "tidak_ada"}, 0),
    ("D2", {"d2": "apbn"}, 33), ("D2", {"d2": "apbn csr apbd hibah"}, 67),
    ("D3", {"d3": "tidak_ada"}, 0), ("D3", {"d3": "diusulkan"}, 25), ("D3", {"d3_realisasi": "4999999"}, 50),
    ("D3", {"d3_realisasi": "5000000"}, 75), ("D3", {"d3_realisasi": "8000000"}, 100),
    ("D3", {"d3_anggaran": "1.5E9", "d3_realisasi": "7.5E8"}, 75),
    ("D4", {"d4": "tidak_pernah"}, 0), ("D4", {"d4": "tahunan"}, 25), ("D4", {"d4": "semesteran"}, 50),
    ("D4", {"d4": "triwulanan"}, 75), ("D4", {"d4": "mingguan"}, 100),
    ("E1", {"e1_rapat": "3"}, 37.5), ("E1", {"e1_rapat": "9"}, 87.5), ("E1", {"e1_rapat": "60"}, 100),
    ("E3", {"e3": "tidak_pernah", "e3_tgl": None}, 0), ("E3", {"e3": "tahunan", "e3_tgl": "2025-11-24"}, 25),
    ("E3", {"e3": "tahunan", "e3_tgl": "2025-11-23"}, 0),
    ("E4", {"e4_profil": "tidak"}, 75), ("E4", {"e4_profil": "tidak", "e4_unggahan": "3"}, 50),
    ("E4", {"e4_unggahan": "9"}, 87.5),
    ("E5", {"e5_k0": "tidak"}, 70), ("E5", {"e5_bulan": "3"}, 65), ("E5", {"e5_k0": "tidak", "e5_bulan": "0"}, 0),
    ("F2", {"n_pus": "520"}, 75), ("F3", {"n_iud": "0", "n_mow": "0", "n_implan": "10"}, 7.35),
    ("F4", {"n_iat": "22", "n_tial": "20"}, 37.5), ("F5", {"f5_peserta": "1480"}, 50), ("F6", {"f6_d": "75"}, 50),
]  # fmt: skip


@pytest.mark.parametrize(("code", "named", "expected"), RULES)
def test_an_answer_scores_by_its_rule(assess: Callable, code: str, named: dict[str, Any], expected: float) -> None:
    value = assess(named).standings[code].value
    assert value is not None
    assert half_up(value) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (NO, 0), (row(), 20), (row(punya_sk="ya"), 30), (row(pertemuan_12bln="6"), 55),
        (row(punya_sk="ya", pertemuan_12bln="12"), 100), (row(punya_sk="ya", pertemuan_12bln="60"), 100),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("code", "kind"), [("C1", "bkb"), ("C2", "bkr"), ("C3", "bkl"), ("C4", "uppka"), ("C5", "pikr")])
def test_each_activity_group_scores_from_its_own_row(assess, code, kind, values, expected) -> None:
    standings = assess(rows={kind: values}).standings
    assert standings[code].value == expected
    assert [c for c in ("C1", "C2", "C3", "C4", "C5") if standings[c].value != 100 and c != code] == []


def test_the_row_of_a_group_is_found_by_its_kind_not_by_its_place(rubric, village) -> None:
    answers = village.answers(rows={"bkb": row(pertemuan_12bln="6")})
    moved = {k.replace("/poktan[1]", "/poktan[9]").replace("/poktan[5]", "/poktan[1]"): v for k, v in answers.items()}
    moved = {k.replace("/poktan[9]", "/poktan[5]"): v for k, v in moved.items()}
    found = score(moved, rubric, on=VISIT).standings["C1"]
    assert found.value == 55
    assert {given.path.split("/")[1] for given in found.inputs if given.value} == {"poktan[5]"}


@pytest.mark.parametrize(
    ("named", "rows", "expected"),
    [
        # 20/100, 10/100 of the two groups that have members; two groups do not exist; no elderly at all.
        ({"n_kel_balita": "100", "n_kel_remaja": "100", "n_kel_lansia": "0"},
         {"bkb": row(peserta="20"), "bkr": row(peserta="10"), "uppka": NO, "pikr": NO}, 7.5),
        ({}, dict.fromkeys(("bkb", "bkr", "bkl", "uppka", "pikr"), NO), 0.0),
    ],
)  # fmt: skip
def test_participation_leaves_out_groups_whose_target_group_is_nobody(assess, named, rows, expected) -> None:
    assert assess(named, rows).standings["F1"].raw == expected


STATES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("A1", {"a1": "tt"}, {}, "tt"), ("A1", {"a1": None}, {}, "missing"),
    ("A2", {"a2_bidang": None, "a2_kode": "tt"}, {}, "tt"), ("A2", {"a2_bidang": None}, {}, "missing"),
    ("A6", {"a6": "tt", "a6_kunjungan": None}, {}, "tt"), ("A6", {"a6_kunjungan": None}, {}, "missing"),
    ("A7", {"a7": "tt"}, {}, "tt"), ("B5", {"b5_tgl": None, "b5_kode": "tt"}, {}, "tt"),
    ("B2", {"b1": "0", "b2": None}, {}, "notAsked"), ("B4", {"b1": "1", "b4": None}, {}, "notAsked"),
    ("C13", {"b1": "1"}, {}, "notAsked"), ("B2", {"b1": "tt", "b2": None}, {}, "missing"),
    ("B2", {"b1": "1"}, {}, "answered"),
    ("C1", {"n_kel_balita": "0"}, {}, "tb"), ("C1", {}, {"bkb": {"ada": "tb"}}, "tb"),
    ("C1", {}, {"bkb": {"ada": "tt"}}, "tt"), ("C1", {}, {"bkb": {}}, "missing"),
    ("C1", {}, {"bkb": {"ada": "ya", "punya_sk": "tt", "pertemuan_12bln": "3"}}, "tt"),
    ("C1", {}, {"bkb": {"ada": "ya", "punya_sk": "ya", "poktan_kode": "tt"}}, "tt"),
    ("C4", {"n_keluarga": None, "n_tt": "n_keluarga"}, {"uppka": {"ada": "tb"}}, "tb"),
    ("C6", {"n_krs": "0"}, {}, "tb"), ("C6", {"c6": "tb"}, {}, "tb"),
    ("C10", {"c10_krs": "0", "c10_didampingi": "0"}, {}, "tb"),
    ("C10", {"c10_krs": None, "c10_didampingi": None, "c10_kode": "tb"}, {}, "tb"),
    ("C10", {"c10_didampingi": None, "c10_kode": "tt"}, {}, "tt"),
    ("F6", {"f6_s": "0", "f6_d": "0"}, {}, "tb"),
    ("D4", {"d4": "lainnya"}, {}, "missing"), ("D4", {"d4": "tt"}, {}, "tt"), ("E3", {"e3": "lainnya"}, {}, "missing"),
    ("E3", {"e3_tgl": None, "e3_kode": "tt"}, {}, "tt"), ("E4", {"e4_profil": "tt"}, {}, "tt"),
    ("D3", {"d3_realisasi": None, "d3_kode": "tt"}, {}, "tt"),
    ("F1", {"n_kel_balita": None, "n_tt": "n_kel_balita"}, {}, "tt"),
    ("F1", {}, {"bkr": {"ada": "ya", "punya_sk": "ya", "pertemuan_12bln": "3", "poktan_kode": "tt"}}, "tt"),
    ("F2", {"n_pus": None, "n_tt": "n_pus"}, {}, "tt"), ("F2", {"n_pus": "0"}, {}, "tb"),
    ("F2", {"n_iud": None, "n_tt": "kb"}, {}, "tt"), ("F4", {"n_pus": "0"}, {}, "tb"),
    ("F3", dict.fromkeys(("n_iud", "n_mow", "n_mop", "n_implan", "n_suntik", "n_pil", "n_kondom"), "0"), {}, "tb"),
    ("F5", {"n_penduduk": "0"}, {}, "missing"), ("A5", {"a5": "tb"}, {}, "missing"), ("A1", {"a1": "99"}, {}, "missing"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "named", "rows", "state"), STATES)
def test_not_known_not_applicable_missing_and_not_asked_are_four_different_things(
    assess: Callable, code: str, named: dict[str, Any], rows: dict[str, Any], state: str
) -> None:
    found = assess(named, rows).standings[code]
    assert found.state == state
    assert found.value == {"notAsked": 0, "answered": 100}.get(state)


@pytest.mark.parametrize(
    ("code", "named", "shown"),
    [
        ("A3", {"a3_aktif": "12"}, "12 dari 30 anggota aktif = 40,0 %"),
        ("D3", {}, "Dianggarkan tahun ini; anggaran Rp 10.000.000, realisasi Rp 9.000.000"),
        ("E3", {}, "Bulanan; laporan terakhir 01/11/2026"),
        ("B2", {"b1": "0", "b2": None}, "Tidak ditanyakan karena syaratnya belum ada: nilai 0."),
        ("A1", {"a1": "tt"}, "Tidak tahu (TT): tidak ikut dihitung, kelengkapan berkurang."),
        ("C10", {"c10_krs": "9", "c10_didampingi": "9"},
         "9 dari 9 KRS didampingi = 100,0 %. Angka kecil: penyebut di bawah 10."),
    ],
)  # fmt: skip
def test_the_explanation_shows_the_raw_counts_in_indonesian(assess, code, named, shown) -> None:
    indicators = {i["code"]: i for d in to_json(assess(named))["dimensions"] for i in d["indicators"]}
    assert indicators[code]["explain"]["Indonesia (id)"] == shown
    assert indicators[code]["explain"]["English (en)"] != shown


@pytest.mark.parametrize(
    ("code", "named", "small"),
    [
        ("A3", {"a3_anggota": "29", "a3_aktif": "20"}, True), ("A3", {}, False),
        ("C10", {"c10_krs": "9", "c10_didampingi": "9"}, True), ("C10", {"c10_krs": "10", "c10_didampingi": "9"}, False),
        ("F1", {"n_kel_balita": "29"}, True), ("F1", {}, False), ("F2", {"n_pus": "20"}, True), ("A2", {}, False),
    ],
)  # fmt: skip
def test_small_denominators_are_marked(assess, code, named, small) -> None:
    assert assess(named).standings[code].small is small
