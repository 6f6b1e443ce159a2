"""The desk by keyboard and by thumb in a real browser (EXPECTATIONS S2–S6, S13)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = Path(__file__).parents[3] / "web/node_modules/axe-core/axe.min.js"
Visit = Callable[..., Page]


def listens(page: Page) -> None:
    """Wait until the page's script takes keys."""
    page.wait_for_selector("html[data-ready]", state="attached")


def opened(page: Page, link: Locator) -> None:
    """Follow a link to a record and wait until its page listens."""
    link.click()
    expect(page.locator(".record-head")).to_be_visible()
    listens(page)


def shows(page: Page, village: str) -> None:
    """Wait until the page of that village's record is there and listens."""
    expect(page.locator(".record-head h1")).to_contain_text(village)
    listens(page)


def names(page: Page) -> list[str]:
    return page.locator(".queue-item h2").all_inner_texts()


def test_a_whole_queue_is_decided_by_keyboard(visit: Visit) -> None:
    page = visit()
    assert names(page) == ["Padang", "Lalang", "Padang"]
    page.locator(".queue-item h2 a").first.focus()
    page.keyboard.press("Enter")
    shows(page, "Padang")
    # What was resent opens with what changed, and what was asked.
    expect(page.locator(".answer.changed")).to_have_count(1)
    expect(page.locator(".answer.changed")).to_contain_text("1.250")
    expect(page.locator(".answer.changed")).to_contain_text("Notulen memuat 9 nama")
    page.keyboard.press("a")
    shows(page, "Lalang")
    expect(page.get_by_role("status")).to_contain_text("Disetujui.")
    # Sending back: the dialog takes the focus, mirrors what the worker will read, and has a way out.
    page.keyboard.press("p")
    reason = page.get_by_label("Apa yang harus diperbaiki petugas?")
    expect(reason).to_be_focused()
    page.keyboard.type("Lokasi jauh dari desa. a p t")
    expect(page.locator("#preview-reason")).to_have_text("Lokasi jauh dari desa. a p t")
    page.keyboard.press("Escape")
    expect(reason).to_be_hidden()
    page.wait_for_function("() => !document.activeElement?.closest('dialog')")
    page.keyboard.press("p")
    expect(reason).to_be_focused()
    page.keyboard.type("Ambil ulang lokasi di desa")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    shows(page, "Padang")
    page.keyboard.press("t")
    expect(page.get_by_role("textbox", name="Alasan")).to_be_focused()
    page.keyboard.type("Kiriman ganda")
    page.get_by_role("button", name="Tolak", exact=True).click()
    expect(page.get_by_role("heading", name="Semua sudah ditinjau")).to_be_visible()
    # And back again: taken back with a reason, it waits once more.
    page.goto(page.url.partition("?")[0] + "?state=rejected")
    opened(page, page.locator(".queue-item h2 a"))
    page.keyboard.press("u")
    expect(page.get_by_label("Mengapa keputusan ditarik?")).to_be_focused()
    page.keyboard.type("Ternyata bukan ganda")
    page.get_by_role("button", name="Tarik keputusan").click()
    expect(page.locator(".history")).to_contain_text("Ternyata bukan ganda")
    page.keyboard.press("b")
    page.wait_for_url("**/queue*")
    page.goto(page.url.partition("?")[0])
    assert names(page) == ["Padang"]


def test_skipping_goes_on_without_deciding(visit: Visit) -> None:
    page = visit()
    opened(page, page.locator(".queue-item h2 a").first)
    first = page.url
    for key in ("l", "n", "j"):
        here = page.url
        page.keyboard.press(key)
        page.wait_for_function("here => location.href !== here && document.documentElement?.dataset.ready !== undefined", arg=here)
    assert page.url.partition("?")[0] == first.partition("?")[0]  # once round
    assert len(names_after(page)) == 3


def names_after(page: Page) -> list[str]:
    page.keyboard.press("b")
    page.wait_for_url("**/queue*")
    return names(page)


def test_keys_can_be_turned_off_and_never_act_while_somebody_types(visit: Visit) -> None:
    page = visit()
    opened(page, page.locator(".queue-item h2 a").first)
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Tombol pintas")).to_be_visible()
    page.get_by_label("Pakai tombol pintas").uncheck()
    page.get_by_role("button", name="Tutup").click()
    here = page.url
    page.keyboard.press("a")
    page.wait_for_timeout(400)
    assert page.url == here
    assert page.locator(".tag.edited").count() == 1


