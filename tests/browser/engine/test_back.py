"""The phone's own Back inside a form: a page back, never out of it by accident."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

THREE = """
| survey |
|        | type | name | label |
|        | text | a    | Satu  |
|        | text | b    | Dua   |
|        | text | c    | Tiga  |
"""


@pytest.fixture
def begun(fill: Any) -> Any:
    """A form opened from home, on its third page, two questions answered."""
    fill.go("#/home")
    fill.start(THREE)
    for path in ("/a", "/b"):
        fill.at(path).locator("input").fill(f"isi {path}")
        fill.next()
    return fill


def place(page: Page) -> str:
    return page.locator(".place p").first.inner_text()


def test_back_turns_one_page_at_a_time_and_leaves_from_the_first_with_all_saved(begun: Any) -> None:
    page: Page = begun.page
    for number in (2, 1):
        page.go_back()
        expect(page.locator(".place p").first).to_contain_text(f"Halaman {number} dari 3")
    page.go_back()
    expect(page.locator("#elsewhere")).to_have_text("home")
    assert begun.value("/a") == "isi /a" and begun.value("/b") == "isi /b"


def test_back_turns_pages_also_after_the_page_was_loaded_again(begun: Any) -> None:
    begun.saved()
    begun.reload()
    page: Page = begun.page
    expect(page.locator(".place p").first).to_contain_text("Halaman 3 dari 3")
    page.go_back()
    expect(page.locator(".place p").first).to_contain_text("Halaman 2 dari 3")
    page.go_back()
    page.go_back()
    expect(page.locator("#elsewhere")).to_have_text("home")


def test_back_closes_the_contents_before_it_turns_a_page(begun: Any) -> None:
    page: Page = begun.page
    page.get_by_role("button", name="Daftar isi").click()
    expect(page.locator("dialog[open]")).to_be_visible()
    page.go_back()
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".place p").first).to_contain_text("Halaman 3 dari 3")


def test_after_the_form_is_left_or_finished_back_does_not_return_into_it(begun: Any) -> None:
    page: Page = begun.page
    page.get_by_role("button", name="Tutup").first.click()
    expect(page.locator("#elsewhere")).to_have_text("home")
    begun.start(THREE)
    for _ in range(3):
        begun.next()
    page.locator("button.primary.big").click()
    page.wait_for_function("() => location.hash.startsWith('#/done')")
    page.go_back()
    expect(page.locator("#elsewhere")).to_have_text("home")
