"""A workbook as text: sheets of rows, read from XLSX, XLS or from a folder of CSV files (xlsform.org)."""

from __future__ import annotations

import csv
import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forms import xls
from forms.errors import FormError

Row = dict[str, str]

MAX_BYTES = 16 << 20
MAX_MEMBERS = 1_000
MAX_UNPACKED = 96 << 20
MAX_RATIO = 120  # spreadsheets pack 5 to 30 times; a bomb packs a thousand times
MAX_SHEETS = 60
MAX_ROWS = 100_000
MAX_COLUMNS = 400
MAX_CELL = 32_767  # Excel's own limit

# Sheets in which an error value such as #REF! is an error of the form, not of somebody's notes.
_OURS = frozenset({"survey", "choices", "settings", "external_choices", "entities", "osm", "scoring"})


@dataclass(slots=True)
class Workbook:
    """Sheets by lower-case name; a row maps header to text, empty cells left out.

    Empty rows between others stay as `{}`, so that row i of a sheet is row i + 2 of the author's file.
    `headers` holds the header row where it was read from a file; see `columns`.
    """

    sheets: dict[str, list[Row]]
    name: str = ""
    headers: dict[str, list[str]] = field(default_factory=dict)

    def columns(self, sheet: str) -> list[str]:
        """Return the sheet's headers in order, including those only rows added later name."""
        seen = dict.fromkeys(self.headers.get(sheet, ()))
        for row in self.sheets.get(sheet, ()):
            seen.update(dict.fromkeys(row))
        return list(seen)


def read(data: bytes, name: str) -> Workbook:
    """Read an .xlsx, .xlsm or .xls file. Raises FormError for anything else, and for files built to hurt."""
    _refuse_other_types(data, name)
    if data.startswith(xls.SIGNATURE):
        return _read_old(data, name)
    _refuse_bombs(data)
    from openpyxl.reader.excel import ExcelReader  # 22 MB that a process taking submissions spares

    try:
        reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True)
        reader.read()
        try:
            return _read_sheets(reader.wb, name)
        finally:
            reader.wb.close()
            reader.archive.close()
    except FormError:
        raise
    except Exception as error:  # openpyxl promises no exception types for damaged files
        raise FormError(
            f"{name} is damaged or is not an Excel workbook. Open it in Excel or LibreOffice, save it again "
            f"as .xlsx and upload that. ({type(error).__name__}: {error})",
            reason="damagedWorkbook",
        ) from error


def read_folder(path: str | Path) -> Workbook:
    """Read a folder with survey.csv, choices.csv, settings.csv and so on; one file is one sheet.

    UTF-8 with or without a byte order mark; commas, or semicolons as Excel writes them in Indonesia.
    """
    folder = Path(path)
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise FormError(f"{folder.name} holds no .csv file; a form needs at least survey.csv.", reason="noSheets")
    book = Workbook({}, folder.name)
    for file in files:
        _add_sheet(book, file.stem, _csv_lines(file))
    return book


def to_xlsx(workbook: Workbook) -> bytes:
    """Return the workbook as .xlsx, every cell text; the same workbook gives the same bytes."""
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxWriterException

    out = io.BytesIO()
    try:
        with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
            book.set_properties({"created": datetime.datetime(2000, 1, 1), "title": workbook.name[:255]})
            for name in workbook.sheets:
                _write_sheet(book, workbook, name)
    except XlsxWriterException as error:  # a sheet name that Excel does not allow
        raise FormError(f"The workbook cannot be written as .xlsx: {error}", reason="badSheetName") from error
    return out.getvalue()


def _write_sheet(book: Any, workbook: Workbook, name: str) -> None:
    head = book.add_format({"bold": True, "num_format": "@", "bottom": 1})
    cell = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet(name)
    columns = workbook.columns(name)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(len(columns) - 1, 0), 20, cell)
    for row, line in enumerate([dict(zip(columns, columns, strict=True)), *workbook.sheets[name]]):
        for column, header in enumerate(columns):
            if text := line.get(header):
                _write_cell(sheet, name, (row, column), header, text, cell if row else head)


def _write_cell(sheet: Any, name: str, at: tuple[int, int], header: str, text: str, style: Any) -> None:
    if sheet.write_string(*at, text, style):
        message = f"This text is longer than the {MAX_CELL} characters that fit into a cell."
        raise FormError(message, name, at[0] + 1, header, reason="cellTooLong")


def _refuse_other_types(data: bytes, name: str) -> None:
    suffix = Path(name).suffix.lower()
    advice = "Save the form as .xlsx (Excel workbook) and upload that."
    if len(data) > MAX_BYTES:
        raise FormError(f"{name} is larger than {MAX_BYTES >> 20} MB.", reason="tooLarge")
    if suffix not in (".xlsx", ".xlsm", ".xls", "") or not data.startswith((b"PK\x03\x04", xls.SIGNATURE)):
        raise FormError(f"{name} is not an Excel workbook. {advice}", reason="notWorkbook")


