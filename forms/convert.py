"""XLSForm to Form through pyxform (xlsform.org; PROTOCOL §3 "Form", "Checks")."""

from __future__ import annotations

import dataclasses
from typing import Any

from forms.errors import FormError
from forms.form import Form
from forms.pyxform_errors import located
from forms.workbook import Row, Workbook
from forms.xform import parse

__all__ = ["convert", "parse"]

MAX_QUESTIONS = 10_000
MAX_NESTING = 50

_SHEETS = ("survey", "choices", "settings", "external_choices", "entities", "osm")
# At the names of our own sheets pyxform would only guess misspellings of its own.
_UNKNOWN_TO_PYXFORM = frozenset({"scoring"})


def convert(workbook: Workbook, fallback_id: str | None = None) -> Form:
    """Return the form a workbook describes, with pyxform's warnings.

    `fallback_id` names a form whose settings give no form_id. Sheets pyxform does not know are ignored.
    Raises FormError with sheet, row and column as far as they can be told.
    """
    warnings: list[str] = []
    xml = _to_xform(workbook, _sheets(workbook, fallback_id), warnings)
    try:
        form = parse(xml)
    except FormError as error:
        raise _in_survey(error, workbook) from error
    return dataclasses.replace(form, warnings=tuple(warnings), settings=settings(workbook))


def settings(workbook: Workbook) -> Row:
    """Return the settings, which are the first row of their sheet."""
    return dict(next((row for row in workbook.sheets.get("settings", ()) if row), {}))


def _to_xform(workbook: Workbook, sheets: dict[str, Any], warnings: list[str]) -> bytes:
    # Imported late: with openpyxl it costs 28 MB that a process taking submissions can spare.
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert as to_xform

    try:
        result = to_xform(sheets, warnings=warnings, validate=False, pretty_print=False)
    except PyXFormError as error:
        raise located(str(error), error.context, workbook) from error
    except Exception as error:  # pyxform has no contract for what odd sheets make it raise
        message = f"pyxform could not convert this form ({type(error).__name__}: {error})."
        raise FormError(message, reason="pyxform") from error
    return str(result.xform).encode("utf-8")


def _sheets(workbook: Workbook, fallback_id: str | None) -> dict[str, Any]:
    """Return pyxform's own dictionary: rows and header row of each sheet it knows."""
    names = list(workbook.sheets)
    rows = {name: workbook.sheets[name] for name in _SHEETS if name in workbook.sheets}
    headers = {name: workbook.columns(name) for name in rows}
    if len(names) == 1 and not rows:  # a lone sheet is the survey, whatever its name
        rows = {"survey": workbook.sheets[names[0]]}
        headers = {"survey": workbook.columns(names[0])}
    _check_survey(rows.get("survey", []))
    _check_id(workbook, fallback_id)
    given: dict[str, Any] = {name: [_filled(row) for row in listed] for name, listed in rows.items()}
    given |= {f"{name}_header": [dict.fromkeys(columns)] for name, columns in headers.items()}
    given["sheet_names"] = [name for name in names if name not in _UNKNOWN_TO_PYXFORM]
    given["fallback_form_name"] = fallback_id
    return given


def _filled(row: Row) -> Row:
    return {header: text for header, text in row.items() if text}


def _check_survey(survey: list[Row]) -> None:
    if len(survey) > MAX_QUESTIONS:
        raise FormError(f"The survey has more than {MAX_QUESTIONS} rows.", "survey", reason="tooLarge")
    if not any(survey):
        raise FormError("The workbook has no sheet named survey with questions in it.", "survey", reason="noSurvey")
    depth = 0
    for number, row in enumerate(survey, start=2):
        word = row.get("type", "").lower().replace("_", " ").partition(" ")[0]
        depth += {"begin": 1, "end": -1}.get(word, 0)
        if depth > MAX_NESTING:
            message = f"Groups are nested more than {MAX_NESTING} deep."
            raise FormError(message, "survey", number, "type", reason="tooDeep")


def _check_id(workbook: Workbook, fallback_id: str | None) -> None:
    given = settings(workbook)
    if fallback_id or given.get("form_id") or given.get("id_string"):
        return
    message = "The form has no id: write a form_id into the settings sheet."
    raise FormError(message, "settings", 2 if given else None, "form_id", reason="noFormId", code="400.2")


def _in_survey(error: FormError, workbook: Workbook) -> FormError:
    """Give an error about a field of the XForm the place in the workbook that made the field."""
    if error.field is None:
        return error
    if error.field == "instanceName":
        return FormError(error.message, "settings", 2, "instance_name", reason=error.reason)
    for row, cells in enumerate(workbook.sheets.get("survey", ()), start=2):
        if cells.get("name") == error.field:
            return FormError(error.message, "survey", row, error.column, reason=error.reason)
    return error
