"""Words, times and numbers of the pages (DOMAIN §6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from babel.messages import Message, extract, pofile
from flask import Flask

from server.desk import words

SERVER = Path(__file__).parents[2] / "server"
CATALOGUES = sorted((SERVER / "translations").glob("**/id/LC_MESSAGES/*.po"))
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]


def spoken() -> set[str]:
    """Every English text that the pages say."""
    found = extract.extract_from_dir(str(SERVER), METHODS, keywords={**extract.DEFAULT_KEYWORDS, "_l": None})
    return {message if isinstance(message, str) else message[0] for _file, _line, message, _comments, _context in found}


def translated() -> list[Message]:
    """Every entry of the Indonesian catalogues."""
    found: list[Message] = []
    for path in CATALOGUES:
        with path.open("rb") as file:
            found += [message for message in pofile.read_po(file) if message.id]
    return found


def test_every_text_of_the_pages_has_indonesian_words() -> None:
    known = {message.id if isinstance(message.id, str) else message.id[0] for message in translated() if message.string}
    assert len(spoken()) > 200
    assert sorted(spoken() - known) == []


def test_translations_keep_the_names_of_their_values() -> None:
    assert [message.id for message in translated() if list(message.check())] == []


@pytest.mark.parametrize(("value", "decimals", "indonesian", "english"), [
    (132495, None, "132.495", "132,495"), ("58.785", 2, "58,79", "58.79"), ("0.005", 2, "0,01", "0.01"), (2.5, None, "2,5", "2.5"),
    ("0012", None, "12", "12"), ("-3", None, "-3", "-3"), ("banyak", None, "banyak", "banyak"), ("", None, "", ""),
    ("NaN", None, "NaN", "NaN"), ("1e3", None, "1.000", "1,000"), ("123456789012345678901", None, "123.456.789.012.345.678.901",
                                                                    "123,456,789,012,345,678,901")])
def test_numbers_are_written_as_their_readers_write_them(app: Flask, value: Any, decimals: int | None, indonesian: str, english: str) -> None:
    with app.test_request_context():
        assert words.number(value, decimals) == indonesian
    with app.test_request_context(headers={"Cookie": "language=en"}):
        assert words.number(value, decimals) == english


@pytest.mark.parametrize(("write", "value", "expected"), [
    (words.moment, datetime(2026, 11, 24, 3, 55, tzinfo=UTC), "24 Nov 2026, 10.55 WIB"),
    (words.moment, datetime(2026, 11, 24, 17, 5, tzinfo=UTC), "25 Nov 2026, 00.05 WIB"),
    (words.moment, None, "–"),
    (words.day, date(2026, 3, 9), "9 Maret 2026"),
    (words.day, "2026-03-09", "9 Maret 2026"),
    (words.day, "kemarin", "kemarin"),
    (words.day, datetime(2026, 8, 16, 17, 30, tzinfo=UTC), "17 Agustus 2026"),
    (words.clock, "2026-11-24T10:55:00.000+07:00", "24 Nov 2026, 10.55 WIB"),
    (words.clock, "2026-11-24T03:55:00Z", "24 Nov 2026, 10.55 WIB"),
    (words.clock, "entah", "entah"),
    (words.points, 58.785, "58,79"),
    (words.points, None, "–"),
    (words.ago, None, "belum pernah"),
])
def test_times_are_those_of_western_indonesia(app: Flask, write: Any, value: Any, expected: str) -> None:
    with app.test_request_context():
        assert write(value) == expected


@pytest.mark.parametrize("cookie", ["language=xx", "language=", "language=../../etc"])
def test_a_language_that_does_not_exist_falls_back_to_the_setting(app: Flask, cookie: str) -> None:
    with app.test_request_context(headers={"Cookie": cookie}):
        assert words.language() == "id"
