"""A field worker's days without network, on the real server (EXPECTATIONS F1, F2, F7, F8, F9)."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Error, expect

from tests.browser.phone.conftest import Handset, Office, long, short

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_home_opens_offline_with_right_counts_within_three_seconds_of_work(phone: Handset) -> None:
    """F1: processor time at a quarter of the speed, so that other work on this machine does not count."""
    phone.offline()
    phone.fill(3)
    phone.start()
    phone.at("desa").locator('input[value="19.06.01.2002"]').check()
    phone.page.wait_for_timeout(700)
    phone.page.close()
    phone.page = phone.context.new_page()
    session = phone.context.new_cdp_session(phone.page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    phone.page.goto(phone.office.server.address)
    for name, count in (("drafts", "1"), ("outbox", "1"), ("returned", "0"), ("sent", "0")):
        expect(phone.count(name)).to_have_text(count)
    metrics = session.send("Performance.getMetrics")["metrics"]
    spent = next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
    assert spent < 3, f"{spent:.1f} s"


def test_a_killed_browser_comes_back_to_the_same_question_with_all_answers(phone: Handset, office: Office) -> None:
    """F2: 40 answers are given; only the one being typed may be missing."""
    office.publish(long())
    phone.page.reload()
    expect(phone.page.get_by_role("link", name="Isi formulir")).to_have_attribute("href", "#/forms")
    phone.offline()
    phone.start("Pengkajian panjang")
    phone.at("desa").locator('input[value="19.06.01.2002"]').check()
    phone.next()
    phone.at("anggota").locator("input").fill("12")
    for page in range(10):
        phone.next()
        for number in range(4 * page, 4 * page + 4):
            phone.at(f"q{number}").locator("input").fill(str(100 + number))
    phone.page.wait_for_timeout(700)
    phone.at("q39").locator("input").type("77")
    place = phone.page.locator(".place p").first.inner_text()
    crash(phone)
    page = phone.restart()
    phone.count("drafts").click()
    page.locator("a, button").filter(has_text="Kurnia Jaya").first.click()
    expect(page.locator(".place p").first).to_have_text(place)
    for number in range(36, 39):
        expect(phone.at(f"q{number}").locator("input")).to_have_value(str(100 + number))
    xml: str = page.evaluate(STORED_XML)
    assert [number for number in range(39) if f"<q{number}>{100 + number}</q{number}>" not in xml] == []


STORED_XML = """() => new Promise((resolve, reject) => {
    const open = indexedDB.open('pokja')
    open.onerror = () => reject(open.error)
    open.onsuccess = () => {
        const all = open.result.transaction('instances').objectStore('instances').getAll()
        all.onsuccess = () => { open.result.close(); resolve(all.result.find(one => one.status === 'draft').xml) }
    }
})"""


def crash(phone: Handset) -> None:
    """What the system does to a browser for memory: no event reaches the page."""
    with phone.page.expect_event("crash"), contextlib.suppress(Error):
        phone.page.goto("chrome://crash", timeout=3_000)


def test_ten_records_wait_with_their_sizes_and_the_choice_is_remembered(phone: Handset, office: Office, photo: Path) -> None:
    """F7: answers go now, photos when the worker says so."""
    phone.offline()
    for number in range(10):
        phone.fill(number + 1, photo)
    phone.go("#/outbox")
    expect(phone.page.locator("article")).to_have_count(10)
    expect(phone.page.locator("main > p strong")).to_have_text(re.compile(r"^10 catatan, \d+,\d MB$"))
    phone.page.get_by_label("Jawaban saja sekarang").check()
    phone.page.wait_for_timeout(300)
    phone.restart()
    phone.go("#/outbox")
    expect(phone.page.get_by_label("Jawaban saja sekarang")).to_be_checked()
    phone.online()
    expect(phone.page.locator("article", has_text="menunggu Wi-Fi")).to_have_count(10, timeout=40_000)
    assert office.stored() == (10, 0)
    phone.page.get_by_role("button", name="Kirim foto sekarang").click()
    expect(phone.page.get_by_text("Semua catatan sudah terkirim.")).to_be_visible(timeout=40_000)
    assert office.stored() == (10, 10)
    phone.go("#/")
    expect(phone.count("sent")).to_have_text("10")


def test_a_returned_record_opens_at_its_first_comment_on_the_version_it_was_filled_on(
        phone: Handset, office: Office, photo: Path) -> None:
    """F8, on the phone that sent it: the form has a new version meanwhile, and the phone no network."""
    phone.fill(3, photo)
    phone.go("#/")
    expect(phone.count("sent")).to_have_text("1")
    office.publish(short("2", {"type": "text", "name": "baru", "label": "Baru"}))
    office.send_back("Angkanya tidak cocok.", [("/isi/anggota", "Buku tamu: 30."), ("/foto", "Foto buram.")])
    phone.restart()
    expect(phone.count("returned")).to_have_text("1")
    phone.offline()
    phone.restart()
    first = phone.page.get_by_test_id("returned").locator("article, .card").first
    expect(first).to_contain_text("Angkanya tidak cocok.")
    first.locator("a, button").filter(has_text="Perbaiki").click()
    expect(phone.at("anggota")).to_contain_text("Buku tamu: 30.")
    expect(phone.at("catatan").locator("input")).to_have_value("semua baik")
    phone.at("anggota").locator("input").fill("30")
    phone.page.locator(".remark-jump button").click()
    expect(phone.at("foto")).to_contain_text("Foto buram.")
    expect(phone.page.locator('.question[data-reference$="/baru"]')).to_have_count(0)
    phone.finish()
    phone.online()
    phone.go("#/")
    expect(phone.count("outbox")).to_have_text("0")
    expect(phone.count("returned")).to_have_text("0")


def test_a_phone_that_lost_its_memory_fetches_the_old_version_with_the_returned_record(
        handset: Callable[[], Handset], office: Office) -> None:
    link = office.enrol()
    first = handset()
    first.enrol(link)
    first.fill(3)
    first.go("#/")
    expect(first.count("sent")).to_have_text("1")
    office.publish(short("2", {"type": "text", "name": "baru", "label": "Baru"}))
    office.send_back("Angkanya tidak cocok.", [("/isi/anggota", "Buku tamu: 30.")])
    again = handset()
    again.enrol(link)
    expect(again.count("returned")).to_have_text("1")
    again.offline()
    again.page.locator("a, button").filter(has_text="Perbaiki").first.click()
    expect(again.at("anggota")).to_contain_text("Buku tamu: 30.")
    again.at("anggota").locator("input").fill("30")
    expect(again.page.locator(".save-state")).to_have_text("Tersimpan di HP")
    again.page.wait_for_timeout(700)
    xml: str = again.page.evaluate(STORED_XML)
    assert 'version="1"' in xml and "<anggota>30</anggota>" in xml and "<baru" not in xml


def test_a_refused_record_says_why_and_the_others_go(phone: Handset, office: Office) -> None:
    """F9: the short form was closed while the worker was away."""
    office.publish(long())
    phone.page.reload()
    expect(phone.page.get_by_role("link", name="Isi formulir")).to_have_attribute("href", "#/forms")
    phone.offline()
    phone.start("Kunjungan")
    phone.at("desa").locator('input[value="19.06.01.2001"]').check()
    phone.finish()
    phone.start("Pengkajian panjang")
    phone.at("desa").locator('input[value="19.06.01.2002"]').check()
    phone.finish()
    office.set_state("kunjungan", "closed")
    phone.online()
    phone.go("#/outbox")
    refused = phone.page.locator("article.refused")
    expect(refused).to_contain_text("Kunjungan")
    expect(phone.page.locator("article")).to_have_count(1)
    expect(refused).to_contain_text("Formulir ini sudah ditutup dan tidak menerima kiriman lagi.")
    for action in ("Buka dan perbaiki", "Simpan salinan", "Tanyakan"):
        expect(refused.locator("a, button").filter(has_text=action)).to_be_visible()
    with phone.page.expect_download() as download:
        refused.get_by_role("button", name="Simpan salinan").click()
    assert download.value.suggested_filename.endswith((".zip", ".json"))
    assert office.stored() == (1, 0)
    office.set_state("kunjungan", "open")
    refused.get_by_role("button", name="Coba kirim lagi").click()
    expect(phone.page.locator("article")).to_have_count(0)
    assert office.stored() == (2, 0)
