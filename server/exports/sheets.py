"""`submissions.xlsx`: a sheet for each table, numbers as numbers, never a formula, and a sheet that tells the moment."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from datetime import date
from typing import IO, Any

import xlsxwriter

from server.exports import store
from server.exports.about import About
from server.exports.store import Wanted
from server.exports.tables import Table
from server.problems import Problem
from server.streams import Snapshot

MOST = 1_048_575  # rows below the header that a sheet can hold
CHUNK = 256 << 10
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?([eE][+-]?\d{1,2})?", re.ASCII)
_DAY = re.compile(r"(19|20)\d\d-\d\d-\d\d", re.ASCII)


def refuse_too_many(about: About) -> None:
    if about.total > MOST:
        raise Problem("400.8", field="The export", value="XLSX",
                      reason=f"a sheet holds {MOST:,} rows and there are {about.total:,}; narrow it by $filter, or take CSV.")


def workbook(tables: list[Table], snapshot: Snapshot, wanted: Wanted, about: About) -> Iterator[bytes]:
    """Write the workbook row by row to a temporary file, then send it."""
    with tempfile.TemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False,
                                          "strings_to_urls": False, "strings_to_numbers": False,
                                          "default_date_format": "yyyy-mm-dd"})
        bold = book.add_format({"bold": True})
        names: set[str] = set()
        for table in tables:
            sheet = book.add_worksheet(_name(table, names))
            sheet.freeze_panes(1, 0)
            for place, title in enumerate(table.header):
                sheet.write_string(0, place, title[:32767], bold)
            _fill(sheet, table, snapshot, wanted)
        _tell(book.add_worksheet("About"), about)
        book.close()
        yield from _sent(file)


def _fill(sheet: Any, table: Table, snapshot: Snapshot, wanted: Wanted) -> None:
    line, first = 0, table.first
    numbers = {place + first for place in table.columns.numbers}
    days = {place + first for place in table.columns.days}
    for record in store.records(snapshot, wanted):
        for cells in table.rows(record):
            line += 1
            if line > MOST:
                return
            for place, cell in enumerate(cells):
                if cell is None or cell == "":
                    continue
                if type(cell) is int or (place in numbers and _NUMBER.fullmatch(cell)):
                    sheet.write_number(line, place, float(cell))
                elif place in days and (day := _day(cell)):
                    sheet.write_datetime(line, place, day)
                else:
                    sheet.write_string(line, place, cell[:32767])


def _day(text: str) -> date | None:
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _name(table: Table, taken: set[str]) -> str:
    """A sheet's name: at most 31 signs, none of []:*?/\\, each only once whatever its case."""
    wanted = "Submissions" if not table.path else table.path.rpartition("/")[2]
    clean = re.sub(r"[\[\]:*?/\\]", "_", wanted).strip("'")[:28] or "_"
    name, number = clean, 1
    while name.lower() in taken or name.lower() in ("about", "history"):
        name, number = f"{clean}~{number}", number + 1
    taken.add(name.lower())
    return name


def _tell(sheet: Any, about: About) -> None:
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 1, 40)
    for line, (label, value) in enumerate(about.lines()):
        sheet.write_string(line, 0, label)
        if isinstance(value, int):
            sheet.write_number(line, 1, value)
        else:
            sheet.write_string(line, 1, value)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while part := file.read(CHUNK):
        yield part
