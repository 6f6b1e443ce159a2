"""Pages, progress, faults, drafts and finishing, as a worker meets them (EXPECTATIONS §1, WEBFORMS §6)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PAGES = """
| survey |
|        | type         | name  | label            | required | required_message | appearance | relevant     | constraint | constraint_message |
|        | begin group  | a     | Modul A          |          |                  | field-list |              |            |                    |
|        | text         | nama  | Nama             | yes      | Isi nama dahulu  |            |              |            |                    |
|        | integer      | umur  | Umur             | yes      |                  |            |              | . < 150    | Umur terlalu besar |
|        | end group    |       |                  |          |                  |            |              |            |                    |
|        | begin group  | b     | Modul B          |          |                  |            | ${umur} > 17 |            |                    |
|        | select_one y | kawin | Sudah kawin?     | yes      |                  |            |              |            |                    |
|        | text         | kerja | Pekerjaan        |          |                  |            |              |            |                    |
|        | end group    |       |                  |          |                  |            |              |            |                    |
|        | begin group  | c     | Modul C          |          |                  |            |              |            |                    |
|        | text         | akhir | Catatan          |          |                  |            |              |            |                    |
|        | end group    |       |                  |          |                  |            |              |            |                    |
| choices |
|        | list_name | name  | label |
|        | y         | ya    | Ya    |
|        | y         | tidak | Tidak |
| settings |
|        | form_id | version | style |
|        | uji     | 1       | pages |
"""


def test_a_page_is_a_field_list_or_one_question_and_irrelevant_ones_are_skipped(fill: Any) -> None:
    fill.start(PAGES)
    assert fill.place == "Halaman 1 dari 2 · Modul A"
    expect(fill.page.locator(".question")).to_have_count(2)
    fill.at("/nama").locator("input").fill("Ani")
    fill.at("/umur").locator("input").fill("30")
    assert fill.place == "Halaman 1 dari 4 · Modul A"
    fill.next()
    assert fill.place == "Halaman 2 dari 4 · Modul B"
    expect(fill.page.locator(".question")).to_have_count(1)
    fill.back()
    fill.at("/umur").locator("input").fill("9")
    fill.next()
    assert fill.place == "Halaman 2 dari 2 · Modul C"


def test_faults_are_silent_while_typing_and_told_on_leaving_which_is_never_forbidden(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/umur").locator("input").fill("200")
    expect(fill.page.locator(".problem")).to_have_count(0)
    fill.page.locator(".fill-nav .primary").click()
    expect(fill.at("/nama").locator(".problem")).to_contain_text("Isi nama dahulu")
    expect(fill.at("/umur").locator(".problem")).to_contain_text("Umur terlalu besar")
    expect(fill.page.locator(".notice.warn")).to_contain_text("Ada 2 isian")
    assert fill.place.startswith("Halaman 1 ")
    fill.at("/umur").locator("input").fill("20")
    expect(fill.at("/umur").locator(".problem")).to_have_count(0)
    fill.next()
    assert fill.place.startswith("Halaman 2 ")


def test_finishing_lists_every_fault_and_leads_to_the_first(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/umur").locator("input").fill("20")
    fill.page.get_by_label("Daftar isi").click()
    fill.page.locator(".contents").get_by_role("button", name="Selesai", exact=True).click()
    expect(fill.page.locator(".problem-list li")).to_have_count(2)
    expect(fill.page.locator(".problem-list")).to_contain_text("Sudah kawin?")
    expect(fill.page.locator(".problem-list")).to_contain_text("Wajib diisi.")
    fill.page.get_by_role("button", name="Perbaiki yang pertama").click()
    assert fill.place.startswith("Halaman 1 ")
    expect(fill.at("/nama").locator(".problem")).to_contain_text("Isi nama dahulu")
    assert fill.rows("ready") == []


def test_a_complete_record_is_finished_and_says_truly_where_it_is(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Ani")
    fill.at("/umur").locator("input").fill("9")
    fill.next()
    fill.next()
    expect(fill.page.get_by_text("Siap dikirim")).to_be_visible()
    fill.page.get_by_role("button", name="Selesaikan dan kirim").click()
    expect(fill.page.get_by_role("status")).to_have_text(
        "Tersimpan di HP, belum terkirim. Catatan ini dikirim sendiri begitu ada jaringan."
    )
    row = fill.row()
    assert row["status"] == "ready" and row["finalisedAt"] and fill.value("/a/nama") == "Ani"
    assert "page" not in row
    fill.page.evaluate("id => lab.db.patchInstance(id, {status: 'sent'})", row["instanceId"])
    expect(fill.page.get_by_role("status")).to_have_text("Terkirim dan sudah diterima server.")


def test_a_killed_browser_comes_back_to_the_same_question_with_its_answers(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Ani")
    fill.at("/umur").locator("input").fill("30")
    fill.next()
    fill.at("/kawin").get_by_text("Ya").click()
    fill.next()
    fill.at("/kerja").locator("input").fill("Petani lada")
    fill.saved()
    before = fill.row()
    fill.reload()
    expect(fill.at("/kerja").locator("input")).to_have_value("Petani lada")
    assert fill.place == "Halaman 3 dari 4 · Modul B"
    fill.back()
    expect(fill.at("/kawin").locator("input[value=ya]")).to_be_checked()
    assert fill.row()["instanceId"] == before["instanceId"]


def test_text_typed_a_moment_before_the_page_is_hidden_is_kept(fill: Any) -> None:
    fill.start(PAGES)
    fill.page.evaluate("""() => {
        const set = setTimeout
        window.setTimeout = (then, wait, ...more) => wait >= 500 ? 0 : set(then, wait, ...more) }""")
    fill.at("/nama").locator("input").fill("Budi")  # which is not saved by and by, because that timer never ends
    fill.page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden'}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    fill.until("async () => (await lab.db.listInstances('draft'))[0]?.xml.includes('Budi')")


def test_a_record_looked_at_and_left_leaves_nothing_behind(fill: Any) -> None:
    fill.start(PAGES)
    fill.page.get_by_label("Simpan dan tutup").click()
    expect(fill.page.locator("#elsewhere")).to_have_text("home")
    assert fill.rows() == []


def test_closing_saves_what_was_typed_last(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Cici")
    fill.page.get_by_label("Simpan dan tutup").click()
    expect(fill.page.locator("#elsewhere")).to_be_visible()
    assert fill.value("/a/nama") == "Cici"


def test_the_contents_tell_how_far_every_section_is(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Ani")
    fill.at("/umur").locator("input").fill("30")
    fill.next()
    fill.page.get_by_label("Daftar isi").click()
    lines = fill.page.locator(".contents .section-row")
    expect(lines.nth(0)).to_contain_text("Lengkap")
    expect(lines.nth(1)).to_contain_text("Belum")
    fill.page.locator(".contents .page-row", has_text="Pekerjaan").click()
    fill.at("/kerja").locator("input").fill("Guru")
    fill.page.get_by_label("Daftar isi").click()
    expect(lines.nth(1)).to_contain_text("Kurang")
    expect(lines.nth(1)).to_contain_text("1 dari 2 halaman terisi")
    expect(lines.nth(2)).to_contain_text("Belum")


def test_a_record_finished_in_another_tab_is_not_overwritten(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Ani")
    fill.saved()
    row = fill.row()
    fill.page.evaluate("([id, xml]) => lab.db.finalise(id, {xml})", [row["instanceId"], row["xml"]])
    fill.at("/nama").locator("input").fill("Lain")
    expect(fill.page.locator(".notice.bad")).to_contain_text("sudah diselesaikan di tab lain")
    assert fill.value("/a/nama") == "Ani"


def test_a_draft_keeps_the_form_version_it_was_begun_with(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Ani")
    fill.saved()
    newer = PAGES.replace("| uji     | 1 ", "| uji     | 2 ").replace("| Nama  ", "| Nama lengkap ")
    fill.page.evaluate("x => lab.putForm(x)", fill.xform(newer))
    fill.reload()
    expect(fill.at("/nama").locator(".question-label")).to_have_text("Nama (wajib)")
    fill.at("/nama").locator("input").fill("Ani B")
    fill.saved()
    assert 'version="1"' in fill.row()["xml"]


REFUSALS = [
    ("#/fill/uuid:tidak-ada", "Catatan ini tidak ada di HP ini"),
    ("#/fill/new/tidak@ada@f00dcafe", "Formulir untuk catatan ini belum ada di HP"),
]


@pytest.mark.parametrize(("address", "sentence"), REFUSALS)
def test_what_cannot_be_opened_says_so(fill: Any, address: str, sentence: str) -> None:
    fill.go(address)
    expect(fill.page.locator(".notice.bad")).to_contain_text(sentence)


def test_a_broken_form_says_so_with_the_detail_folded_away(fill: Any) -> None:
    fill.page.evaluate(
        "lab.db.putForm({key: 'x@1@f00dcafe', xmlFormId: 'x', version: '1', name: 'X', hash: '', xml: '<h:html', current: true}, [])"
    )
    fill.go("#/fill/new/x@1@f00dcafe")
    expect(fill.page.locator(".notice.bad")).to_contain_text("Berkas formulir di HP ini rusak")
    expect(fill.page.locator("details")).to_have_count(1)


def test_a_missing_list_is_named_and_the_form_opens_all_the_same(fill: Any) -> None:
    table = """
