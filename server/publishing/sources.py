"""From what an author hands in (workbook, folder, XForm) to a form with its rubric rows (DESIGN §4.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from forms.convert import convert
from forms.entities import declared
from forms.errors import FormError
from forms.form import Form
from forms.workbook import Workbook, read, read_folder, to_xlsx
from forms.xform import parse
from forms.xls import SIGNATURE as OLD_EXCEL
from server.problems import Problem

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLS = "application/vnd.ms-excel"
WORKBOOKS = (b"PK\x03\x04", OLD_EXCEL)  # how their bytes begin
Rows = list[dict[str, str]]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """A form read and checked, its rubric rows if it has any, and the workbook it came from."""

    form: Form
    rubric: Rows | None = None
    workbook: bytes | None = None
    workbook_type: str | None = None


def from_xform(xml: bytes) -> Source:
    """Read an XForm document; raises the Problem its author can act on."""
    form = _told(lambda: parse(xml))
    _told(lambda: declared(form))
    return Source(form)


def from_excel(data: bytes, name: str = "form.xlsx", fallback_id: str | None = None) -> Source:
    """Read a workbook file, XLSX or XLS as its first bytes say; raises the Problem its author can act on."""
    kind = XLS if data.startswith(OLD_EXCEL) else XLSX
    return from_workbook(_told(lambda: read(data, name)), fallback_id, data, kind)


def from_workbook(workbook: Workbook, fallback_id: str | None = None, data: bytes | None = None,
                  content_type: str = XLSX) -> Source:
    """Convert a workbook; a sheet `scoring` must fit the form, and its calculates become part of the XForm.

    `data` is the file as the author sent it; without it (a folder of CSV) one is written, so that every
    form can be had as XLSX.
    """
    form = _told(lambda: convert(workbook, fallback_id))
    rows = workbook.sheets.get("scoring", [])
    if any(rows):
        form = _told(lambda: _with_scores(workbook, form, rows, fallback_id))
    _told(lambda: declared(form))
    return Source(form, rows if any(rows) else None, data if data is not None else _told(lambda: to_xlsx(workbook)), content_type)


def _with_scores(workbook: Workbook, form: Form, rows: Rows, fallback_id: str | None) -> Form:
    from scoring import calculates, rubric
    from scoring.errors import RubricError

    try:
        scored = calculates.add(workbook, rubric.read(rows, form))
    except RubricError as error:
        raise Problem("400.41", error=str(error), sheet="scoring", row=error.row, column=error.column,
                      field=getattr(error, "field", None)) from error
    return convert(scored, fallback_id)


def _told(reading: Callable[[], T]) -> T:
    try:
        return reading()
    except FormError as error:
        raise as_problem(error) from error


def as_problem(error: FormError) -> Problem:
    """A fault of a form as the protocol's problem: where it stands is in the sentence and in the details."""
    where: dict[str, Any] = {"sheet": error.sheet, "row": error.row, "column": error.column, "reason": error.reason}
    code = str(error.code)
    return Problem(code, message="" if code == "400.15" else str(error), error=str(error), **where)


def from_path(path: Path) -> Source:
    """Read a folder of CSV sheets, a workbook file or an XForm XML file."""
    if path.is_dir():
        return from_workbook(_told(lambda: read_folder(path)))
    data = path.read_bytes()
    return from_xform(data) if path.suffix.lower() == ".xml" else from_excel(data, path.name)
