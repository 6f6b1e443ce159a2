"""Forms for tests, written as small XLSForm tables."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable

import pytest
import xlwt

from forms.convert import convert
from forms.form import Form
from forms.workbook import Workbook

DEFAULT_SETTINGS = {"form_id": "kunjungan", "version": "1"}
DATE = xlwt.easyxf(num_format_str="yyyy-mm-dd hh:mm:ss")


def table(text: str, name: str = "kunjungan.xlsx") -> Workbook:
    """Read a workbook from a table: the first cell names a sheet, the next line holds its headers.

    | survey |      |      |       |
    |        | type | name | label |
    |        | text | nama | Nama  |
    """
    book = Workbook({}, name)
    sheet, headers = "", []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        first, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        if first:
            sheet, headers = first, []
            book.sheets[sheet] = []
        if any(cells) and not headers:
            headers = cells
            book.headers[sheet] = [header for header in headers if header]
        elif headers and not first:
            pairs = zip(headers, cells, strict=True)
            book.sheets[sheet].append({header: cell for header, cell in pairs if header and cell})
    return book


def excel97(**sheets: list[list[object]]) -> bytes:
    """Write sheets as Excel 97 does, with typed cells."""
    book = xlwt.Workbook(encoding="utf-8")
    for name, rows in sheets.items():
        sheet = book.add_sheet(name)
        for row, line in enumerate(rows):
            for column, value in enumerate(line):
                if value is not None:
                    timed = isinstance(value, datetime.date | datetime.time)
                    sheet.write(row, column, value, DATE if timed else xlwt.Style.default_style)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture(scope="session")
def book_of() -> Callable[[str], Workbook]:
    return table


@pytest.fixture(scope="session")
def form_of() -> Callable[[str], Form]:
    """Return a function from table to Form; without a settings sheet it is form "kunjungan", version 1."""

    def build(text: str) -> Form:
        book = table(text)
        book.sheets.setdefault("settings", [dict(DEFAULT_SETTINGS)])
        return convert(book)

    return build