| survey |
|        | type                          | name | label |
|        | select_one_from_file desa.csv | desa | Desa  |
"""
    fill.start(table)
    expect(fill.page.locator(".notice.warn")).to_contain_text("desa.csv")
    expect(fill.at("/desa")).to_contain_text("Belum ada pilihan")


VILLAGE = """
| survey |
|        | type             | name      | label     | choice_filter |
|        | begin group      | identitas | Identitas |               |
|        | select_one kec   | kecamatan | Kecamatan |               |
|        | select_one desa  | desa      | Desa      | kecamatan=${kecamatan} |
|        | end group        |           |           |               |
| choices |
|        | list_name | name          | label    | kecamatan |
|        | kec       | 19.06.01      | Manggar  |           |
|        | kec       | 19.06.04      | Kampit   |           |
|        | desa      | 19.06.01.2001 | Lalang   | 19.06.01  |
|        | desa      | 19.06.04.2001 | Mentawak | 19.06.04  |
"""


def test_a_record_started_from_a_village_has_the_village_and_its_kecamatan(fill: Any) -> None:
    fill.start(VILLAGE, village="19.06.04.2001", areaField="/identitas/desa")
    expect(fill.at("/kecamatan").locator("input[value='19.06.04']")).to_be_checked()
    fill.saved()
    assert fill.value("/identitas/desa") == "19.06.04.2001"
    assert fill.row()["village"] == "19.06.04.2001"


def test_the_phones_back_gesture_never_traps_and_never_loses(fill: Any) -> None:
    fill.go("#/home")
    fill.page.locator("#elsewhere").wait_for()
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Dedi")
    fill.page.go_back()
    expect(fill.page.locator("#elsewhere")).to_be_visible()
    fill.until("async () => (await lab.db.listInstances('draft'))[0]?.xml.includes('Dedi')")


def test_a_record_open_in_one_tab_is_not_opened_in_a_second(fill: Any) -> None:
    fill.start(PAGES)
    fill.at("/nama").locator("input").fill("Ani")
    fill.saved()
    second = fill.page.context.new_page()
    second.goto(fill.page.url)
    expect(second.locator(".notice.bad")).to_contain_text("terbuka di tab lain")
    fill.at("/nama").locator("input").fill("Ani B")
    fill.page.get_by_label("Simpan dan tutup").click()
    expect(fill.page.locator("#elsewhere")).to_be_visible()
    second.reload()
    expect(second.locator(".question input").first).to_have_value("Ani B")


THUMB = """() => [...document.querySelectorAll('button, a.button, select, textarea, summary, input:not([type=file])')].filter((e) => {
    const box = e.getBoundingClientRect()
    const target = e.closest('label.card-choice')?.getBoundingClientRect() ?? box
    return box.width && (target.height < 43.5 || target.width < 43.5)
}).map((e) => e.outerHTML.slice(0, 120))"""


def open_in_full(fill: Any, shipped_form: str) -> None:
    """The shipped form with an active Pokja, so that every module is asked; stands on its first page."""
    fill.start(shipped_form, areaField="/identitas/desa", village="19.06.04.2001")
    fill.next_anyway()
    fill.page.locator("input[value=aktif]").click()
    fill.back()


def every_page(fill: Any, look: str) -> list[tuple[str, Any]]:
    """Walks to the end, looking at each page; gives what was found where."""
    found = []
    while True:
        got = fill.page.evaluate(look)
        if got:
            found.append((fill.place, got))
        forward = fill.page.locator(".fill-nav .primary")
        if not forward.count():
            return found
        before = fill.place
        for _ in range(2):
            if fill.place == before:
                forward.click()
                fill.page.wait_for_timeout(40)


@pytest.mark.slow
def test_every_target_of_the_shipped_form_is_thumb_sized(fill: Any, shipped_form: str) -> None:
    open_in_full(fill, shipped_form)
    assert every_page(fill, THUMB) == []


@pytest.mark.slow
def test_at_twice_the_text_size_no_page_of_the_shipped_form_runs_off_the_screen(fill: Any, shipped_form: str) -> None:
    open_in_full(fill, shipped_form)
    fill.page.evaluate("document.documentElement.style.fontSize = '200%'")
    wide = "() => [...document.querySelectorAll('main *, nav *, header *')].filter((e) => e.getBoundingClientRect().right > 361).map((e) => e.outerHTML.slice(0, 120)).slice(0, 2)"
    assert every_page(fill, wide) == []


@pytest.mark.slow
def test_the_shipped_form_opens_asks_in_indonesian_and_saves(fill: Any, shipped_form: str) -> None:
    fill.start(shipped_form, areaField="/identitas/desa", village="19.06.04.2001", name="Pengkajian Pokja")
    assert fill.place.startswith("Halaman 1 dari 3")
    fill.next_anyway()
    fill.page.locator("input[value=aktif]").click()
    fill.next()
    assert "dari 3" not in fill.place
    found = every_page(fill, "() => [...document.querySelectorAll('.question .notice.warn')].map((e) => e.textContent)")
    assert found == []
    expect(fill.page.locator(".problem-list li").first).to_be_visible()
    fill.saved()
    assert fill.row()["village"] == "19.06.04.2001"
