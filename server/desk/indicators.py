"""The score this submission would give, indicator by indicator, and reviewers' own ratings beside it (DESIGN §4.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from server.desk import words
from server.desk.opening import Opened
from server.desk.sheet import Section
from server.publishing import store as publishing
from server.reviews import store as reviews
from server.reviews.models import Rating
from server.villages import store as villages


@dataclass(frozen=True, slots=True)
class Provisional:
    """The result as `scoring.score.to_json` gives it, with a lookup by indicator code and by the path of a question."""

    result: dict[str, Any]
    by_code: Mapping[str, dict[str, Any]]
    by_path: Mapping[str, dict[str, Any]]
    ratings: Mapping[str, list[Rating]]  # that count now

    def of_section(self, section: Section) -> dict[str, Any] | None:
        """The indicator that a group of questions is about, if it is one only."""
        found = {self.by_path[line.path]["code"] for line in section.lines() if line.path in self.by_path}
        return self.by_code[found.pop()] if len(found) == 1 else None


def indicators(found: Opened) -> Provisional | None:
    """The provisional score of the version that is looked at; None when its form has no rubric."""
    rubric = publishing.rubric(found.definition)
    if rubric is None:
        return None
    result = villages.compute(found.submission.id, found.version, rubric)
    by_code = {one["code"]: one for dimension in result["dimensions"] for one in dimension["indicators"]}
    by_path: dict[str, dict[str, Any]] = {}
    for one in by_code.values():
        for given in one["inputs"]:
            by_path.setdefault(given["path"], one)
    ratings: dict[str, list[Rating]] = {}
    for rating in reviews.ratings(found.submission.id):
        ratings.setdefault(rating.indicator, []).append(rating)
    return Provisional(result, by_code, by_path, ratings)


def say(text: Mapping[str, str] | None) -> str:
    """A text of the rubric in the page's language, else in any."""
    text = text or {}
    ending = f"({words.language()})"
    return next((said for name, said in text.items() if name == words.language() or name.endswith(ending)),
                next(iter(text.values()), ""))


def label_of(found: Opened, code: str) -> str:
    """Code and label of an indicator; the code alone when the rubric does not know it."""
    rubric = publishing.rubric(found.definition)
    known = rubric.indicators.get(code) if rubric else None
    return f"{code} {say(known.label)}" if known else code
