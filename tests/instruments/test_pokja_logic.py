"""The instrument filled for real, on Collect's engine and on the phone's: skip logic, limits, sums (DOMAIN §5.1–5.3)."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence

import pytest

from forms.fields import walk
from forms.form import Form

Step = tuple[str, ...]
Play = Callable[[Sequence[Step]], None]

# A day before 2026 is accepted whatever the clock of the machine that runs this says.
IDENTITY: tuple[Step, ...] = (
    ("periode", "2025-S2"),
    ("kecamatan", "19.06.04"),
    ("desa", "19.06.04.2002"),
    ("jenis_penilaian", "lapangan"),
    ("tgl_kunjungan", "2025-12-20"),
)
ACTIVE: tuple[Step, ...] = (*IDENTITY, ("status_pokja", "aktif"))
METHODS = ("n_iud", "n_mow", "n_mop", "n_implan", "n_suntik", "n_pil", "n_kondom")
OTHERS = ("n_hamil", "n_ias", "n_iat", "n_tial")


def kb(pus: int, methods: Sequence[int], others: Sequence[int]) -> list[Step]:
    numbers = zip(METHODS + OTHERS, (*methods, *others), strict=True)
    return [("n_pus", str(pus)), *((name, str(number)) for name, number in numbers)]


def test_the_instance_is_named_after_village_subdistrict_and_period(play: Play) -> None:
    play([*IDENTITY, ("instanceName", "=", "Senyubuk (Kelapa Kampit), Semester 2 2025")])


@pytest.mark.parametrize(
    ("period", "day", "verdict"),
    [
        ("2025-S2", "2025-12-20", "accepted"),
        ("2025-S2", "2025-07-01", "accepted"),
        ("2025-S2", "2025-12-31", "accepted"),
        ("2025-S2", "2025-06-30", "refused"),
        ("2025-S1", "2025-06-30", "accepted"),
        ("2025-S1", "2025-07-01", "refused"),
        ("2025-S1", "2024-12-31", "refused"),
    ],
)
def test_the_visit_lies_inside_the_period(play: Play, period: str, day: str, verdict: str) -> None:
    play([("periode", period), ("tgl_kunjungan", day), ("tgl_kunjungan", verdict)])


def test_a_visit_cannot_be_in_the_future(play: Play) -> None:
    day = datetime.date.today() + datetime.timedelta(days=2)
    if day.year < 2026:
        pytest.skip("this machine's clock is before 2026, and the form then does not trust it")
    play([("tgl_kunjungan", day.isoformat()), ("tgl_kunjungan", "refused")])


def test_place_warnings_show_and_never_block(play: Play) -> None:
    play([
        *IDENTITY,
        ("ket_lokasi", "asked"),
        ("lokasi", "optional"),
        ("lokasi", "-2.708 108.075 0 50.1"),
        ("ket_lokasi", "hidden"),
        ("ket_akurasi", "asked"),
        ("lokasi", "accepted"),
        ("lokasi", "-2.708 108.075 0 12"),
        ("ket_akurasi", "hidden"),
        ("lokasi", ""),
        ("jenis_penilaian", "mandiri"),
        ("ket_lokasi", "hidden"),
    ])  # fmt: skip


MODULES = ("modul_n", "poktan[1].g_poktan", *(f"modul_{letter}" for letter in "abcdef"))


@pytest.mark.parametrize("status", ["belum_ada", "dirintis", "aktif", "vakum"])
def test_the_status_chooses_between_readiness_and_assessment(play: Play, status: str) -> None:
    formed = status in ("aktif", "vakum")
    modules = [(name, "asked" if formed else "hidden") for name in MODULES]
    play([
        ("status_pokja", "aktif"), ("poktan[1].ada", "tidak"),  # rows are made on the way; later they may hide
        ("status_pokja", status), ("modul_r", "hidden" if formed else "asked"), *modules, ("ringkasan", "asked"),
    ])  # fmt: skip


def test_readiness_asks_a_date_only_after_a_meeting_and_a_target_only_ahead(play: Play) -> None:
    play([
        *IDENTITY, ("status_pokja", "dirintis"),
        ("r1", "tidak"), ("r1_tgl", "hidden"),
        ("r1", "ya"), ("r1_tgl", "required"), ("r1_tgl", "2025-12-21"), ("r1_tgl", "refused"),
        ("r1_tgl", "2025-12-20"), ("r1_tgl", "accepted"),
        ("r3", "required"), ("r3", "4"), ("r3", "refused"), ("r3", "3"), ("r3", "accepted"),
        ("r8", "optional"), ("r8", "2025-12-19"), ("r8", "refused"), ("r8", "2026-02-01"), ("r8", "accepted"),
    ])  # fmt: skip


def test_families_of_a_kind_do_not_exceed_all_families(play: Play) -> None:
    steps: list[Step] = [*ACTIVE, ("n_penduduk", "900"), ("n_keluarga", "250"), ("n_keluarga", "accepted")]
    for name in ("n_kel_balita", "n_kel_remaja", "n_kel_lansia", "n_krs"):
        steps += [(name, "251"), (name, "refused"), (name, "250"), (name, "accepted"), (name, "-1"), (name, "refused")]
    for name in ("n_remaja", "n_pus", "n_keluarga"):
        steps += [(name, "901"), (name, "refused")]
    play(steps)


def test_a_number_is_required_until_it_is_ticked_as_not_known_and_cannot_be_both(play: Play) -> None:
    play([
        *ACTIVE, ("n_remaja", "required"), ("n_tt", "n_remaja n_krs"), ("n_remaja", "optional"), ("n_krs", "optional"),
        ("n_penduduk", "required"), ("n_tt", "accepted"), ("n_remaja", "40"), ("n_tt", "refused"),
        ("n_remaja", ""), ("n_tt", "accepted"), ("g_n_kb", "asked"), ("n_tt", "kb"), ("g_n_kb", "hidden"),
    ])  # fmt: skip


def test_methods_and_non_users_must_add_up_to_the_couples_and_the_gap_is_named(play: Play) -> None:
    play([
        *ACTIVE, *kb(100, (5, 1, 0, 4, 20, 15, 1), (6, 4, 20, 20)),
        ("n_tial", "refused"), ("ket_kb_kurang", "asked"), ("ket_kb_lebih", "hidden"), ("ket_kb_pas", "hidden"),
        ("ket_kb_kurang", "shows", "⚠ Jumlah isian 96, PUS 100: masih kurang 4."),
        ("n_pil", "25"), ("n_tial", "refused"), ("ket_kb_kurang", "hidden"),
        ("ket_kb_lebih", "shows", "⚠ Jumlah isian 106, PUS 100: kelebihan 6."),
        ("n_pil", "19"), ("n_tial", "accepted"), ("ket_kb_lebih", "hidden"), ("ket_kb_pas", "asked"),
        ("n_tt", "n_pus"), ("n_pus", ""), ("n_tial", "accepted"), ("ket_kb_pas", "hidden"),
    ])  # fmt: skip


def test_poktan_rows_know_their_kind_and_their_target_group(play: Play) -> None:
    play([
        *ACTIVE, ("n_keluarga", "250"), ("n_remaja", "300"), ("n_kel_balita", "60"), ("n_kel_remaja", "90"),
        ("poktan[5].ada", "tidak"),
        ("poktan[1].jenis", "=", "bkb"), ("poktan[2].jenis", "=", "bkr"), ("poktan[3].jenis", "=", "bkl"),
        ("poktan[4].jenis", "=", "uppka"), ("poktan[5].jenis", "=", "pikr"),
        ("poktan[2].g_poktan", "shows", "Poktan BKR – Bina Keluarga Remaja"),
        ("poktan[2].ket_poktan", "shows", "Sasaran kelompok ini: **90** (keluarga dengan remaja)."),
        ("poktan[3].ket_poktan", "hidden"), ("poktan[3].ket_poktan_tt", "asked"),
        ("poktan[1].poktan_sasaran", "=", "60"), ("poktan[4].poktan_sasaran", "=", "250"),
        ("poktan[5].poktan_sasaran", "=", "300"),
    ])  # fmt: skip


def test_a_poktan_row_holds_its_limits(play: Play) -> None:
    play([
        *ACTIVE, ("n_kel_balita", "60"),
        ("poktan[1].ada", "tb"), ("poktan[1].ada", "refused"), ("poktan[1].ada", "tidak"), ("poktan[1].kader", "hidden"),
        ("poktan[1].ada", "ya"), ("poktan[1].punya_sk", "required"), ("poktan[1].kader", "required"),
        ("poktan[1].kader", "5"), ("poktan[1].kader_terlatih", "6"), ("poktan[1].kader_terlatih", "refused"),
        ("poktan[1].kader_terlatih", "5"), ("poktan[1].kader_terlatih", "accepted"),
        ("poktan[1].pertemuan_12bln", "61"), ("poktan[1].pertemuan_12bln", "refused"), ("poktan[1].pertemuan_12bln", "60"),
        ("poktan[1].peserta", "61"), ("poktan[1].peserta", "refused"),
        ("poktan[1].peserta", "60"), ("poktan[1].peserta", "accepted"),
        ("poktan[1].poktan_kode", "tt"), ("poktan[1].poktan_kode", "refused"),
        ("poktan[1].peserta", ""), ("poktan[1].poktan_kode", "accepted"), ("poktan[1].peserta", "optional"),
        ("n_kel_balita", "0"), ("poktan[1].ada", "tb"), ("poktan[1].ada", "accepted"),
    ])  # fmt: skip


def test_the_decree_is_asked_from_rubric_2_and_its_date_has_limits_and_warnings(play: Play) -> None:
    play([
        *ACTIVE, ("a1", "1"), ("a1_tgl", "hidden"), ("a1_bukti", "asked"), ("a1", "0"), ("a1_bukti", "hidden"),
        ("a1", "tt"), ("a1_tgl", "hidden"), ("a1_bukti", "hidden"),
        ("a1", "2"), ("a1_nomor", "asked"), ("a1_tgl", "optional"), ("a1", "3"), ("a1_tgl", "required"),
        ("a1_tgl", "2013-12-31"), ("a1_tgl", "refused"), ("a1_tgl", "2025-12-21"), ("a1_tgl", "refused"),
        ("a1_tgl", "2014-06-02"), ("a1_tgl", "accepted"), ("ket_sk_lama", "asked"), ("ket_sk_24", "hidden"),
        ("a1", "4"), ("ket_sk_24", "asked"), ("a1_tgl", "2024-02-01"), ("ket_sk_lama", "hidden"), ("ket_sk_24", "hidden"),
    ])  # fmt: skip


# code field, first number, second number, limits: (first, second, verdict on the second)
PAIRS = [
    ("a3_kode", "a3_anggota", "a3_aktif", [("20", "21", "refused"), ("20", "20", "accepted")]),
    ("c7_kode", "c7_jumlah", "c7_aktif", [("3", "4", "refused"), ("0", "0", "accepted")]),
    ("c10_kode", "c10_krs", "c10_didampingi", [("9", "10", "refused"), ("9", "9", "accepted")]),
    ("c13_kode", "c13_rencana", "c13_terlaksana", [("8", "9", "refused"), ("8", "0", "accepted")]),
    ("f6_kode", "f6_s", "f6_d", [("50", "51", "refused"), ("50", "44", "accepted")]),
]


@pytest.mark.parametrize(("code", "whole", "part", "limits"), PAIRS)
def test_a_part_does_not_exceed_its_whole(
    play: Play, code: str, whole: str, part: str, limits: list[tuple[str, str, str]]
) -> None:
    steps: list[Step] = [*ACTIVE, ("b1", "3"), (whole, "required"), (part, "required")]
    for first, second, verdict in limits:
        steps += [(whole, first), (part, second), (part, verdict)]
    steps += [(code, "tt"), (code, "refused"), (part, ""), (code, "accepted"), (whole, "optional"), (part, "optional")]
    play(steps)


@pytest.mark.parametrize(
    ("name", "given", "verdict"),
    [
        ("a2_inti", "4", "refused"), ("a2_inti", "3", "accepted"), ("a2_bidang", "9", "refused"), ("a2_bidang", "8", "accepted"),
        ("a3_anggota", "0", "refused"), ("a3_anggota", "101", "refused"), ("a3_anggota", "100", "accepted"),
        ("c8_kali", "61", "refused"), ("c8_kali", "0", "accepted"), ("e1_rapat", "61", "refused"),
        ("e5_bulan", "7", "refused"), ("e5_bulan", "6", "accepted"), ("b5_tgl", "2025-12-21", "refused"),
        ("b5_tgl", "2020-01-01", "accepted"), ("c13_rencana", "0", "refused"), ("n_tgl", "2025-12-21", "refused"),
    ],
)  # fmt: skip
def test_numbers_and_dates_have_their_limits(play: Play, name: str, given: str, verdict: str) -> None:
    play([*ACTIVE, ("b1", "3"), (name, given), (name, verdict)])


def test_trained_members_do_not_exceed_members_when_these_are_known(play: Play) -> None:
    play([
        *ACTIVE, ("a4_terlatih", "30"), ("a4_terlatih", "accepted"), ("a3_anggota", "20"), ("a4_terlatih", "refused"),
        ("f5_peserta", "950"), ("f5_peserta", "accepted"), ("n_penduduk", "900"), ("f5_peserta", "refused"),
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("b1", "b2", "b4", "c13"),
    [
        ("0", "hidden", "hidden", "hidden"),
        ("1", "asked", "hidden", "hidden"),
        ("2", "asked", "asked", "asked"),
        ("4", "asked", "asked", "asked"),
        ("tt", "asked", "asked", "asked"),
    ],
)
def test_the_work_plan_decides_what_is_asked_about_it(play: Play, b1: str, b2: str, b4: str, c13: str) -> None:
    play([*ACTIVE, ("b1", b1), ("b2", b2), ("b4", b4), ("c13_rencana", c13)])


@pytest.mark.parametrize(
    ("name", "item"),
    [("a7", "bupati"), ("b4", "pk"), ("b6", "profil"), ("c9_tema", "kb"), ("c12", "sampah"), ("d1", "sosial"), ("d2", "apbd"),
     ("r7", "anggaran")],
)  # fmt: skip
def test_none_and_dont_know_stand_alone(play: Play, name: str, item: str) -> None:
    before = [("status_pokja", "dirintis")] if name == "r7" else [("status_pokja", "aktif"), ("b1", "3"), ("c9_sesi", "2")]
    play([
        *IDENTITY, *before, (name, "required"),
        (name, f"{item} tidak_ada"), (name, "refused"), (name, f"{item} tt"), (name, "refused"),
        (name, "tidak_ada tt"), (name, "refused"), (name, "tidak_ada"), (name, "accepted"), (name, "tt"),
        (name, "accepted"), (name, item), (name, "accepted"),
    ])  # fmt: skip


def test_agencies_and_funds_may_be_many(play: Play) -> None:
    play([*ACTIVE, ("d1", "opd_kb sosial lainnya"), ("d1", "accepted"), ("d2", "apbn apbd swadaya"), ("d2", "accepted")])


def test_not_applicable_follows_the_families_at_risk(play: Play) -> None:
    play([
        *ACTIVE, ("n_krs", "0"), ("c6", "2"), ("c6", "refused"), ("c6", "tb"), ("c6", "accepted"),
        ("c10_kode", "tb"), ("c10_kode", "accepted"), ("c10_krs", "optional"), ("ket_krs", "hidden"),
        ("c10_kode", "tt tb"), ("c10_kode", "refused"),
        ("n_krs", "12"), ("c6", "refused"), ("c6", "2"), ("c6", "accepted"), ("c10_kode", "tb"), ("c10_kode", "refused"),
        ("c10_kode", ""), ("c10_krs", "9"), ("ket_krs", "asked"), ("c10_krs", "12"), ("ket_krs", "hidden"),
        ("f6_kode", "tb"), ("f6_kode", "accepted"), ("f6_s", "5"), ("f6_kode", "refused"),
    ])  # fmt: skip


def test_amounts_above_the_integer_limit_are_kept(play: Play) -> None:
    play([
        *ACTIVE, ("d3", "diusulkan"), ("d3_anggaran", "hidden"), ("d3", "dianggarkan"), ("d3_anggaran", "required"),
        ("d3_anggaran", "3000000000"), ("d3_anggaran", "=", "3000000000"), ("d3_realisasi", "3000000001"),
        ("d3_realisasi", "refused"), ("d3_realisasi", "2400000000"), ("d3_realisasi", "accepted"),
    ])  # fmt: skip


def test_a_frequency_asks_on_only_where_something_happens(play: Play) -> None:
    play([
        *ACTIVE, ("e3", "tidak_pernah"), ("e3_tgl", "hidden"), ("e3_bukti", "hidden"), ("e3", "tt"), ("e3_tgl", "hidden"),
        ("e3", "bulanan"), ("e3_tgl", "required"), ("e3_bukti", "asked"), ("e3_kode", "tt"), ("e3_tgl", "optional"),
        ("e3_lainnya", "hidden"), ("e3", "lainnya"), ("e3_lainnya", "required"), ("d4", "lainnya"), ("d4_lainnya", "required"),
    ])  # fmt: skip


def test_a_second_photo_is_offered_after_the_first(play: Play) -> None:
    play([*ACTIVE, ("e6", "3"), ("e6_bukti", "optional"), ("e6_bukti_2", "hidden"), ("e6_bukti", "foto.jpg"),
          ("e6_bukti_2", "optional")])  # fmt: skip


def test_results_are_computed_from_couples_and_groups_without_rounding(play: Play) -> None:
    rows = [("1", "60", "10"), ("2", "90", "30"), ("3", "40", ""), ("4", "250", "25"), ("5", "300", "15")]
    steps: list[Step] = [
        *ACTIVE, ("n_keluarga", "250"), ("n_remaja", "300"), ("n_kel_balita", "60"), ("n_kel_remaja", "90"),
        ("n_kel_lansia", "40"), *kb(120, (5, 1, 0, 4, 20, 15, 1), (10, 14, 30, 20)),
    ]  # fmt: skip
    for row, _, peserta in rows:
        steps.append((f"poktan[{row}].ada", "ya" if peserta else "tidak"))
        if peserta:
            steps.append((f"poktan[{row}].peserta", peserta))
    play([
        *steps,
        ("f1", "=", str((100 * 10 / 60 + 100 * 30 / 90 + 0 + 10 + 5) / 5)),
        ("f2", "=", str(100 * 46 / 120)), ("f3", "=", str(100 * 10 / 46)), ("f4", "=", str(100 * 50 / 120)),
        ("ket_f2", "shows", "F2. Kesertaan ber-KB (CPR): **38,33 %**"),
        ("f1_id", "=", "13 %"), ("f4_en", "=", "41.67 %"),
    ])  # fmt: skip


def test_ratios_without_a_target_group_are_left_out_and_unknown_ones_give_no_result(play: Play) -> None:
    play([
        *ACTIVE, ("n_keluarga", "100"), ("n_remaja", "0"), ("n_kel_balita", "50"), ("n_kel_remaja", "0"), ("n_kel_lansia", "0"),
        ("f1", "=", ""), ("f1_id", "=", "data belum cukup"),
        ("poktan[1].ada", "ya"), ("poktan[1].peserta", "25"), ("poktan[2].ada", "tb"), ("poktan[3].ada", "tb"),
        ("poktan[4].ada", "ya"), ("poktan[4].peserta", "10"), ("poktan[5].ada", "tb"), ("f1", "=", "30"),
        ("poktan[4].peserta", ""), ("f1", "=", ""), ("poktan[4].ada", "tidak"), ("f1", "=", "25"),
        ("n_pus", "0"), ("f2", "=", ""), ("f3", "=", ""), ("f4", "=", ""), ("f4_id", "=", "data belum cukup"),
        ("n_pus", "100"), ("n_iud", "20"), ("f2", "=", "20"), ("n_tt", "kb"), ("f2", "=", ""), ("f3", "=", ""),
    ])  # fmt: skip


CONSENT: tuple[Step, ...] = (("narasumber", "ketua_pokja pkb"), ("persetujuan", "OK"))
PREPARED: tuple[Step, ...] = (
    ("r1", "tidak"), ("r2", "draf"), ("r3", "2"), ("r4", "ya"), ("r5", "ya"), ("r6", "diusulkan"), ("r7", "anggaran"),
)  # fmt: skip
NUMBERS: tuple[Step, ...] = (
    ("n_penduduk", "2000"), ("n_keluarga", "600"), ("n_remaja", "400"), ("n_kel_balita", "120"), ("n_kel_remaja", "200"),
    ("n_kel_lansia", "90"), *kb(120, (5, 1, 0, 4, 20, 15, 1), (10, 14, 30, 20)), ("n_krs", "40"),
    ("n_sumber", "pk siga"), ("n_tgl", "2025-12-01"),
)  # fmt: skip
ASSESSED: tuple[Step, ...] = (
    ("a1", "3"), ("a1_tgl", "2024-03-01"), ("a2_inti", "3"), ("a2_bidang", "6"), ("a3_anggota", "20"), ("a3_aktif", "12"),
    ("a4_terlatih", "8"), ("a5", "2"), ("a6", "ya"), ("a6_kunjungan", "2"), ("a7", "bupati kades"),
    ("b1", "3"), ("b2", "2"), ("b3", "2"), ("b4", "pk siga"), ("b5_tgl", "2025-06-01"), ("b6", "profil"), ("b7", "2"),
    ("c6", "2"), ("c7_jumlah", "4"), ("c7_aktif", "3"), ("c8_kali", "3"), ("c9_sesi", "4"), ("c9_tema", "stunting kb"),
    ("c10_krs", "40"), ("c10_didampingi", "30"), ("c11", "2"), ("c12", "sampah"), ("c13_rencana", "12"),
    ("c13_terlaksana", "7"), ("d1", "opd_kb kesehatan"), ("d2", "dana_desa"), ("d3", "dianggarkan"),
    ("d3_anggaran", "25000000"), ("d3_realisasi", "20000000"), ("d4", "triwulanan"), ("d5", "1"), ("e1_rapat", "5"),
    ("e2", "semesteran"), ("e3", "lainnya"), ("e3_lainnya", "dua bulan sekali"), ("e3_tgl", "2025-11-01"),
    ("e4_unggahan", "2"), ("e4_profil", "ya"), ("e5_k0", "ya"), ("e5_bulan", "4"), ("e6", "2"), ("f5_peserta", "1800"),
    ("f6_s", "150"), ("f6_d", "120"),
)  # fmt: skip
GROUP: tuple[Step, ...] = (("ada", "ya"), ("punya_sk", "ya"), ("kader", "5"), ("kader_terlatih", "3"),
                           ("pertemuan_12bln", "9"), ("peserta", "45"))  # fmt: skip


def test_a_readiness_form_can_be_completed(play: Play) -> None:
    play([*IDENTITY, *CONSENT, ("status_pokja", "belum_ada"), *PREPARED, ("complete",)])


def test_an_assessment_can_be_completed(play: Play) -> None:
    rows = [(f"poktan[{row}].{name}", value) for row in range(1, 6) for name, value in GROUP]
    play([*ACTIVE, *CONSENT, *NUMBERS, *rows, *ASSESSED, ("complete",)])


def test_an_assessment_of_which_nothing_is_known_can_be_sent_too(play: Play, form: Form) -> None:
    asked = [
        f for f in walk(form.fields) if f.path.startswith("/modul_") and not f.path.startswith(("/modul_r", "/modul_n"))
    ]
    unknown = [
        (f.name, "tt") for f in asked if f.select and "tt" in {choice.value for choice in form.choices[str(f.choices)]}
        and f.name not in ("a6_kode", "c9_tema", "d3_kode", "e3_kode")
    ]  # fmt: skip
    numbers = " ".join(choice.value for choice in form.choices["n_tt"])
    rows = [(f"poktan[{row}].ada", "tt") for row in range(1, 6)]
    play([
        *ACTIVE, *CONSENT, ("n_tt", numbers), ("n_sumber", "lainnya"), ("n_tgl", "2025-12-20"), *rows, *unknown, ("complete",),
    ])  # fmt: skip


@pytest.mark.parametrize("dropped", [name for name, _ in ASSESSED][::7])
def test_one_answer_left_out_keeps_an_assessment_from_being_complete(play: Play, dropped: str) -> None:
    rows = [(f"poktan[{row}].{name}", value) for row in range(1, 6) for name, value in GROUP]
    with pytest.raises(AssertionError, match=f"complete: got '.*{dropped}"):
        play([*ACTIVE, *CONSENT, *NUMBERS, *rows, *ASSESSED, (dropped, ""), ("complete",)])
