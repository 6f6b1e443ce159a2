"""What the shipped instrument is made of: names, pages, languages, villages (DOMAIN §3, §5.1–5.3)."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree
from pyxform.validators import odk_validate

from forms.fields import Field, walk
from forms.form import Form
from forms.workbook import Workbook

LANGUAGES = ("Indonesia (id)", "English (en)")
VILLAGES = Path(__file__).parents[2] / "instruments" / "belitung-timur" / "villages.csv"
XFORMS = "{http://www.w3.org/2002/xforms}"

RUBRICS = ("a1", "a5", "b1", "b2", "b3", "b7", "c6", "c11", "d5", "e6")
FREQUENCIES = ("d4", "e2", "e3")
YES_NO = ("a6", "e4_profil", "e5_k0")
MANY = ("a7", "b4", "b6", "c9_tema", "c12", "d1", "d2")
CODES = (
    "a2",
    "a3",
    "a4",
    "a6",
    "b5",
    "c7",
    "c8",
    "c9",
    "c10",
    "c13",
    "d3",
    "e1",
    "e3",
    "e4",
    "e5",
    "f5",
    "f6",
    "r3",
    "poktan",
)

# Page of the form -> names it holds. A name without colon is only held to exist; int, date, text, … are types.
PAGES = {
    "identitas": "periode:one kecamatan:one desa:one jenis_penilaian:one tgl_kunjungan:date lokasi:geopoint narasumber:many "
    "persetujuan:trigger",
    "status": "status_pokja:one",
    "modul_r": "r1:one r1_tgl:date r2:one r3:int r3_kode:many r4:one r5:one r6:one r7:many r8:date",
    "modul_n": "n_penduduk:int n_keluarga:int n_remaja:int n_kel_balita:int n_kel_remaja:int n_kel_lansia:int n_pus:int "
    "n_krs:int n_iud:int n_mow:int n_mop:int n_implan:int n_suntik:int n_pil:int n_kondom:int n_hamil:int n_ias:int n_iat:int "
    "n_tial:int n_sumber:many n_tgl:date n_tt:many",
    "poktan": "jenis:string",
    "poktan/g_poktan": "ada:one punya_sk:one kader:int kader_terlatih:int pertemuan_12bln:int peserta:int poktan_kode:many "
    "poktan_bukti:image",
    "modul_a/g_a1": "a1:one a1_nomor:string a1_tgl:date a1_bukti:image a1_bukti_2:image",
    "modul_a/g_a2": "a2_inti:int a2_bidang:int a2_kode:many a2_bukti:image",
    "modul_a/g_a3": "a3_anggota:int a3_aktif:int a3_kode:many a3_bukti:image",
    "modul_a/g_a4": "a4_terlatih:int a4_kode:many a4_bukti:image",
    "modul_a/g_a5": "a5:one a5_bukti:image a5_lokasi:geopoint",
    "modul_a/g_a6": "a6:one a6_kunjungan:int a6_bukti:image",
    "modul_a/g_a7": "a7:many a7_bukti:image",
    "modul_b/g_b1": "b1:one b1_bukti:image",
    "modul_b/g_b2": "b2:one b2_bukti:image",
    "modul_b/g_b3": "b3:one b3_bukti:image",
    "modul_b/g_b4": "b4:many b4_bukti:image",
    "modul_b/g_b5": "b5_tgl:date b5_kode:many b5_bukti:image",
    "modul_b/g_b6": "b6:many b6_bukti:image",
    "modul_b/g_b7": "b7:one b7_bukti:image",
    "modul_c/g_c6": "c6:one c6_bukti:image",
    "modul_c/g_c7": "c7_jumlah:int c7_aktif:int c7_kode:many c7_bukti:image",
    "modul_c/g_c8": "c8_kali:int c8_kode:many c8_bukti:image",
    "modul_c/g_c9": "c9_sesi:int c9_kode:many c9_tema:many c9_bukti:image",
    "modul_c/g_c10": "c10_krs:int c10_didampingi:int c10_kode:many c10_bukti:image",
    "modul_c/g_c11": "c11:one c11_bukti:image",
    "modul_c/g_c12": "c12:many c12_sebelum:image c12_sesudah:image",
    "modul_c/g_c13": "c13_rencana:int c13_terlaksana:int c13_kode:many c13_bukti:image",
    "modul_d/g_d1": "d1:many d1_bukti:image",
    "modul_d/g_d2": "d2:many d2_bukti:image",
    "modul_d/g_d3": "d3:one d3_anggaran:decimal d3_realisasi:decimal d3_bukti:image",
    "modul_d/g_d4": "d4:one d4_lainnya:string d4_bukti:image",
    "modul_d/g_d5": "d5:one d5_bukti:image",
    "modul_e/g_e1": "e1_rapat:int e1_kode:many e1_bukti:image",
    "modul_e/g_e2": "e2:one e2_lainnya:string e2_bukti:image",
    "modul_e/g_e3": "e3:one e3_lainnya:string e3_tgl:date e3_bukti:image",
    "modul_e/g_e4": "e4_unggahan:int e4_kode:many e4_profil:one e4_tautan:string e4_bukti:image",
    "modul_e/g_e5": "e5_k0:one e5_bulan:int e5_kode:many e5_tautan:string e5_bukti:image",
    "modul_e/g_e6": "e6:one e6_bukti:image",
    "modul_f/g_f1_f4": "f1:string f2:string f3:string f4:string",
    "modul_f/g_f5": "f5_peserta:int f5_kode:many f5_bukti:image",
    "modul_f/g_f6": "f6_s:int f6_d:int f6_kode:many f6_bukti:image",
    "ringkasan": "catatan:string rekomendasi:string",
}


def kind(field: Field) -> str:
    return field.select or field.media or ("trigger" if field.control == "trigger" else field.type)


def codes(form: Form, list_name: str) -> list[str]:
    return [choice.value for choice in form.choices[list_name]]


def test_it_converts_without_warnings_and_names_area_period_and_kind(form: Form) -> None:
    assert form.warnings == ()
    assert form.xml_form_id == "pokja_kampung_kb" and re.fullmatch(r"\d{10}", form.version)
    assert form.languages == LANGUAGES and form.default_language == LANGUAGES[0]
    named = {key: form.field(form.settings[key]) for key in ("area_field", "period_field", "kind_field")}
    assert {key: field and field.path for key, field in named.items()} == {
        "area_field": "/identitas/desa",
        "period_field": "/identitas/periode",
        "kind_field": "/identitas/jenis_penilaian",
    }


@pytest.mark.slow
def test_odk_validate_accepts_it(form_file: Path) -> None:
    if not shutil.which("java"):
        pytest.skip("no Java: install a Java runtime to check the form with ODK Validate")
    assert odk_validate.check_xform(str(form_file)) == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_holds_its_questions(form: Form, page: str) -> None:
    held = {name: form.field(f"/{page}/{name}") or form.field(name) for name, _ in named(page)}
    assert {name: field and kind(field) for name, field in held.items()} == dict(named(page))
    outside = [name for name, field in held.items() if field and not field.path.startswith(f"/{page}/")]
    assert not outside, f"not on the page {page}: {outside}"


def named(page: str) -> list[tuple[str, str]]:
    return [(name, type_) for name, type_ in (word.split(":") for word in PAGES[page].split())]


def test_all_44_indicators_are_asked_or_computed(form: Form) -> None:
    found = {path.removeprefix("/").split("/")[1][2:] for path in form.by_path if re.fullmatch(r"/modul_[a-f]/g_\w+", path)}
    by_page = found - {"f1_f4"} | {"f1", "f2", "f3", "f4"} | {"c1", "c2", "c3", "c4", "c5"}
    expected = {
        f"{letter}{n}" for letter, count in zip("abcdef", (7, 7, 13, 5, 6, 6), strict=True) for n in range(1, count + 1)
    }
    assert by_page == expected and len(expected) == 44


def test_names_are_unique_so_that_the_rubric_can_use_them(form: Form) -> None:
    twice = [name for name, count in Counter(field.name for field in walk(form.fields)).items() if count > 1]
    assert twice == []


def test_every_page_and_section_has_a_title_and_every_page_shows_whole(form: Form) -> None:
    groups = [field for field in walk(form.fields) if field.container and field.name != "meta"]
    assert [field.path for field in groups if set(field.label) != set(LANGUAGES)] == []
    pages = [field for field in groups if not any(child.container for child in field.children)]
    assert [field.path for field in pages if "field-list" not in field.appearance] == []


@pytest.mark.parametrize("code", RUBRICS)
def test_a_rubric_offers_its_five_anchors_and_dont_know(form: Form, code: str) -> None:
    assert form.field(code).choices == code  # type: ignore[union-attr]
    assert codes(form, code) == ["0", "1", "2", "3", "4", "tt", *(["tb"] if code == "c6" else [])]
    for choice in form.choices[code][:5]:
        assert all(choice.label[language].startswith(f"{choice.value} – ") for language in LANGUAGES)


def test_frequencies_and_yes_no_offer_what_the_rubric_knows(form: Form) -> None:
    frequency = ["tidak_pernah", "tahunan", "semesteran", "triwulanan", "bulanan", "mingguan", "lainnya", "tt"]
    offered = {code: codes(form, str(form.field(code).choices)) for code in (*FREQUENCIES, *YES_NO)}  # type: ignore[union-attr]
    assert offered == {code: frequency if code in FREQUENCIES else ["ya", "tidak", "tt"] for code in offered}


@pytest.mark.parametrize("code", MANY)
def test_a_list_can_be_answered_by_none_and_dont_know(form: Form, code: str) -> None:
    assert codes(form, code)[-2:] == ["tidak_ada", "tt"]


@pytest.mark.parametrize("code", CODES)
def test_a_number_or_date_can_be_not_known(form: Form, code: str) -> None:
    field = form.field(f"{code}_kode")
    assert field and codes(form, str(field.choices)) == (["tt", "tb"] if code in ("c10", "f6") else ["tt"])


def test_counted_lists_have_the_items_of_the_rubric(form: Form) -> None:
    assert [len(codes(form, name)) - 2 for name in ("a7", "b4", "b6", "c12", "d1", "d2")] == [4, 5, 4, 6, 23, 6]


def test_texts_stand_in_both_languages(sheets: Workbook) -> None:
    half = []
    for sheet in ("survey", "choices"):
        for number, row in enumerate(sheets.sheets[sheet], start=2):
            for column in ("label", "hint", "required_message", "constraint_message"):
                present = [language for language in LANGUAGES if row.get(f"{column}::{language}", "").strip()]
                if len(present) == 1:
                    half.append(f"{sheet} row {number}: {column} only in {present[0]}")
            asked = sheet == "choices" or row.get("type", "").split()[0] not in NEVER_SHOWN
            if asked and not row.get(f"label::{LANGUAGES[0]}"):
                half.append(f"{sheet} row {number}: no label")
    assert half == []


NEVER_SHOWN = {"calculate", "start", "end", "end_group", "end_repeat"}


def test_both_languages_use_the_same_answers_in_their_texts(sheets: Workbook) -> None:
    for number, row in enumerate(sheets.sheets["survey"], start=2):
        used = [set(re.findall(r"\$\{(\w+?)(?:_id|_en)?\}", row.get(f"label::{language}", ""))) for language in LANGUAGES]
        assert used[0] == used[1], f"survey row {number}"


def test_what_is_required_or_limited_says_so_in_words(sheets: Workbook) -> None:
    silent = [
        row["name"]
        for row in sheets.sheets["survey"]
        for column, message in (("required", "required_message"), ("constraint", "constraint_message"))
        if row.get(column) and not row.get(f"{message}::{LANGUAGES[0]}")
    ]
    assert silent == []


def test_the_39_villages_are_offered_under_their_subdistrict(form: Form) -> None:
    with VILLAGES.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    offered = {choice.value: (choice.label, choice.columns["kecamatan"]) for choice in form.choices["desa"]}
    expected = {r["village_code"]: (dict.fromkeys(LANGUAGES, r["village"]), r["kecamatan_code"]) for r in rows}
    assert offered == expected and len(offered) == 39
    subdistricts = {choice.value: choice.label for choice in form.choices["kecamatan"]}
    assert subdistricts == {r["kecamatan_code"]: dict.fromkeys(LANGUAGES, r["kecamatan"]) for r in rows}


def test_periods_are_half_years_without_gaps(form: Form) -> None:
    periods = codes(form, "periode")
    assert periods[0] == "2025-S1" and "2027-S2" in periods
    assert periods == [f"{2025 + n // 2}-S{n % 2 + 1}" for n in range(len(periods))]


def test_photos_are_asked_for_small_and_never_required(form: Form) -> None:
    binds = {bind.get("nodeset"): dict(bind.attrib) for bind in etree.fromstring(form.xml).iter(f"{XFORMS}bind")}
    photos = [field for field in walk(form.fields) if field.media == "image"]
    assert len(photos) == 2 * (44 - 5 - 4 - 1) + 2 + 2  # all but C1–C5, F1–F4, C12; a Poktan row; before and after
    for field in photos:
        bind = binds[f"/{_root(form)}{field.path}"]
        assert bind["{http://openrosa.org/xforms}max-pixels"] == "1600" and "required" not in bind, field.path


def _root(form: Form) -> str:
    return etree.QName(etree.fromstring(form.xml).find(f".//{XFORMS}instance")[0]).localname


def test_it_stays_small_enough_for_a_cheap_phone(form: Form) -> None:
    assert len(form.xml) < 300_000
