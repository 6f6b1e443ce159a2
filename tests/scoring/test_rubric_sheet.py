"""The shipped sheet holds DOMAIN §5.3; a wrong sheet is told its row, its column and what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from forms import convert
from forms.form import Form
from forms.workbook import Workbook
from scoring import rubric as rubrics
from scoring.errors import RubricError, UnknownField
from scoring.model import Rubric

WEIGHTS = {"A": 20, "B": 20, "C": 25, "D": 12, "E": 13, "F": 10}
LOCAL = {
    "A": [5, 3, 3, 3, 2, 3, 1],
    "B": [4, 3, 4, 3, 2, 2, 2],
    "C": [2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 1, 2, 4],
    "D": [3, 3, 3, 2, 1],
    "E": [3, 2, 2, 2, 2, 4],
    "F": [2, 2, 1, 2, 1, 2],
}
EVIDENCE = {
    "D": "A1 A2 A3 A4 A6 A7 B1 B2 B4 B5 B7 C1 C2 C3 C4 C5 C7 C8 C9 C10 C11 C13 D1 D2 D3 D4 E1 E2 E3 E6 F5 F6",
    "F": "B3 B6 C6 C12 D5", "F G": "A5", "U": "E4", "U/D": "E5", "": "F1 F2 F3 F4",
}  # fmt: skip


def test_the_sheet_has_the_44_indicators_with_their_weights(rubric: Rubric) -> None:
    assert {part.code: part.weight for part in rubric.dimensions} == WEIGHTS
    assert {part.code: [i.weight for i in part.indicators] for part in rubric.dimensions} == LOCAL
    assert sum(WEIGHTS.values()) == 100
    assert {code: sum(found) for code, found in LOCAL.items()} == {"A": 20, "B": 20, "C": 28, "D": 12, "E": 15, "F": 10}
    assert list(rubric.indicators) == [f"{code}{n}" for code, found in LOCAL.items() for n in range(1, len(found) + 1)]
    assert len(rubric.indicators) == 44


def test_every_indicator_asks_for_the_evidence_of_the_instrument(rubric: Rubric) -> None:
    wanted = {code: kinds.split() for kinds, codes in EVIDENCE.items() for code in codes.split()}
    assert {code: list(found.evidence) for code, found in rubric.indicators.items()} == wanted


def test_thresholds_classes_gates_and_readiness_are_those_of_the_instrument(rubric: Rubric) -> None:
    scale = rubric.scale
    assert (scale.completeness, scale.cap, scale.small, scale.combine) == (0.70, 50, 30, "median")
    assert [(band.start, band.label["Indonesia (id)"]) for band in rubric.bands] == [
        (0, "Perlu pembinaan intensif"), (40, "Mulai berjalan"), (60, "Optimal"), (80, "Sangat optimal")]  # fmt: skip
    assert {gate.band for gate in rubric.gates} == {"optimal"}
    assert rubric.readiness is not None
    assert [found.weight for found in rubric.readiness.part.indicators] == [2, 3, 2, 1, 1, 2]


def test_every_text_is_there_in_both_languages(book: Workbook) -> None:
    for row in book.sheets["scoring"]:
        for column in ("label", "explain"):
            texts = [row.get(f"{column}::{language}") for language in ("Indonesia (id)", "English (en)")]
            assert bool(texts[0]) == bool(texts[1]), row["code"]
        assert row["kind"] == "unknown" or row["kind"] == "rubric" or row.get("label::Indonesia (id)"), row["code"]


SURVEY = [
    {"type": "select_one skala", "name": "q1", "label": "Satu"},
    {"type": "select_multiple banyak", "name": "q2", "label": "Dua"},
    {"type": "integer", "name": "q3", "label": "Tiga"},
    {"type": "integer", "name": "q4", "label": "Empat"},
    {"type": "date", "name": "q5", "label": "Lima"},
    {"type": "image", "name": "foto", "label": "Foto"},
    {"type": "begin_repeat", "name": "baris", "label": "Baris"},
    {"type": "text", "name": "jenis", "label": "Jenis"},
    {"type": "integer", "name": "jumlah", "label": "Jumlah"},
    {"type": "end_repeat"},
]
CHOICES = [
    *({"list_name": "skala", "name": code, "label": code} for code in ("0", "1", "2", "3", "4", "tt")),
    *({"list_name": "banyak", "name": code, "label": code} for code in ("x", "y", "tidak_ada")),
]
GOOD: list[dict[str, str]] = [
    {"kind": "rubric", "code": "uji", "params": "version: 1"},
    {"kind": "dimension", "code": "A", "label": "A", "weight": "1"},
    {"kind": "indicator", "code": "A1", "parent": "A", "weight": "2", "rule": "rubric", "value": "q1"},
    {"kind": "indicator", "code": "A2", "parent": "A", "weight": "1", "rule": "share", "value": "q3", "of": "q4",
     "params": "0:0 100:100", "evidence": "D", "evidence_fields": "foto"},
    {"kind": "class", "code": "rendah", "value": "0"},
    {"kind": "class", "code": "tinggi", "value": "60"},
    {"kind": "gate", "code": "syarat", "parent": "tinggi", "value": "A1 >= 75"},
]  # fmt: skip


@pytest.fixture(scope="module")
def small_form() -> Form:
    return convert.convert(Workbook({"survey": SURVEY, "choices": CHOICES}, "uji"), fallback_id="uji")


@pytest.fixture(scope="module")
def read(small_form: Form) -> Callable[..., Rubric]:
    def run(of: str = "", /, more: list[dict[str, str]] | None = None, drop: str = "", **cells: str) -> Rubric:
        """Read the good sheet with the cells of the row `of` changed, the row `drop` left out, rows added."""
        rows = [{**row, **(cells if row["code"] == of else {})} for row in GOOD if row["code"] != drop]
        return rubrics.read([*rows, *(more or [])], small_form)

    return run


def test_a_sheet_for_another_form_is_read(read: Callable[..., Rubric]) -> None:
    found = read()
    assert list(found.indicators) == ["A1", "A2"]
    assert found.languages == ("",)


# the row changed, its cells, then what the error says: row, column, words
WRONG: list[tuple[str, dict[str, Any], int | None, str | None, str]] = [
    ("A1", {"value": "q9"}, 4, "value", "the form has no field q9"),
    ("A2", {"of": "q44"}, 5, "of", "Did you mean q4?"),
    ("A2", {"evidence_fields": "foto|fotto"}, 5, "evidence_fields", "no field fotto"),
    ("A1", {"weight": "dua"}, 4, "weight", "“dua” is not a number"),
    ("A1", {"weight": ""}, 4, "weight", "needs something in the column weight"),
    ("A1", {"weight": "0"}, 4, "weight", "larger than 0"),
    ("A1", {"weight": "-1"}, 4, "weight", "not a number of 0 or more"),
    ("A1", {"weight": "nan"}, 4, "weight", "not a number"),
    ("A2", {"params": "0:0 50"}, 5, "params", "“50” is not a pair x:y"),
    ("A2", {"params": "50:0 0:100"}, 5, "params", "must be larger than 50"),
    ("A2", {"params": "0:0"}, 5, "params", "at least 2 pairs"),
    ("A2", {"params": "0:0 50:5,5"}, 5, "params", "decimals with a point"),
    ("A2", {"params": "0:0 50:120"}, 5, "params", "between 0 and 100, not 120"),
    ("A1", {"rule": "rubrik"}, 4, "rule", "no rule “rubrik”; the rules are rubric"),
    ("A1", {"params": "0:0 9:100"}, 4, "params", "have no code 9"),
    ("A1", {"value": "q2"}, 4, "value", "one field with one answer"),
    ("A1", {"value": "q1 + 1"}, 4, "value", "one field with one answer"),
    ("A1", {"code": "A2"}, 5, "code", "stands already in row 4"),
    ("A1", {"code": "A 1"}, 4, "code", "letters, digits and _ only"),
    ("A1", {"parent": "B"}, 4, "parent", "no dimension or readiness with the code B"),
    ("A1", {"kind": "indikator"}, 4, "kind", "“indikator” is not a kind"),
    ("A1", {"wieght": "1"}, 4, "wieght", "There is no column “wieght”"),
    ("A1", {"cap": "120"}, 4, "cap", "120 is more than 100"),
    ("A1", {"of": "q3"}, 4, "of", "Only the rule share"),
    ("A1", {"not_asked": "q1 = 'lima'"}, 4, "not_asked", "the choices of q1 have no code lima"),
    ("A1", {"not_asked": "q3 >"}, 4, "not_asked", "the name of a field is missing before the end"),
    ("A1", {"not_asked": "q3 > 1 q4"}, 4, "not_asked", "“q4” was not expected"),
    ("A1", {"explain": "{q3} dari"}, 4, "explain", "{q3} is not known here"),
    ("A2", {"value": "sum(q3)"}, 5, "value", "no function sum(); the functions are count"),
    ("A2", {"value": "count(q3)"}, 5, "value", "count() needs a select with several answers"),
    ("A2", {"value": "months(q3)"}, 5, "value", "months() needs a date"),
    ("A2", {"value": "if(q3, 1, 0)"}, 5, "value", "needs a condition"),
    ("A2", {"value": "(q3 > 1) + 2"}, 5, "value", "not a condition"),
    ("A2", {"value": "min(q3)"}, 5, "value", "min() needs 2 or more values, not 1"),
    ("A2", {"value": "jumlah"}, 5, "value", "stands in the repeat baris; say in which row: baris[key=code].jumlah"),
    ("A2", {"value": "baris[kunci=x].jumlah"}, 5, "value", "no field kunci"),
    ("A2", {"value": "baris[jenis=x].q3"}, 5, "value", "q3 does not stand in the repeat baris"),
    ("A2", {"value": "q1[jenis=x].q3"}, 5, "value", "q1 is not a repeat"),
    ("A2", {"value": "baris"}, 5, "value", "group of questions, not a question"),
    ("A2", {"value": "(" * 3000 + "q3" + ")" * 3000}, 5, "value", "too many brackets"),
    ("A2", {"value": "q3; q4"}, 5, "value", "“; q4” cannot be read"),
    ("A2", {"evidence": ""}, 5, "evidence", "filled together"),
    ("A2", {"of_zero": "nol"}, 5, "of_zero", "not a number"),
    ("uji", {"params": "completeness: 0.7"}, 2, "params", "need a version"),
    ("uji", {"params": "version: 1; combine: vote"}, 2, "params", "combine must be one of median"),
    ("uji", {"params": "version: 1; cpa: 50"}, 2, "params", "“cpa” is not a setting"),
    ("uji", {"params": "version: 1; completeness: 70"}, 2, "params", "between 0 and 1"),
    ("uji", {"params": "version: 1; visit_date: tgl"}, 2, "params", "no field tgl"),
    ("rendah", {"value": "10"}, 6, "value", "first class must begin at 0"),
    ("tinggi", {"value": "0"}, 7, "value", "Classes must be sorted"),
    ("syarat", {"parent": "emas"}, 8, "parent", "no class with the code emas"),
    ("syarat", {"value": "A7 >= 75"}, 8, "value", "A7 is no code here; the codes are A, A1, A2"),
    ("syarat", {"value": "count(A1) > 2"}, 8, "value", "only codes of the rubric"),
    ("syarat", {"value": "A1"}, 8, "value", "write a condition, such as total >= 60"),
    ("A1", {"not_applicable": "q3"}, 4, "not_applicable", "write a condition"),
    ("A2", {"value": "q3 > 1"}, 5, "value", "write if(condition, 1, 0)"),
    ("A", {"weight": "x"}, 3, "weight", "not a number"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "cells", "row", "column", "words"), WRONG)
def test_a_wrong_cell_is_told_with_its_row_and_column(read, code, cells, row, column, words) -> None:
    with pytest.raises(RubricError) as caught:
        read(code, **cells)
    assert (caught.value.row, caught.value.column) == (row, column)
    assert words in caught.value.message
    assert f"row {row}" in str(caught.value)


def test_an_unknown_field_is_an_error_of_its_own_that_names_the_field(read: Callable[..., Rubric]) -> None:
    with pytest.raises(UnknownField) as caught:
        read("A1", value="q9")
    assert caught.value.field == "q9"


@pytest.mark.parametrize(
    ("drop", "words"), [("uji", "no row of the kind rubric"), ("A", "no row of the kind dimension"), ("A1", "A1 is no code")]
)
def test_a_missing_row_is_told(read: Callable[..., Rubric], drop: str, words: str) -> None:
    with pytest.raises(RubricError, match=words):
        read(drop=drop)


def test_a_dimension_without_indicators_is_refused(read: Callable[..., Rubric]) -> None:
    with pytest.raises(RubricError, match="B has no indicators"):
        read(more=[{"kind": "dimension", "code": "B", "label": "B", "weight": "1"}])


def test_a_second_rubric_row_is_refused(read: Callable[..., Rubric]) -> None:
    with pytest.raises(RubricError, match="second row of the kind rubric"):
        read(more=[{"kind": "rubric", "code": "lain", "params": "version: 2"}])


def test_rows_are_counted_as_in_the_spreadsheet_with_its_empty_rows(small_form: Form) -> None:
    rows = [GOOD[0], {}, {"kind": "", "code": " "}, {**GOOD[1], "weight": "x"}]
    with pytest.raises(RubricError) as caught:
        rubrics.read(rows, small_form)
    assert caught.value.row == 5


def test_the_hash_is_blind_to_layout_and_sees_every_change() -> None:
    same = [{}, *({f" {k} ": f" {v} " for k, v in reversed(row.items())} | {"note": ""} for row in GOOD)]
    assert rubrics.fingerprint(same) == rubrics.fingerprint(GOOD)
    for place, row in enumerate(GOOD):
        for column in row:
            changed = [*GOOD[:place], {**row, column: row[column] + "1"}, *GOOD[place + 1 :]]
            assert rubrics.fingerprint(changed) != rubrics.fingerprint(GOOD)
    assert rubrics.fingerprint(GOOD[::-1]) != rubrics.fingerprint(GOOD)
