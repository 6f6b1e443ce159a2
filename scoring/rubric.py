"""Reads the sheet `scoring` into a rubric (docs/rubric.md); whatever is wrong is said with row and column."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from forms.form import Form
from scoring.errors import RubricError, UnknownField
from scoring.expressions import Ref
from scoring.indicator_rows import read_indicator
from scoring.lines import Fields, Line, only
from scoring.model import Band, Dimension, Gate, Indicator, Readiness, Rubric, Scale, Unknowns
from scoring.simulation_rows import read_simulation

__all__ = ["Rubric", "RubricError", "UnknownField", "fingerprint", "read"]

KINDS = (
    "rubric", "unknown", "dimension", "indicator", "class", "gate", "readiness",
    "simulation", "index", "variable", "verdict",
)  # fmt: skip
COLUMNS = (
    "kind", "code", "parent", "weight", "rule", "value", "of", "params", "of_zero", "not_asked",
    "not_applicable", "codes", "evidence", "evidence_fields", "cap", "small", "when", "responsible",
)  # fmt: skip
TEXTS = ("label", "explain", "note")
COMBINE = ("median", "mean", "min", "max")
FIGURES = ("completeness", "total")
"""Names that a gate may use beside the codes of dimensions and indicators."""


def read(rows: Sequence[Mapping[str, str]], form: Form) -> Rubric:
    """Return the rubric of these rows for this form.

    Raises RubricError (message, row, column), UnknownField where the rubric names a field the form lacks.
    """
    lines = _lines(rows)
    fields = Fields(form)
    by_kind = {kind: [line for line in lines if line.text("kind") == kind] for kind in KINDS}
    scale = _scale(only(by_kind, "rubric"), fields)
    dimensions = _dimensions(by_kind, fields, scale)
    readiness = _readiness(by_kind, fields, scale)
    _refuse_orphans(by_kind)
    bands = _bands(by_kind["class"])
    used = [*dimensions, *([readiness.part] if readiness else [])]
    paths = {ref.path for part in used for found in part.indicators for ref in _all_refs(found)}
    return Rubric(
        scale=scale,
        hash=fingerprint(rows),
        languages=_languages(lines),
        dimensions=dimensions,
        bands=bands,
        gates=_gates(by_kind["gate"], bands, dimensions),
        unknowns=tuple(_unknowns(line, fields) for line in by_kind["unknown"]),
        readiness=readiness,
        simulation=read_simulation(by_kind, fields),
        choices=_choice_labels(paths, form),
        labels={path: dict(found.label) for path in paths if (found := form.field(path))},
    )


def fingerprint(rows: Iterable[Mapping[str, str]]) -> str:
    """Return the sha256 of the rows, blind to empty cells, empty rows, spaces around and column order."""
    kept = [{k.strip(): v.strip() for k, v in row.items() if v.strip()} for row in rows]
    text = json.dumps([row for row in kept if row], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _lines(rows: Sequence[Mapping[str, str]]) -> list[Line]:
    lines: list[Line] = []
    seen: dict[str, int] = {}
    for row, cells in enumerate(rows, start=2):
        line = Line(row, cells)
        if not any(text.strip() for text in cells.values()):
            continue
        _check_line(line)
        code = line.needed("code")
        if code in seen:
            raise line.wrong(f"The code {code} stands already in row {seen[code]}.", "code")
        seen[code] = row
        lines.append(line)
    return lines


def _check_line(line: Line) -> None:
    for column in line.cells:
        if column not in COLUMNS and column.partition("::")[0] not in TEXTS:
            raise line.wrong(f"There is no column “{column}” in a rubric; the columns are {', '.join(COLUMNS)}, "
                             f"and label, explain and note for each language.", column)  # fmt: skip
    if line.text("kind") not in KINDS:
        raise line.wrong(f"“{line.text('kind')}” is not a kind; the kinds are {', '.join(KINDS)}.", "kind")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", line.needed("code")):
        raise line.wrong(f"The code “{line.text('code')}” may hold letters, digits and _ only.", "code")


def _scale(line: Line, fields: Fields) -> Scale:
    given = dict(_settings(line))
    known = ("version", "completeness", "cap", "small", "combine", "unknown", "not_applicable", "none",
             "status", "visit_date")  # fmt: skip
    if wrong := [key for key in given if key not in known]:
        raise line.wrong(f"“{wrong[0]}” is not a setting; the settings are {', '.join(known)}.", "params")
    if given.get("combine", "median") not in COMBINE:
        raise line.wrong(f"combine must be one of {', '.join(COMBINE)}.", "params")
    if "version" not in given:
        raise line.wrong("The settings need a version, such as version: 1.0.", "params")
    numbers = {key: _setting_number(line, key, given[key]) for key in ("completeness", "cap", "small") if key in given}
    if not 0 < numbers.get("completeness", 0.7) <= 1:
        raise line.wrong("completeness must lie between 0 and 1, such as 0.70.", "params")
    words = {key: given[key] for key in ("combine", "unknown", "not_applicable", "none") if key in given}
    places = {key: line.field("params", given[key], fields.resolve) for key in ("status", "visit_date") if key in given}
    when = line.condition("when", fields)
    return Scale(line.text("code"), given["version"], line.texts("label"), when=when,
                 **numbers, **words, **places)  # type: ignore[arg-type]  # fmt: skip


def _settings(line: Line) -> Iterable[tuple[str, str]]:
    for part in re.split(r"[;\n]+", line.text("params")):
        key, colon, text = part.partition(":")
        if part.strip() and not (colon and text.strip()):
            raise line.wrong(f"“{part.strip()}” is not of the form name: value.", "params")
        if part.strip():
            yield key.strip(), text.strip()


def _setting_number(line: Line, key: str, text: str) -> float:
    if not re.fullmatch(r"\d+([.,]\d+)?", text):
        raise line.wrong(f"{key} must be a number, not “{text}”.", "params")
    return float(text.replace(",", "."))


def _dimensions(by_kind: Mapping[str, list[Line]], fields: Fields, scale: Scale) -> tuple[Dimension, ...]:
    if not by_kind["dimension"]:
        raise RubricError("The sheet has no row of the kind dimension.", None, "kind")
    return tuple(_dimension(line, by_kind, fields, scale) for line in by_kind["dimension"])


def _dimension(line: Line, by_kind: Mapping[str, list[Line]], fields: Fields, scale: Scale) -> Dimension:
    code = line.text("code")
    mine = [found for found in by_kind["indicator"] if found.text("parent") == code]
    if not mine:
        raise line.wrong(f"{code} has no indicators; put its code into the column parent of some.", "code")
    weight = line.weight(1.0 if line.text("kind") == "readiness" else None)
    return Dimension(code, line.texts("label"), weight, tuple(read_indicator(found, fields, scale) for found in mine))


def _readiness(by_kind: Mapping[str, list[Line]], fields: Fields, scale: Scale) -> Readiness | None:
    if not by_kind["readiness"]:
        return None
    line = only(by_kind, "readiness")
    line.needed("when")
    when = line.condition("when", fields)
    assert when is not None
    return Readiness(when, _dimension(line, by_kind, fields, scale))


def _refuse_orphans(by_kind: Mapping[str, list[Line]]) -> None:
    parents = {"indicator": ("dimension", "readiness"), "variable": ("index",)}
    for kind, above in parents.items():
        codes = {line.text("code") for name in above for line in by_kind[name]}
        for line in by_kind[kind]:
            if line.needed("parent") not in codes:
                raise line.wrong(f"There is no {' or '.join(above)} with the code {line.text('parent')}.", "parent")


def _bands(lines: list[Line]) -> tuple[Band, ...]:
    bands = tuple(
        Band(line.text("code"), line.texts("label"), line.percent("value"), line.texts("explain")) for line in lines
    )
    for line, band, before in zip(lines, bands, (None, *bands), strict=False):
        if before is None and band.start != 0:
            raise line.wrong(f"The first class must begin at 0, not at {band.start:g}.", "value")
        if before and band.start <= before.start:
            raise line.wrong(f"Classes must be sorted: {band.start:g} does not come after {before.start:g}.", "value")
    return bands


def _gates(lines: list[Line], bands: Sequence[Band], dimensions: Sequence[Dimension]) -> tuple[Gate, ...]:
    known = {*FIGURES, *(part.code for part in dimensions), *(i.code for part in dimensions for i in part.indicators)}
    gates = []
    for line in lines:
        if line.needed("parent") not in {band.code for band in bands}:
            raise line.wrong(f"There is no class with the code {line.text('parent')}.", "parent")
        line.needed("value")
        condition = line.over_figures("value", known)
        assert condition is not None
        gates.append(Gate(line.text("code"), line.texts("label"), line.text("parent"), condition))
    return tuple(gates)


def _unknowns(line: Line, fields: Fields) -> Unknowns:
    groups: dict[str, tuple[str, ...]] = {}
    for name, text in _settings(line):
        for member in text.split():
            line.guard("params", lambda member=member: fields.one(member))  # type: ignore[misc]
        groups[name] = tuple(text.split())
    ref = line.field("code", line.text("code"), fields.resolve)
    return Unknowns(ref, groups)


def _languages(lines: Iterable[Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for line in lines for name in line.texts("label"))) or ("",)


def _all_refs(indicator: Indicator) -> list[Ref]:
    return [*indicator.inputs, *indicator.codes,
            *(ref for group in indicator.evidence_refs for ref in group)]  # fmt: skip


def _choice_labels(paths: Iterable[str], form: Form) -> dict[str, dict[str, dict[str, str]]]:
    found = {}
    for path in paths:
        field = form.field(path)
        if field and field.choices in form.choices:
            found[path] = {choice.value: dict(choice.label) for choice in form.choices[field.choices]}
    return found
