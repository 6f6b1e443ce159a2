"""A phone without room: told in words, nothing given up (EXPECTATIONS F3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.phone.conftest import Handset, Office

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# Writes fail as Chrome's do, while `full` is set; reading goes on.
FULL = """(() => {
    const put = IDBObjectStore.prototype.put
    IDBObjectStore.prototype.put = function (...given) {
        if (window.full && ['instances', 'blobs'].includes(this.name)) throw new DOMException('full', 'QuotaExceededError')
        return put.apply(this, given)
    }
})()"""
ALMOST = "if (navigator.storage) navigator.storage.estimate = async () => ({ usage: 500e6, quota: 512e6 })"


@pytest.fixture
def filling(handset: Callable[[], Handset], office: Office) -> Handset:
    """A phone with one answer given, whose room can be taken by `window.full`."""
    phone = handset()
    phone.context.add_init_script(FULL)
    phone.enrol(office.enrol())
    phone.offline()
    phone.start()
    phone.at("desa").locator('input[value="19.06.01.2001"]').check()
    phone.next()
    expect(phone.page.locator(".save-state")).to_have_text("Tersimpan di HP")
    return phone


def test_an_answer_that_finds_no_room_is_kept_on_screen_and_stored_later(filling: Handset) -> None:
    page = filling.page
    page.evaluate("window.full = true")
    filling.at("anggota").locator("input").fill("12")
    alert = page.locator("main [role=alert]").first
    expect(alert).to_contain_text("penyimpanan")
    expect(page.locator(".save-state")).not_to_have_text("Tersimpan di HP")
    expect(filling.at("anggota").locator("input")).to_have_value("12")
    page.evaluate("window.full = false")
    alert.get_by_role("button").click()
    expect(page.locator(".save-state")).to_have_text("Tersimpan di HP")
    filling.restart()
    filling.count("drafts").click()
    filling.page.locator("a, button").filter(has_text="Lalang Jaya").first.click()
    expect(filling.at("anggota").locator("input")).to_have_value("12")


def test_a_photo_that_finds_no_room_says_so_and_the_answers_stay(filling: Handset, photo: Path) -> None:
    page = filling.page
    filling.at("anggota").locator("input").fill("12")
    filling.next()
    expect(page.locator(".save-state")).to_have_text("Tersimpan di HP")
    page.evaluate("window.full = true")
    filling.at("foto").locator("input[type=file]").first.set_input_files(photo)
    expect(filling.at("foto").locator(".problem")).to_contain_text("penuh")
    expect(filling.at("foto").locator("img.photo")).to_have_count(0)
    page.evaluate("window.full = false")
    filling.at("foto").locator("input[type=file]").first.set_input_files(photo)
    expect(filling.at("foto").locator("img.photo")).to_be_visible()


def test_a_nearly_full_phone_says_what_is_at_risk_and_the_one_thing_to_do(handset: Callable[[], Handset], office: Office) -> None:
    phone = handset()
    phone.context.add_init_script(ALMOST)
    phone.enrol(office.enrol())
    phone.offline()
    phone.fill(3)
    phone.restart()
    notice = phone.page.locator(".notice.bad")
    expect(notice).to_have_count(1)
    expect(notice).to_contain_text("Penyimpanan HP hampir penuh (sisa 12,0 MB): foto baru bisa gagal tersimpan.")
    expect(notice.get_by_role("button")).to_have_count(1)
    expect(notice.get_by_role("button")).to_have_text("Kirim sekarang")
