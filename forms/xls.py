"""Sheets of an Excel 97 workbook (.xls), read by a process of its own that may neither run nor grow without end."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from forms.errors import FormError
from forms.xls_reader import DAMAGED, TOO_MANY, TOO_MUCH, Cell

SIGNATURE = b"\xd0\xcf\x11\xe0"
SECONDS = 15  # of processor time
WAIT = 60  # seconds by the clock on the wall; other work may keep the reader from its processor

_ADVICE = "Open it in Excel or LibreOffice, save it again as .xlsx and upload that."
Sheet = tuple[str, list[list[Cell]]]


def sheets(data: bytes, name: str, columns: int, limit: int) -> list[Sheet]:
    """Return title and lines of each of at most `limit` sheets.

    A line holds texts, or in a list of its own the error value of a cell; it is as wide as the header line.
    Raises FormError for damaged files, those with a password and those built to hurt.
    """
    # The library trusts what a file says of its chains and counts: a few bytes can keep it busy for ever.
    command = [sys.executable, "-I", str(Path(__file__).with_name("xls_reader.py")), *map(str, (SECONDS, columns, limit))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=WAIT, check=False)
    except subprocess.TimeoutExpired:
        raise FormError(f"{name} takes too long to read. {_ADVICE}", reason="bomb") from None
    if done.returncode == TOO_MANY:
        raise FormError(f"{name} has more than {limit} sheets.", reason="tooLarge")
    # It saw a bound itself, was ended at one by the system, or had no memory left even to say so.
    if done.returncode == TOO_MUCH or done.returncode < 0 or b"MemoryError" in done.stderr:
        raise FormError(f"{name} unpacks to far more than a form needs. {_ADVICE}", reason="bomb")
    if done.returncode == DAMAGED:
        why = done.stdout.decode(errors="replace")
        raise FormError(f"{name} is damaged, has a password or is not an Excel workbook. {_ADVICE} ({why})", reason="damagedWorkbook")
    if done.returncode:
        raise RuntimeError(f"the reader of .xls files failed: {done.stderr.decode(errors='replace')[-500:]}")
    return [(title, lines) for title, lines in json.loads(done.stdout)]


def told(sheet: str, lines: list[list[Cell]], ours: bool) -> Iterator[list[str]]:
    """Yield the lines as texts; an error value such as #REF! in a sheet of `ours` is an error of the form."""
    for row, line in enumerate(lines, start=1):
        for column, cell in enumerate(line):
            if ours and not isinstance(cell, str):
                message = f"This cell holds the error value {cell[0]}; correct the formula or type the text."
                raise FormError(message, sheet.lower(), row, _letters(column), reason="cellError")
        yield [cell if isinstance(cell, str) else cell[0] for cell in line]


def _letters(column: int) -> str:
    """Name a column as Excel does: A, B … Z, AA …"""
    head, tail = divmod(column, 26)
    return (_letters(head - 1) if head else "") + chr(ord("A") + tail)
