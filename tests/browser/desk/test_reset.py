"""A one-time link in a real browser: its token leaves the address, and sets a password (PROTOCOL §3 "Users")."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_link_from_an_administrator_sets_a_password(visit: Callable[..., Page], chromium: Browser) -> None:
    boss = visit("bos@b.id")
    boss.goto(boss.url.replace("/queue", "/people"))
    card = boss.locator("li.card", has_text="budi@b.id")
    card.locator("summary").click()
    card.get_by_role("button", name="Tautan kata sandi baru").click()
    link = boss.get_by_label("Tautan").input_value()
    context = chromium.new_context(locale="id-ID")
    page, seen = context.new_page(), []  # type: ignore[var-annotated]
    page.on("request", lambda sent: seen.append(sent.url + str(sent.headers)))
    page.goto(link)
    expect(page.locator("[data-from-fragment]")).to_have_value(link.partition("#")[2])
    assert page.url == link.partition("#")[0], "the token is not left in the address"
    page.get_by_label("Kata sandi baru").fill("kata-sandi-baru")
    page.get_by_label("Sekali lagi").fill("kata-sandi-beda")
    page.get_by_role("button", name="Simpan kata sandi").click()
    expect(page.get_by_role("alert")).to_have_text("Kedua kata sandi tidak sama.")
    page.get_by_label("Kata sandi baru").fill("kata-sandi-baru")
    page.get_by_label("Sekali lagi").fill("kata-sandi-baru")
    page.get_by_role("button", name="Simpan kata sandi").click()
    expect(page.get_by_text("Kata sandi baru tersimpan.")).to_be_visible()
    page.get_by_label("Alamat surel").fill("budi@b.id")
    page.get_by_label("Kata sandi").fill("kata-sandi-baru")
    page.get_by_role("button", name="Masuk").click()
    page.wait_for_url("**/queue")
    assert not [each for each in seen if link.partition("#")[2] in each], "it travelled only in the body of the form"
    context.close()
