"""Rubrics of other forms: every rule and function, and the same digits on Collect's engine (docs/rubric.md)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import pytest

from forms import convert
from forms.form import Form
from forms.validate import validate
from forms.workbook import Workbook
from scoring import calculates
from scoring import rubric as rubrics
from scoring.errors import RubricError
from scoring.figures import printed
from scoring.model import Rubric
from scoring.score import score

SURVEY = [
    {"type": "integer", "name": "p", "label": "P"},
    {"type": "integer", "name": "q", "label": "Q"},
    {"type": "decimal", "name": "r", "label": "R"},
    {"type": "select_one ya", "name": "s", "label": "S"},
    {"type": "select_multiple ya", "name": "m", "label": "M"},
    {"type": "date", "name": "t", "label": "T"},
    {"type": "date", "name": "hari", "label": "Hari"},
]
CHOICES = [{"list_name": "ya", "name": code, "label": code} for code in ("ya", "tidak", "tt", "tb", "tidak_ada", "bulanan")]
# One indicator each, so that every expression stands alone: code, value.
FORMULAS = {
    "plus": "p + q - 3", "times": "p * q / 2", "ratio": "100 * p / q", "least": "min(p, q, 7)", "most": "max(p, r)",
    "whole": "round(100 * p / 7)", "part": "share(p, q)", "middle": "mean(share(p, q), share(q, p), share(3, 4))",
    "choice": "if(s = 'ya', p, if(s = 'tidak', q, 50))", "either": "if(p > 5 or q > 5, 80, 20)",
    "both": "if(p > 5 and s != 'ya', 80, 20)", "never": "if(not(p >= q), 90, 10)", "same": "if(p = q, 100, 40)",
    "other": "if(p != q, 100, 40)", "ticked": "25 * count(m)", "has": "if(m = 'ya', 60, 30)", "old": "100 - months(t)",
    "often": "frequency(s)", "guarded": "if(q > 0, 100 * p / q, 0)", "nested": "if(share(p, q) >= 50, 75, r)",
    "voided": "if(share(p, q) > 50 or p > 9, 70, 35)",
}  # fmt: skip
ROWS = [
    {"kind": "rubric", "code": "lain", "params": "version: 1; completeness: 0.01; visit_date: hari"},
    {"kind": "dimension", "code": "X", "weight": "3", "label": "X"},
    {"kind": "dimension", "code": "Y", "weight": "1.5", "label": "Y"},
    *({"kind": "indicator", "code": code, "parent": "XY"[place % 2], "weight": f"{1 + place % 3}.5", "rule": "formula",
       "value": value, "of_zero": ("", "10", "tb")[place % 3]} for place, (code, value) in enumerate(FORMULAS.items())),
    {"kind": "indicator", "code": "tabel", "parent": "X", "weight": "1", "rule": "map", "value": "s", "params": "ya:90 tidak:5",
     "not_asked": "p > 12 or s = 'tb'"},
    {"kind": "indicator", "code": "tangga", "parent": "Y", "weight": "1", "rule": "steps", "value": "r", "params": "1.5:10 3:60.5",
     "not_applicable": "q = 0", "codes": "m"},
    {"kind": "class", "code": "bawah", "value": "0", "label": "it's \"low\""},
    {"kind": "class", "code": "atas", "value": "50", "label": "high"},
]  # fmt: skip


@pytest.fixture(scope="module")
def plain() -> Form:
    return convert.convert(Workbook({"survey": SURVEY, "choices": CHOICES}, "lain"), fallback_id="lain")


@pytest.fixture(scope="module")
def other(plain: Form) -> Rubric:
    return rubrics.read(ROWS, plain)


@pytest.fixture(scope="module")
def with_page(other: Rubric) -> Form:
    book = Workbook({"survey": SURVEY, "choices": CHOICES}, "lain")
    return convert.convert(calculates.add(book, other), fallback_id="lain")


@pytest.mark.slow
def test_a_form_without_languages_gets_a_page_that_collect_opens(with_page: Form) -> None:
    complaints = validate(with_page.xml)
    if complaints is None:
        pytest.skip("no Java: install a JRE (17 or later) to try the form with ODK Validate")
    assert complaints == []


def random_answers(seed: int) -> dict[str, str]:
    dice = random.Random(seed)
    answers = {
        "/p": str(dice.randint(0, 14)), "/q": str(dice.randint(0, 14)), "/r": f"{dice.uniform(0, 9):.3f}",
        "/s": dice.choice(["ya", "tidak", "tt", "tb", "bulanan"]),
        "/m": dice.choice(["ya", "ya tidak", "tidak_ada", "tt", "tb", "bulanan ya"]),
        "/t": date.fromordinal(date(2026, 11, 24).toordinal() - dice.randint(0, 2500)).isoformat(),
    }  # fmt: skip
    kept = {path: value for path, value in answers.items() if dice.random() > 0.12}
    return {**kept, "/hari": "2026-11-24"}


@pytest.mark.slow
def test_every_rule_and_function_gives_collect_the_servers_score(
    with_page: Form, other: Rubric, run_on_collect: Callable[[Form], Callable]
) -> None:
    run = run_on_collect(with_page)
    for seed in range(60):
        answers = random_answers(seed)
        found = score(answers, other, on=date(2026, 11, 24))
        paths = {code: f"/skor/rinci_{'xy'[i]}/sk_u_{code}" for i, p in enumerate(other.dimensions) for code in codes(p)}
        asked = [*paths.values(), "/skor/skor_total", "/skor/skor_kelas"]
        lines = [f"set\t{path}\t{value}" for path, value in answers.items()] + [f"state\t{path}" for path in asked]
        got = [reply.split("\t")[3] for reply in run(lines)[len(answers) :]]
        for code, value in zip(paths, got, strict=False):
            standing = found.standings[code]
            wanted = "tb" if standing.state == "tb" else printed(standing.value, "en")
            assert (value if value == "tb" else printed(float(value) if value else None, "en")) == wanted, (
                seed,
                code,
                answers,
            )
        total = "" if found.total.score is None else printed(found.total.score, "en")
        assert got[-2:] == [total, found.standard.band.code if found.standard else ""], (seed, answers)


def codes(part) -> list[str]:
    return [indicator.code for indicator in part.indicators]


@pytest.mark.parametrize("name", ["skor_total", "skor", "sk_u_plus"])
def test_a_survey_that_uses_a_name_of_the_page_is_told_so(other: Rubric, name: str) -> None:
    book = Workbook({"survey": [*SURVEY, {"type": "text", "name": name, "label": "?"}], "choices": CHOICES}, "lain")
    with pytest.raises(RubricError, match=name):
        calculates.add(book, other)


def test_two_codes_that_differ_only_by_case_are_told(plain: Form) -> None:
    rows = [*ROWS, {"kind": "indicator", "code": "PLUS", "parent": "X", "weight": "1", "rule": "formula", "value": "p"}]
    book = Workbook({"survey": SURVEY, "choices": CHOICES}, "lain")
    with pytest.raises(RubricError, match="sk_r_plus"):
        calculates.add(book, rubrics.read(rows, plain))
