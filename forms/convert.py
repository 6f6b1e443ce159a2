"""XLSForm to Form through pyxform (xlsform.org; PROTOCOL §3 "Form", "Checks")."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from forms.errors import FormError
from forms.form import Form
from forms.workbook import Workbook
from forms.xform import parse

__all__ = ["convert", "parse"]

MAX_QUESTIONS = 10_000

_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
_ROW = re.compile(r"\[row : (\d+)\]\s*")
_SHEET = re.compile(r"[Oo]n the '(?P<quoted>\w+)' sheet|[Tt]he (?P<plain>survey|choices|settings|entities) sheet")
_COLUMN = re.compile(r"the '([^']+)' (?:value|column)")
# On the names of our own sheets pyxform would only guess at misspellings.
_UNKNOWN_TO_PYXFORM = frozenset({"scoring"})


def convert(workbook: Workbook, fallback_id: str | None = None) -> Form:
    """Return the form a workbook describes, with pyxform's warnings.

    `fallback_id` names a form whose settings give no form_id. Sheets pyxform does not know are ignored.
    Raises FormError with sheet, row and column as far as pyxform tells them.
    """
    warnings: list[str] = []
    form = parse(_xform(_sheets(workbook, fallback_id), warnings))
    return dataclasses.replace(form, warnings=tuple(warnings), settings=_settings(workbook))


def _xform(sheets: dict[str, Any], warnings: list[str]) -> bytes:
    # Imported late: with openpyxl it costs 20 MB that a process taking submissions can spare.
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as to_xform

    try:
        result = to_xform(sheets, warnings=warnings, validate=False, pretty_print=False)
        return str(result.xform).encode("utf-8")
    except PyXFormError as error:
        raise _located(str(error), error.context) from error
    except Exception as error:  # pyxform has no contract for what odd sheets make it raise
        message = f"pyxform could not convert this form ({type(error).__name__}: {error})."
        raise FormError(message, reason="pyxform") from error


def _sheets(workbook: Workbook, fallback_id: str | None) -> dict[str, Any]:
    """Return pyxform's own dictionary: rows and header row of each sheet it knows."""
    names = list(workbook.sheets)
    rows = {name: workbook.sheets[name] for name in _SHEETS if name in workbook.sheets}
    headers = {name: workbook.columns(name) for name in rows}
    if len(names) == 1 and names[0] not in _SHEETS:  # a lone sheet is the survey, whatever its name
        rows = {"survey": workbook.sheets[names[0]]}
        headers = {"survey": workbook.columns(names[0])}
    if len(rows.get("survey", ())) > MAX_QUESTIONS:
        raise FormError(f"The survey has more than {MAX_QUESTIONS} rows.", "survey", reason="tooLarge")
    if not any(rows.get("survey", ())):
        raise FormError("The workbook has no sheet named survey with questions in it.", "survey", reason="noSurvey")
    given: dict[str, Any] = {name: [dict(row) for row in listed] for name, listed in rows.items()}
    given |= {f"{name}_header": [dict.fromkeys(columns)] for name, columns in headers.items()}
    given["sheet_names"] = [name for name in names if name not in _UNKNOWN_TO_PYXFORM]
    given["fallback_form_name"] = fallback_id
    if not fallback_id and not _settings(workbook).get("form_id") and not _settings(workbook).get("id_string"):
        raise FormError("The settings give no form_id.", "settings", 2, "form_id", reason="noFormId", code=400.2)
    return given


def _settings(workbook: Workbook) -> dict[str, str]:
    rows = [row for row in workbook.sheets.get("settings", ()) if row]
    return dict(rows[0]) if rows else {}


def _located(text: str, context: dict[str, Any]) -> FormError:
    """Return pyxform's message with the place it names, in its context or only in its words."""
    row = context.get("row") or next(iter(_ROW.findall(text)), None)
    sheet = _SHEET.search(text)
    column = context.get("column") or next(iter(_COLUMN.findall(text)), None)
    named = context.get("sheet") or (sheet and (sheet["quoted"] or sheet["plain"]))
    return FormError(
        _ROW.sub("", text).strip(),
        str(named) if named else ("survey" if row else None),
        int(row) if row and str(row).isdigit() else None,
        str(column) if column else None,
    )