def _refuse_bombs(data: bytes) -> None:
    """Judge the archive by its directory before anything is unpacked.

    Python's zipfile never yields more than the size the directory declares, so the declared sizes bind.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            packed = sum(member.compress_size for member in members)
            too_much = (
                len(members) > MAX_MEMBERS
                or unpacked > MAX_UNPACKED
                or packed > len(data)  # members that overlap
                or any(m.file_size > 1 << 20 and m.file_size > MAX_RATIO * m.compress_size for m in members)
            )
            if too_much:
                raise FormError("The workbook unpacks to far more than a form needs.", reason="bomb")
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")) and _declares_type(archive, member):
                    raise FormError("The workbook holds a document type, which Excel never writes.", reason="bomb")
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        OSError,
        EOFError,
    ) as error:
        message = f"The workbook is damaged: {error}. Save it again as .xlsx and upload that."
        raise FormError(message, reason="damagedWorkbook") from error


def _declares_type(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with archive.open(member) as stream:
        start = stream.read(4096).replace(b"\0", b"")
    return b"<!DOCTYPE" in start or b"<!ENTITY" in start


def _read_sheets(source: Any, name: str) -> Workbook:
    if len(source.sheetnames) > MAX_SHEETS:
        raise FormError(f"{name} has more than {MAX_SHEETS} sheets.", reason="tooLarge")
    book = Workbook({}, name)
    for sheet in source.worksheets:
        ours = sheet.title.strip().lower() in _OURS
        sheet.reset_dimensions()  # what the file declares about its size is not to be believed
        _add_sheet(book, sheet.title, _excel_lines(sheet, ours))
    return book


def _read_old(data: bytes, name: str) -> Workbook:
    book = Workbook({}, name)
    for title, lines in xls.sheets(data, name, MAX_COLUMNS, MAX_SHEETS):
        _add_sheet(book, title, xls.told(title, lines, title.strip().lower() in _OURS))
    return book


def _excel_lines(sheet: Any, ours: bool) -> Iterator[list[str]]:
    """Yield the rows as wide as the header row: openpyxl pads every row, also a million empty ones."""
    head = [_text(cell, sheet.title, ours) for cell in next(sheet.iter_rows(max_row=1, max_col=MAX_COLUMNS + 1), ())]
    while head and not head[-1]:
        head.pop()
    yield head
    if head:
        for row in sheet.iter_rows(min_row=2, max_row=MAX_ROWS + 1_000, max_col=len(head)):
            yield [_text(cell, sheet.title, ours) for cell in row]


def _text(cell: Any, sheet: str, ours: bool) -> str:
    """Return a cell's value as pyxform would take it, but a date without its empty time of day."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        midnight = value.time() == datetime.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if ours and cell.data_type == "e":
        message = f"This cell holds the error value {value}; correct the formula or type the text."
        raise FormError(message, sheet.lower(), cell.row, cell.column_letter, reason="cellError")
    return str(value).replace("\xa0", " ").strip()


def _csv_lines(file: Path) -> Iterator[list[str]]:
    data = file.read_bytes()
    if len(data) > MAX_BYTES:
        raise FormError(f"{file.name} is larger than {MAX_BYTES >> 20} MB.", file.stem, reason="tooLarge")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        message = f"{file.name} is not UTF-8 at byte {error.start}; save it as “CSV UTF-8”."
        raise FormError(message, file.stem, row, reason="notUtf8") from error
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""),
        strict=True,
        delimiter=";" if head.count(";") > head.count(",") else ",",
    )
    width = 0
    try:
        for number, line in enumerate(reader, start=1):
            cells = [cell.replace("\xa0", " ").strip() for cell in line]
            width = width or len(cells)
            if any(cells[width:]):  # nearly always a comma in a text without quotation marks
                message = f"This row has more cells than the header row; put “{cells[width]}” into quotation marks."
                raise FormError(message, file.stem, number, reason="badCsv")
            yield cells
    except csv.Error as error:
        raise FormError(f"{file.name}: {error}.", file.stem, reader.line_num, reason="badCsv") from error


def _add_sheet(book: Workbook, title: str, lines: Iterable[list[str]]) -> None:
    sheet = title.strip().lower()
    if sheet in book.sheets:
        raise FormError(f"There are two sheets named {title}.", sheet, reason="duplicateSheet")
    source = iter(lines)
    headers = _headers(sheet, next(source, []))
    book.headers[sheet] = [header for header in headers if header]
    book.sheets[sheet] = _rows(sheet, headers, source)


def _headers(sheet: str, line: list[str]) -> list[str]:
    headers = [re.sub(r"\s+", " ", text) for text in line]
    while headers and not headers[-1]:
        headers.pop()
    if len(headers) > MAX_COLUMNS:
        raise FormError(f"The sheet has more than {MAX_COLUMNS} columns.", sheet, 1, reason="tooLarge")
    for place, header in enumerate(headers):
        if header and header in headers[:place]:
            raise FormError(f"Two columns are named {header}.", sheet, 1, header, reason="duplicateColumn")
    return headers


def _rows(sheet: str, headers: list[str], lines: Iterator[list[str]]) -> list[Row]:
    rows: list[Row] = []
    last = 0
    for number, line in enumerate(lines, start=2):
        row = {header: text for header, text in zip(headers, line, strict=False) if header and text}
        if row and number > MAX_ROWS:
            raise FormError(f"The sheet has more than {MAX_ROWS} rows.", sheet, number, reason="tooLarge")
        if number <= MAX_ROWS:
            rows.append(row)
        if row:
            last = len(rows)
    return rows[:last]
