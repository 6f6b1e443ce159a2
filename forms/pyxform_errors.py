"""pyxform's error messages to FormErrors that name sheet, row and column (DESIGN §4.1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from forms.errors import FormError
from forms.workbook import Workbook

_ROW = re.compile(r"\[row : (\d+)\]\s*")
_DUMP = re.compile(r"\n\{.*", re.DOTALL)  # the row as a Python dictionary, which helps no author
_SHEET = re.compile(r"[Oo]n the '(\w+)' sheet|[Tt]he (survey|choices|settings|entities) sheet|for sheet: '(\w+)'")
_COLUMN = re.compile(r"the '([^']+)' (?:value|column)")

# What pyxform says without a row: message, sheet, the column whose cell it quotes, the column to correct.
_QUOTING = (
    (re.compile(r"Unknown question type '(.+)'"), "survey", "type", "type"),
    (re.compile(r"The survey element named '(.+)' has no label"), "survey", "name", "label"),
    (re.compile(r"Choice names with spaces .* See \[(.+)\] in"), "choices", "name", "name"),
)
# What it says with a row but without a column, or of the header row.
_COLUMNS = (
    (re.compile(r"List name not in choices sheet"), "type"),
    (re.compile(r"with no name"), "name"),
    (re.compile(r"with no type"), "type"),
    (re.compile(r"Unmatched '(?:begin|end)_"), "type"),
    (re.compile(r"Missing calculation"), "calculation"),
)
_HEADER = re.compile(r"required column headers were not found: '([^']+)'")


def located(text: str, context: Mapping[str, Any], workbook: Workbook) -> FormError:
    """Return the message as a FormError with the place it names, in its context or only in its words."""
    message = _DUMP.sub("", _ROW.sub("", text)).strip()
    if "empty id_string" in text:  # so it calls the form id "None"
        return FormError("This form id cannot be used.", "settings", 2, "form_id")
    quoted = _quoted(text, workbook)
    if quoted:
        return FormError(message, *quoted)
    row = context.get("row") or next(iter(_ROW.findall(text)), None)
    named = _SHEET.search(text)
    sheet = context.get("sheet") or (next(filter(None, named.groups())) if named else None)
    column = context.get("column") or next(iter(_COLUMN.findall(text)), None)
    if header := _HEADER.search(text):
        row, column = 1, header.group(1)
    if row and not column:
        column = next((name for pattern, name in _COLUMNS if pattern.search(text)), None)
    if row and not (context.get("sheet") or (named and named.group(1))) and not header:
        sheet = "survey"  # a bare "[row : 3]" always counts rows of the survey
    number = int(row) if row and str(row).isdigit() else None
    return FormError(message, str(sheet) if sheet else None, number, str(column) if column else None)


def _quoted(text: str, workbook: Workbook) -> tuple[str, int, str] | None:
    for pattern, sheet, searched, column in _QUOTING:
        if found := pattern.search(text):
            for row, cells in enumerate(workbook.sheets.get(sheet, ()), start=2):
                if cells.get(searched, "").strip() == found.group(1):
                    return sheet, row, _author_spelling(workbook, sheet, column)
    return None


def _author_spelling(workbook: Workbook, sheet: str, column: str) -> str:
    """Return the column as it is headed here: "label::Indonesia (id)" for "label"."""
    columns = workbook.columns(sheet)
    return next((name for name in columns if name == column or name.startswith(column + "::")), column)
