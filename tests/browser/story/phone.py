"""A worker's hands: fills the pages of a form on the phone, by the names of its questions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

ROW = re.compile(r"/poktan\[(\d+)\]/")


class Worker:
    """Fills what is asked from `answers`; rows of the repeat are named "poktan.1.ada"."""

    def __init__(self, page: Page, answers: Mapping[str, str], photo: Path) -> None:
        self.page, self.answers, self.photo = page, answers, photo
        self.used: set[str] = set()

    def fill_all(self) -> int:
        """Answer page after page to the end; returns how many pages there were."""
        pages = 0
        while self.page.locator(".fill-nav .primary").count():
            self.fill_page()
            pages += 1
            before = self.place
            self.page.locator(".fill-nav .primary").click()
            self.page.wait_for_function(
                "before => document.querySelector('.place p')?.textContent !== before || !document.querySelector('.fill-nav .primary')"
                " || document.querySelector('.problem')", arg=before)
            faults = self.page.locator(".question .problem").all_inner_texts()
            assert not faults, f"{before}: {faults}"
        return pages

    @property
    def place(self) -> str:
        return self.page.locator(".place p").first.inner_text()

    def fill_page(self) -> None:
        """Answer the questions of this page, also those that appear while it is filled."""
        done: set[str] = set()
        while True:
            todo = [reference for reference in self._references() if reference not in done]
            if not todo:
                return
            done.add(todo[0])
            name = self._name(todo[0])
            if name in self.answers:
                self.answer(self.page.locator(f'[data-reference="{todo[0]}"]'), self.answers[name])
                self.used.add(name)

    def _references(self) -> list[str]:
        found: list[str] = self.page.locator(".question[data-reference]").evaluate_all("all => all.map(one => one.dataset.reference)")
        return found

    @staticmethod
    def _name(reference: str) -> str:
        name = reference.rpartition("/")[2]
        row = ROW.search(reference)
        return f"poktan.{row[1]}.{name}" if row else name

    def answer(self, question: Locator, value: str) -> None:
        """Give one answer as a thumb would."""
        if value == "FOTO":
            question.locator("input[type=file]").first.set_input_files(self.photo)
            expect(question.locator("img.photo")).to_be_visible(timeout=20_000)
        elif value == "LOKASI":
            question.locator(".buttons button").first.click()
            expect(question.locator(".buttons button")).to_have_count(2, timeout=20_000)
            use = question.get_by_role("button", name="Pakai lokasi ini")
            if use.count():
                use.click()
        elif value == "OK":
            question.locator("input[type=checkbox]").check()
        elif question.locator(".card-choice").count():
            self._choose(question, value.split(" "))
        elif question.locator("select").count():
            question.locator("select").select_option(value)
        else:
            question.locator("input, textarea").first.fill(value)

    @staticmethod
    def _choose(question: Locator, values: list[str]) -> None:
        for value in values:
            box = question.locator(f'.card-choice input[value="{value}"]')
            if not box.count():
                question.locator("input[type=search]").fill(value)
            if not box.is_checked():
                box.click()

    def correct(self, question: str, value: str) -> None:
        """Give another answer to a question of this page."""
        found = self.page.locator(f'.question[data-reference$="/{question}"]')
        folded = found.locator("button.wide")
        if folded.count():
            folded.click()
        self.answer(found, value)


def counts(page: Page) -> dict[str, str]:
    """The four numbers of home."""
    names = ("returned", "drafts", "outbox", "sent")
    return {name: page.get_by_test_id(f"count-{name}").inner_text().strip() for name in names}

