"""Every widget: what a thumb does, and what the instance then says (WEBFORMS §3.2, §4)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def one(kind: str, more: str = "", header: str = "") -> str:
    """A form of one question `q`; `header` and `more` add columns."""
    return f"""
| survey |
|        | type    | name | label {header} |
|        | {kind}  | q    | Soal  {more}   |
| choices |
|        | list_name | name  | label |
|        | y         | ya    | Ya    |
|        | y         | tidak | Tidak |
|        | y         | tt    | Tidak tahu |
"""


NUMBERS = [
    ("integer", "132.495", "132495", "132.495"),
    ("integer", "007", "7", "007"),
    ("decimal", "61,5", "61.5", "61,5"),
    ("decimal", "61.5", "61.5", "61.5"),
    ("decimal", "6", "6.0", "6"),
    ("decimal", "1.234,5", "1234.5", "1.234,5"),
]


@pytest.mark.parametrize(("kind", "typed", "stored", "shown"), NUMBERS)
def test_numbers_are_read_as_indonesians_write_them_and_stay_as_typed(
    fill: Any, kind: str, typed: str, stored: str, shown: str
) -> None:
    fill.start(one(kind))
    fill.at("/q").locator("input").press_sequentially(typed)
    expect(fill.at("/q").locator("input")).to_have_value(shown)
    fill.saved()
    assert fill.value("/q") == stored


def test_a_restored_decimal_stands_in_the_box_with_a_comma(fill: Any) -> None:
    fill.start(one("decimal"))
    fill.at("/q").locator("input").fill("61,5")
    fill.saved()
    fill.reload()
    expect(fill.at("/q").locator("input")).to_have_value("61,5")


def test_a_big_number_is_read_back_in_groups(fill: Any) -> None:
    fill.start(one("integer"))
    fill.at("/q").locator("input").fill("132495")
    expect(fill.at("/q")).to_contain_text("Terbaca: 132.495")


FAULTY = [
    ("integer", "3000000000", "Angka terlalu besar"),
    ("integer", "1,5", "bilangan bulat"),
    ("decimal", "12x", "bukan angka"),
]


@pytest.mark.parametrize(("kind", "typed", "sentence"), FAULTY)
def test_text_that_is_no_answer_is_told_at_once_kept_and_hinders_finishing(
    fill: Any, kind: str, typed: str, sentence: str
) -> None:
    fill.start(one(kind))
    fill.at("/q").locator("input").fill(typed)
    expect(fill.at("/q").locator(".problem")).to_contain_text(sentence)
    fill.saved()
    assert fill.value("/q") == ""
    fill.reload()
    expect(fill.at("/q").locator("input")).to_have_value(typed)
    fill.page.locator(".fill-nav .primary").click()
    fill.next()
    expect(fill.page.locator(".problem-list")).to_contain_text(sentence)
    fill.back()
    fill.at("/q").locator("input").fill("5")
    fill.next()
    expect(fill.page.get_by_text("Siap dikirim")).to_be_visible()


def test_a_number_that_could_mean_two_is_asked_about(fill: Any) -> None:
    fill.start(one("decimal"))
    fill.at("/q").locator("input").fill("1.234")
    expect(fill.at("/q").locator(".problem")).to_contain_text("bisa berarti dua")
    fill.at("/q").get_by_role("button", name="1,234", exact=True).click()
    fill.saved()
    assert fill.value("/q") == "1.234"
    fill.at("/q").locator("input").fill("1.234")
    fill.at("/q").get_by_role("button", name="1234", exact=True).click()
    fill.saved()
    assert float(fill.value("/q")) == 1234


PICKED = [
    ("date", "2026-11-24", "2026-11-24", "24 November 2026"),
    ("time", "13:45", "13:45:00.000+07:00", None),
    ("dateTime", "2026-11-24T10:00", "2026-11-24T10:00:00.000+07:00", "24 November 2026"),
]


@pytest.mark.parametrize(("kind", "picked", "stored", "words"), PICKED)
def test_native_pickers_give_what_xforms_stores_and_come_back(
    fill: Any, kind: str, picked: str, stored: str, words: str | None
) -> None:
    fill.start(one(kind))
    fill.at("/q").locator("input").fill(picked)
    fill.saved()
    assert fill.value("/q") == stored
    if words:
        expect(fill.at("/q")).to_contain_text(words)
    fill.reload()
    expect(fill.at("/q").locator("input")).to_have_value(picked)
    fill.at("/q").get_by_role("button", name="Kosongkan").click()
    fill.saved()
    assert fill.value("/q") == ""


SHORT_DATES = [("month-year", "2026-11", "2026-11-01"), ("year", "2026", "2026-01-01")]


@pytest.mark.parametrize(("appearance", "picked", "stored"), SHORT_DATES)
def test_months_and_years_are_dates_of_their_first_day(fill: Any, appearance: str, picked: str, stored: str) -> None:
    fill.start(one("date", f"| {appearance}", "| appearance"))
    fill.at("/q").locator("input").fill(picked)
    fill.saved()
    assert fill.value("/q") == stored


def test_a_choice_is_taken_back_by_a_second_tap(fill: Any) -> None:
    fill.start(one("select_one y"))
    fill.at("/q").get_by_text("Tidak", exact=True).click()
    fill.saved()
    assert fill.value("/q") == "tidak"
    fill.at("/q").get_by_text("Tidak", exact=True).click()
    fill.saved()
    assert fill.value("/q") == ""
    expect(fill.at("/q").locator("input:checked")).to_have_count(0)


def test_several_choices_are_stored_in_their_order_of_ticking(fill: Any) -> None:
    fill.start(one("select_multiple y"))
    for label in ("Tidak tahu", "Ya"):
        fill.at("/q").get_by_text(label, exact=True).click()
    fill.saved()
    assert sorted((fill.value("/q") or "").split()) == ["tt", "ya"]
    fill.at("/q").get_by_text("Ya", exact=True).click()
    fill.saved()
    assert fill.value("/q") == "tt"


def test_a_minimal_short_list_is_the_phones_own(fill: Any) -> None:
    fill.start(one("select_one y", "| minimal", "| appearance"))
    fill.at("/q").locator("select").select_option("ya")
    fill.saved()
    assert fill.value("/q") == "ya"
    fill.at("/q").locator("select").select_option("")
    fill.saved()
    assert fill.value("/q") == ""


LONG = """
| survey |
|        | type            | name | label |
|        | select_one desa | q    | Desa  |
| choices |
|        | list_name | name | label |
""" + "".join(f"|        | desa | d{n} | Désa nomor {n} |\n" for n in range(1, 60))


def test_a_long_list_is_searched_without_accents_and_folds_to_the_choice(fill: Any) -> None:
    fill.start(LONG)
    expect(fill.at("/q").locator(".card-choice")).to_have_count(40)
    expect(fill.at("/q")).to_contain_text("19 pilihan lain tidak ditampilkan")
    fill.at("/q").get_by_role("searchbox").fill("desa 57")
    fill.at("/q").get_by_text("Désa nomor 57").click()
    expect(fill.at("/q").locator(".card-choice")).to_have_count(1)
    fill.saved()
    assert fill.value("/q") == "d57"
    fill.at("/q").get_by_role("button", name="Ganti pilihan").click()
    fill.at("/q").get_by_role("searchbox").fill("tak ada")
    expect(fill.at("/q")).to_contain_text("Tidak ada pilihan yang cocok dengan “tak ada”")


def test_a_rank_is_stored_once_it_was_touched_or_confirmed(fill: Any) -> None:
    fill.start(one("rank y"))
    assert fill.rows() == []
    fill.at("/q").get_by_role("button", name="Urutannya sudah benar").click()
    fill.saved()
    assert fill.value("/q") == "ya tidak tt"
    fill.at("/q").get_by_role("button", name="Naikkan Tidak tahu").click()
    fill.saved()
    assert fill.value("/q") == "ya tt tidak"


def test_a_range_is_empty_until_touched_and_moves_in_its_steps(fill: Any) -> None:
    fill.start(one("range", "| start=1 end=2 step=0.1", "| parameters"))
    expect(fill.at("/q").locator("output")).to_have_text("Belum dipilih")
    for _ in range(4):
        fill.at("/q").get_by_role("button", name="Tambah").click()
    expect(fill.at("/q").locator("output")).to_have_text("1,3")
    fill.saved()
    assert fill.value("/q") == "1.3"
    fill.at("/q").get_by_role("button", name="Kosongkan").click()
    fill.saved()
    assert fill.value("/q") == ""


def test_stars_can_be_given_and_taken_back(fill: Any) -> None:
    fill.start(one("range", "| start=1 end=5 step=1 | rating", "| parameters | appearance"))
    fill.at("/q").get_by_role("radio", name="4 dari 5").click()
    fill.saved()
    assert fill.value("/q") == "4"
    fill.at("/q").get_by_role("radio", name="4 dari 5").click()
    fill.saved()
    assert fill.value("/q") == ""


def test_an_acknowledgement_is_ticked_and_unticked(fill: Any) -> None:
    fill.start(one("acknowledge"))
    fill.at("/q").locator("label").click()
    fill.saved()
    assert fill.value("/q") == "OK"
    fill.at("/q").locator("label").click()
    fill.saved()
    assert fill.value("/q") == ""


def test_a_location_is_taken_by_itself_when_it_is_accurate(fill: Any) -> None:
    fill.start(one("geopoint"))
    fill.at("/q").get_by_role("button", name="Ambil lokasi").click()
    expect(fill.at("/q")).to_contain_text("Lintang -2,86510, bujur 108,07120")
    expect(fill.at("/q")).to_contain_text("Akurasi 4 m")
    fill.saved()
    assert fill.value("/q") == "-2.8651 108.0712 0.0 4.0"
    fill.at("/q").get_by_role("button", name="Hapus").click()
    fill.saved()
    assert fill.value("/q") == ""


def test_a_poor_location_shows_its_accuracy_and_waits_for_the_worker(fill: Any) -> None:
    fill.page.context.set_geolocation({"latitude": -2.9, "longitude": 108.1, "accuracy": 80})
    fill.start(one("geopoint"))
    fill.at("/q").get_by_role("button", name="Ambil lokasi").click()
    expect(fill.at("/q")).to_contain_text("Akurasi sekarang 80 m. Berhenti sendiri pada 5 m.")
    fill.at("/q").get_by_role("button", name="Pakai lokasi ini").click()
    expect(fill.at("/q")).to_contain_text("Akurasinya kurang baik")


VILLAGES = [
    {"code": "19.06.02.2001", "name": "Lilangan", "subdistrict": "Gantung", "subdistrictCode": "19.06.02", "lat": -2.87, "lon": 108.07},
    {"code": "19.06.02.2002", "name": "Limbongan", "subdistrict": "Gantung", "subdistrictCode": "19.06.02", "lat": -2.87, "lon": 108.09},
]
PLACED = """
| survey |
|        | type        | name   | label       | appearance |
|        | begin group | g      | Tempat      | field-list |
|        | text        | desa   | Kode desa   |            |
|        | geopoint    | lokasi | Lokasi      |            |
|        | end group   |        |             |            |
"""


def test_a_point_far_from_the_chosen_village_is_told_and_nothing_is_blocked(fill: Any) -> None:
    fill.page.evaluate("villages => lab.db.setSetting('villages', villages)", VILLAGES)
    fill.page.context.set_geolocation({"latitude": -2.9, "longitude": 108.3, "accuracy": 4})
    fill.start(PLACED, areaField="/g/desa")
    fill.at("/desa").locator("input").fill("19.06.02.2001")
    fill.at("/lokasi").get_by_role("button", name="Ambil lokasi").click()
    warning = fill.at("/lokasi").locator(".notice.warn")
    expect(warning).to_contain_text("Titik ini 26 km dari Lilangan.")
    fill.page.locator(".fill-nav .primary").click()
    expect(fill.page.locator("button.primary.big")).to_be_enabled()
    fill.back()
    fill.page.context.set_geolocation({"latitude": -2.871, "longitude": 108.071, "accuracy": 4})
    fill.at("/lokasi").get_by_role("button", name="Ambil ulang lokasi").click()
    expect(fill.at("/lokasi")).to_contain_text("Lintang -2,87100")
    expect(warning).to_have_count(0)


def test_a_refused_location_says_how_to_allow_it(fill: Any) -> None:
    fill.page.context.clear_permissions()
    fill.start(one("geopoint"))
    fill.at("/q").get_by_role("button", name="Ambil lokasi").click()
    expect(fill.at("/q").locator(".problem")).to_contain_text("belum diizinkan memakai lokasi")
    expect(fill.at("/q").get_by_role("button", name="Ambil lokasi")).to_be_enabled()


def test_an_area_is_closed_by_itself_and_half_of_one_is_kept_but_not_sent(fill: Any) -> None:
    fill.start(one("geoshape"))
    fill.at("/q").get_by_role("button", name="Ambil lokasi").click()
    points = [(-2.86, 108.07), (-2.87, 108.07), (-2.87, 108.08)]
    for number, (lat, lon) in enumerate(points, 1):
        fill.page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 4})
        fill.page.wait_for_timeout(150)
        fill.at("/q").get_by_role("button", name="Tambah titik ini").click()
        expect(fill.at("/q")).to_contain_text(f"{number} titik tercatat")
        if number == 2:
            fill.saved()
            assert fill.value("/q") == ""
            expect(fill.at("/q").locator(".problem")).to_contain_text("paling sedikit tiga titik")
    fill.saved()
    stored = (fill.value("/q") or "").split(";")
    assert len(stored) == 4 and stored[0].strip() == stored[3].strip()
    fill.reload()
    expect(fill.at("/q")).to_contain_text("3 titik tercatat")


def test_a_barcode_may_be_typed_and_says_why(fill: Any) -> None:
    fill.start(one("barcode"))
    expect(fill.at("/q")).to_contain_text("Pemindaian belum tersedia")
    fill.at("/q").locator("input").fill("8991234")
    fill.saved()
    assert fill.value("/q") == "8991234"


def test_a_kind_of_question_nobody_knows_is_named_and_keeps_its_value(fill: Any) -> None:
    xml = fill.xform(one("barcode", "| 42", "| default")).replace('type="barcode"', 'type="intent"')
    fill.start(xml)
    expect(fill.at("/q")).to_contain_text("Pertanyaan jenis “intent” belum dapat diisi")
    expect(fill.at("/q")).to_contain_text("Isian yang ada tetap disimpan: 42")
    fill.next()
    fill.page.get_by_role("button", name="Selesaikan dan kirim").click()
    fill.page.get_by_text("belum terkirim").wait_for()
    assert fill.value("/q") == "42"


TEXTS = """
| survey |
|        | type    | name | label::Indonesia (id) | label::English (en) | hint::Indonesia (id) | guidance_hint::Indonesia (id) | appearance |
|        | text    | q    | **Nama** <b>lengkap</b> <img src=x onerror="document.title='rusak'"> | Full name | Sesuai KTP | Lihat KTP asli | |
|        | text    | r    | Cerita                | Story               |                      |                               | multiline  |
"""


def test_labels_carry_markdown_and_harmless_html_and_guidance_is_folded(fill: Any) -> None:
    fill.start(TEXTS)
    label = fill.at("/q").locator(".question-label")
    expect(label.locator("strong").first).to_have_text("Nama")
    expect(label.locator("img")).to_have_count(0)
    assert fill.page.title() == "Lab"
    expect(fill.at("/q").locator(".question-hint")).to_have_text("Sesuai KTP")
    guidance = fill.at("/q").get_by_text("Lihat KTP asli")
    expect(guidance).to_be_hidden()
    fill.at("/q").get_by_text("Penjelasan").click()
    expect(guidance).to_be_visible()


def test_the_language_of_the_form_is_switched_and_kept_with_the_draft(fill: Any) -> None:
    fill.start(TEXTS)
    fill.page.get_by_label("Bahasa formulir: English (en)").click()
    expect(fill.at("/q").locator(".question-label")).to_have_text("Full name")
    fill.at("/q").locator("input").fill("x")
    fill.saved()
    fill.reload()
    expect(fill.at("/q").locator(".question-label")).to_have_text("Full name")


REPEATS = """
| survey |
|        | type         | name  | label        | repeat_count |
|        | integer      | n     | Berapa anak? |              |
|        | begin repeat | anak  | Anak         | ${n}         |
|        | text         | nama  | Nama anak    |              |
|        | end repeat   |       |              |              |
|        | begin repeat | usaha | Usaha        |              |
|        | text         | jenis | Jenis usaha  |              |
|        | end repeat   |       |              |              |
"""


def test_a_smaller_row_count_asks_and_no_puts_everything_back(fill: Any) -> None:
    fill.start(REPEATS)
    fill.at("/n").locator("input").fill("2")
    fill.next()
    fill.at("/anak[1]/nama").locator("input").fill("Ani")
    fill.next()
    fill.at("/anak[2]/nama").locator("input").fill("Budi")
    fill.back()
    fill.back()
    fill.at("/n").locator("input").fill("1")
    fill.at("/n").locator("input").blur()
    expect(fill.page.locator("dialog.ask")).to_contain_text("Anak: dari 2 menjadi 1 baris")
    fill.page.get_by_role("button", name="Batal").click()
    expect(fill.at("/n").locator("input")).to_have_value("2")
    fill.saved()
    assert "Budi" in fill.row()["xml"]
    fill.at("/n").locator("input").fill("1")
    fill.at("/n").locator("input").blur()
    fill.page.get_by_role("button", name="Ya, hapus").click()
    fill.saved()
    assert "Budi" not in fill.row()["xml"] and "Ani" in fill.row()["xml"]


def test_rows_are_added_named_opened_and_removed_by_the_worker(fill: Any) -> None:
    fill.start(REPEATS)
    fill.next()
    fill.at("/usaha[1]/jenis").locator("input").fill("Kebun lada")
    fill.next()
    fill.page.get_by_role("button", name="Tambah Usaha").click()
    fill.at("/usaha[2]/jenis").locator("input").fill("Warung")
    fill.next()
    rows = fill.page.locator(".rows-box li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Usaha 1: Kebun lada")
    rows.nth(0).get_by_role("button", name="Hapus").click()
    expect(fill.page.locator("dialog.ask")).to_contain_text("Hapus Usaha 1: Kebun lada?")
    fill.page.locator("dialog.ask").get_by_role("button", name="Hapus").click()
    expect(rows).to_have_count(1)
    expect(rows.nth(0)).to_contain_text("Usaha 1: Warung")
    fill.saved()
    assert "Kebun lada" not in fill.row()["xml"]
    rows.nth(0).locator("button.row-open").click()
    expect(fill.at("/usaha[1]/jenis").locator("input")).to_have_value("Warung")


@pytest.mark.parametrize(("label", "lines"), [
    ("Nilai ${a}QQKelas ${a}", ["Nilai satu", "Kelas satu"]),
    ("**Nilai ${a}**QQQQKelas ${a}QQQQRentang ${a}", ["Nilai satu", "Kelas satu", "Rentang satu"]),
    ("Saran:QQ${a}QQ${a}", ["Saran:", "satu", "satu"]),
])
def test_lines_beside_an_answer_stay_apart(fill: Any, label: str, lines: list[str]) -> None:
    form = fill.xform(f"""
| survey |
|        | type      | name | label   | calculation |
|        | calculate | a    |         | 'satu'      |
|        | note      | n    | {label} |             |
""")
    fill.start(form.replace("QQ", "\n"))
    shown = fill.at("/n").locator(".question-label").inner_text()
    assert [line.strip() for line in shown.split("\n") if line.strip()] == lines