def test_a_comment_is_written_beside_its_question(visit: Visit) -> None:
    page = visit()
    opened(page, page.get_by_role("link", name="Lalang"))
    page.get_by_label("Komentar pada: Tanggal SK").click()
    page.get_by_role("textbox", name="Komentar").fill("SK tahun berapa?")
    page.get_by_role("button", name="Simpan komentar").click()
    expect(page.locator("#q-isi-tgl")).to_contain_text("SK tahun berapa?")
    expect(page.locator("#q-isi-tgl")).to_be_in_viewport()
    page.keyboard.press("p")
    expect(page.locator(".phone-preview")).to_contain_text("SK tahun berapa?")


def test_an_indicator_is_rated_differently_with_a_reason(visit: Visit) -> None:
    page = visit()
    opened(page, page.locator(".queue-item", has_text="Lalang").get_by_role("link"))
    page.locator(".side summary", has_text="Kelembagaan").click()
    page.get_by_label("Beri nilai lain untuk A2").click()
    page.get_by_label("Nilai peninjau").fill("12,5")
    page.get_by_label("Alasan").fill("Pengurus sudah pindah")
    page.get_by_role("button", name="Simpan nilai").click()
    expect(page.locator("#i-A2")).to_contain_text("Pengurus sudah pindah")
    expect(page.locator("#i-A2 .number")).to_have_text("12,50")


def test_the_second_reviewer_is_told_and_nothing_is_lost(visit: Visit) -> None:
    rahma, budi = visit("rahma@b.id"), visit("budi@b.id")
    for page in (rahma, budi):
        opened(page, page.get_by_role("link", name="Lalang"))
    rahma.keyboard.press("a")
    expect(rahma.get_by_role("status")).to_be_visible()
    budi.keyboard.press("p")
    expect(budi.get_by_label("Apa yang harus diperbaiki petugas?")).to_be_focused()
    budi.keyboard.type("Lokasi salah")
    budi.get_by_role("button", name="Kembalikan untuk diperbaiki").click()
    expect(budi.get_by_role("heading", name="Rahmawati sudah lebih dahulu memutuskan")).to_be_visible()
    expect(budi.locator("main")).to_contain_text("Lokasi salah")
    budi.get_by_role("link", name="Buka lagi kirimannya").click()
    expect(budi.locator(".record-head .tag")).to_have_text("Disetujui")


def test_on_a_phone_text_comes_first_and_photos_on_request(visit: Visit) -> None:
    page = visit(phone=True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    opened(page, page.locator(".queue-item h2 a").last)
    shows(page, "Padang")
    page.mouse.wheel(0, 3000)
    assert not [address for address in asked if "/files/" in address]
    page.get_by_text("Lihat foto").click()
    expect(page.locator(".thumbs img")).to_have_js_property("naturalWidth", 480)
    page.locator(".thumbs a").click()
    expect(page.locator("dialog.photo img")).to_have_js_property("naturalWidth", 1200)
    page.get_by_role("button", name="Tutup").click()
    page.get_by_role("button", name="Setujui").tap()
    expect(page.get_by_role("status")).to_contain_text("Disetujui.")


def test_everything_works_without_scripts(visit: Visit) -> None:
    page = visit(scripts=False)
    page.get_by_role("link", name="Lalang").click()
    page.get_by_label("Komentar pada: Tanggal SK").click()
    page.get_by_role("textbox", name="Komentar").fill("SK tahun berapa?")
    page.get_by_role("button", name="Simpan komentar").click()
    page.get_by_role("link", name=re.compile("^Perlu perbaikan P")).click()
    expect(page.locator(".phone-preview")).to_contain_text("SK tahun berapa?")
    page.get_by_label("Apa yang harus diperbaiki petugas?").fill("Periksa tanggal")
    page.get_by_role("button", name="Kembalikan untuk diperbaiki").click()
    expect(page.get_by_role("status")).to_contain_text("Dikembalikan ke petugas.")


def test_the_list_follows_the_search_while_it_is_typed(visit: Visit) -> None:
    page = visit()
    page.get_by_label("Cari").press_sequentially("lalang", delay=20)
    expect(page.locator(".queue-item")).to_have_count(1)
    assert "q=lalang" in page.url
    page.reload()
    assert names(page) == ["Lalang"]


PAGES = ("queue", "queue?state=all", "records/pokja/uuid:dua", "records/pokja/uuid:tiga", "records/pokja/uuid:dua/decide?choice=hasIssues",
         "records/pokja/uuid:dua/comment?path=/isi/tgl", "records/pokja/uuid:dua/rate?indicator=A1", "phones", "people", "forms",
         "forms/pokja", "nowhere")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_pages_fit_the_screen_and_pass_the_accessibility_check(visit: Visit, phone: bool) -> None:
    page = visit("bos@b.id", phone=phone)
    for name in PAGES:
        page.goto(f"/desk/1/{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        if AXE.exists():
            page.evaluate(AXE.read_text())
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found["violations"]] == [], name
