"""The program that reads one .xls from its input and writes its sheets as JSON; its exit status says how it went.

It stands alone: `xls.py` starts it as a process, whose time and memory it bounds before it looks at the file.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import sys
from typing import Any

Cell = str | list[str]  # a text, or an error value such as #REF! in a list of its own

MEMORY = 768 << 20
MAX_TEXT = 32 << 20  # characters of all cells together, and one for each cell
DAMAGED, TOO_MUCH, TOO_MANY = 3, 4, 5


def main(seconds: int, columns: int, limit: int) -> int:
    """Read the workbook on standard input in so many seconds of processor time; the exit status."""
    _bound(resource.RLIMIT_CPU, seconds)
    _bound(resource.RLIMIT_AS, MEMORY)
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=sys.stdin.buffer.read(), logfile=io.StringIO(), on_demand=True, ragged_rows=True)
        if book.nsheets > limit:
            return TOO_MANY
        answer = json.dumps(_sheets(book, columns))
    except (MemoryError, _TooMuch):
        return TOO_MUCH
    except Exception as error:  # xlrd promises no exception types for damaged files
        sys.stdout.write(f"{type(error).__name__}: {error}"[:200].encode("ascii", "replace").decode())
        return DAMAGED
    sys.stdout.write(answer)
    return 0


def _bound(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard == resource.RLIM_INFINITY or hard > most:  # a tighter bound of the machine stays
        resource.setrlimit(kind, (most, most))


class _TooMuch(Exception):
    pass


def _sheets(book: Any, columns: int) -> list[tuple[str, list[list[Cell]]]]:
    found, left = [], MAX_TEXT
    for number, title in enumerate(book.sheet_names()):
        lines = _lines(book.sheet_by_index(number), book.datemode, columns)
        book.unload_sheet(number)  # only one sheet at a time is in memory
        left -= sum(len(cell) + 1 for line in lines for cell in line)
        if left < 0:
            raise _TooMuch
        found.append((title, lines))
    return found


def _lines(sheet: Any, datemode: int, columns: int) -> list[list[Cell]]:
    """The sheet's lines, as wide as the header line; what stands beside it belongs to no column."""
    head = _line(sheet, 0, columns + 1, datemode) if sheet.nrows else []
    while head and not head[-1]:
        head.pop()
    wide = len(head)
    return [head, *(_line(sheet, row, wide, datemode) for row in range(1, sheet.nrows) if wide)]


def _line(sheet: Any, row: int, wide: int, datemode: int) -> list[Cell]:
    kinds, values = sheet.row_types(row, 0, wide), sheet.row_values(row, 0, wide)
    return [_text(kind, value, datemode) for kind, value in zip(kinds, values, strict=True)]


def _text(kind: int, value: Any, datemode: int) -> Cell:
    """A cell's value as the reader of .xlsx gives it."""
    import xlrd

    if kind in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    if kind == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if value else "FALSE"
    if kind == xlrd.XL_CELL_DATE:
        return _moment(value, datemode)
    if kind == xlrd.XL_CELL_ERROR:
        return [xlrd.error_text_from_code.get(value, "#VALUE!")]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\xa0", " ").strip()


def _moment(value: float, datemode: int) -> Cell:
    """A date without its empty time of day, a time without its empty date."""
    import xlrd

    try:
        moment: datetime.datetime = xlrd.xldate_as_datetime(value, datemode)
    except (OverflowError, ValueError):
        return ["#VALUE!"]
    if 0 <= value < 1:
        return moment.time().isoformat("seconds")
    midnight = moment.time() == datetime.time()
    return moment.date().isoformat() if midnight else moment.isoformat(sep=" ", timespec="seconds")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:4])))
