"""One sentence a language on where an indicator's score comes from, with the raw counts (DOMAIN §5.3 end)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from scoring.evaluate import as_date, as_number
from scoring.figures import plain, printed
from scoring.model import Rubric, Text
from scoring.rules import TABLES
from scoring.source import Input
from scoring.standing import Standing

_WORDS: dict[str, dict[str, str]] = {
    "id": {
        "tt": "Tidak tahu (TT): tidak ikut dihitung, kelengkapan berkurang.",
        "tb": "Tidak berlaku (TB): bobotnya dikeluarkan.",
        "missing": "Belum dijawab.",
        "other": "Jawaban “{answer}” belum bernilai; menunggu penilaian peninjau.",
        "notAsked": "Tidak ditanyakan karena syaratnya belum ada: nilai 0.",
        "share": "{a} dari {b} = {raw} %",
        "answer": "Jawaban: {answer}",
        "cap": "Nilai {uncapped} dibatasi {cap} karena bukti dukung {why}.",
        "absent": "belum ada",
        "rejected": "ditolak peninjau",
        "rating": "Dinilai peninjau {value} (penilai: {raters}, selisih: {spread}); menurut jawaban: {own}.",
        "small": "Angka kecil: penyebut di bawah {small}.",
        "none": "–",
    },
    "en": {
        "tt": "Don't know (TT): left out, completeness is lower.",
        "tb": "Not applicable (TB): its weight is dropped.",
        "missing": "Not answered.",
        "other": "The answer “{answer}” has no score yet; a reviewer must rate it.",
        "notAsked": "Not asked, because what it builds on is not there: score 0.",
        "share": "{a} of {b} = {raw} %",
        "answer": "Answer: {answer}",
        "cap": "Score {uncapped} capped at {cap} because the evidence {why}.",
        "absent": "is missing",
        "rejected": "was rejected by a reviewer",
        "rating": "Rated {value} by reviewers (raters: {raters}, spread: {spread}); by the answers: {own}.",
        "small": "Small number: denominator below {small}.",
        "none": "–",
    },
}


def language_of(name: str) -> str:
    """Return "id" or "en" for a language's name in the sheet: "English (en)"; Indonesian when it has none."""
    found = re.search(r"\(([A-Za-z]{2})\b", name)
    return "id" if not found or found[1].lower() not in _WORDS else found[1].lower()


def explain(standing: Standing, rubric: Rubric) -> Text:
    """Return the explanation in each language of the sheet."""
    return {name: _explain(standing, rubric, name, language_of(name)) for name in rubric.languages}


def _explain(standing: Standing, rubric: Rubric, name: str, language: str) -> str:
    words = _WORDS[language]
    parts = [_base(standing, rubric, name, language)]
    if standing.small:
        parts.append(words["small"].format(small=plain(standing.indicator.small)))
    if standing.capped:
        why = words["rejected" if standing.evidence.rejected else "absent"]
        shown, cap = printed(standing.uncapped, language), printed(standing.indicator.cap, language)
        parts.append(words["cap"].format(uncapped=shown, cap=cap, why=why))
    if standing.rating:
        rating = standing.rating
        parts.append(words["rating"].format(
            value=printed(rating.value, language), raters=rating.raters, spread=printed(rating.spread, language),
            own=printed(standing.uncapped, language)))  # fmt: skip
    if len(parts) > 1 and not parts[0].endswith("."):
        parts[0] += "."
    return " ".join(parts)


def _base(standing: Standing, rubric: Rubric, name: str, language: str) -> str:
    words, state = _WORDS[language], standing.own
    if state == "missing" and standing.indicator.rule in TABLES and standing.inputs[0].value:
        return words["other"].format(answer=_answer(standing.inputs[0], standing, rubric, name, language))
    if state != "answered":
        return words[state]
    template = standing.indicator.explain.get(name) or _default(standing, words)
    return fill(template, _values(standing, rubric, name, language))


def _default(standing: Standing, words: Mapping[str, str]) -> str:
    if standing.indicator.of is not None:
        return words["share"]
    if standing.indicator.rule in TABLES:
        return words["answer"]
    return "; ".join(f"{found.name} = {{{found.name}}}" for found in standing.inputs)


def _values(standing: Standing, rubric: Rubric, name: str, language: str) -> dict[str, str]:
    values = {found.name: _answer(found, standing, rubric, name, language) for found in standing.inputs}
    raw: Any = standing.raw
    places = 1 if standing.indicator.of is not None else None
    values["a"] = _counted(standing.part, language)
    values["b"] = _counted(standing.whole, language)
    values["raw"] = _counted(raw, language, places) if isinstance(raw, float | int) else str(raw or "")
    values["answer"] = values[standing.inputs[0].name] if standing.inputs else ""
    return values


def _counted(value: float | None, language: str, places: int | None = None) -> str:
    """Print a count without decimals, a measured value with one."""
    if value is None:
        return "–"
    return printed(value, language, places if places is not None else (0 if float(value).is_integer() else 1))


def _answer(found: Input, standing: Standing, rubric: Rubric, name: str, language: str) -> str:
    """Return an answer in words: the labels of the choices, or the number."""
    ref = next(ref for ref in standing.indicator.inputs if ref.name == found.name)
    labels = rubric.choices.get(ref.path, {})
    if labels:
        said = [_label(labels.get(code, {}), name) or code for code in found.value.split()]
        return ", ".join(said) or _WORDS[language]["none"]
    day = as_date(found.value)
    if day is not None and ref.type in ("date", "dateTime"):
        return day.strftime("%d/%m/%Y") if language == "id" else day.isoformat()
    number = as_number(found.value)
    return _counted(number, language) if number is not None else found.value or _WORDS[language]["none"]


def _label(text: Text, name: str) -> str:
    return text.get(name) or next(iter(text.values()), "")


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace {name} by its value; the sheet's reader has made sure that every name is known."""
    return re.sub(r"\{(\w+)\}", lambda match: values.get(match[1], match[0]), template)


def names(template: str) -> list[str]:
    """Return the names in braces of a template."""
    return re.findall(r"\{(\w+)\}", template)


SPECIAL = frozenset({"a", "b", "raw", "answer"})
"""Names that every template may use beside the names of the fields its indicator reads."""
