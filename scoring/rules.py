"""From a raw value to 0-100: points of a line, steps, or a table of codes (DOMAIN §5.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

RUBRIC = "0:0 1:25 2:50 3:75 4:100"
FREQUENCY = "tidak_pernah:0 tahunan:25 semesteran:50 triwulanan:75 bulanan:100 mingguan:100"

TABLES = {"rubric": RUBRIC, "frequency": FREQUENCY, "map": ""}
"""Rules that look a choice code up; with the table used when the cell `params` is empty."""

LINES = ("knots", "share")
"""Rules that read a number off a line; `share` first divides `value` by `of`."""

RULES = (*TABLES, *LINES, "steps", "formula")


class RuleError(ValueError):
    """The cell `params` does not fit the rule."""


@dataclass(frozen=True, slots=True)
class Points:
    """Pairs x:y with rising x; between them a straight line (`knots`) or a stair (`steps`)."""

    pairs: tuple[tuple[float, float], ...]

    def line(self, x: float) -> float:
        """Return y on the broken line through the points, flat outside the ends."""
        before = self.pairs[0]
        if x <= before[0]:
            return before[1]
        for point in self.pairs[1:]:
            if x <= point[0]:
                return before[1] + (x - before[0]) * (point[1] - before[1]) / (point[0] - before[0])
            before = point
        return before[1]

    def stair(self, x: float) -> float:
        """Return the y of the last point at or before x; before the first point, the first y."""
        found = self.pairs[0][1]
        for at, y in self.pairs[1:]:
            if x < at:
                break
            found = y
        return found


def read_points(text: str, least: int = 2) -> Points:
    """Read "0:0 50:50 80:100". Raises RuleError with a sentence for the author."""
    pairs = tuple((_number(x, word), _number(y, word)) for x, y, word in _pairs(text))
    if len(pairs) < least:
        raise RuleError(f"“{text}” needs at least {least} pairs x:y, such as 0:0 50:50 80:100")
    for before, after in pairwise(pairs):
        if after[0] <= before[0]:
            raise RuleError(f"the x of “{after[0]:g}:{after[1]:g}” must be larger than {before[0]:g} before it")
    return Points(pairs)


def read_table(text: str) -> dict[str, float]:
    """Read "tidak:0 draf:50 menunggu:100". Raises RuleError."""
    table: dict[str, float] = {}
    for code, score, word in _pairs(text):
        if code in table:
            raise RuleError(f"the code {code} stands twice")
        table[code] = _number(score, word)
    if not table:
        raise RuleError("this rule needs pairs code:score, such as tidak:0 ya:100")
    return table


def _pairs(text: str) -> list[tuple[str, str, str]]:
    found = []
    for word in re.split(r"[\s;]+", text.strip()):
        left, colon, right = word.rpartition(":")
        if word and not (colon and left and right):
            raise RuleError(f"“{word}” is not a pair x:y; write pairs with a colon, separated by spaces")
        if word:
            found.append((left, right, word))
    return found


def _number(text: str, word: str) -> float:
    if not re.fullmatch(r"-?\d+(\.\d+)?", text):
        hint = "; write decimals with a point" if "," in text else ""
        raise RuleError(f"“{text}” in “{word}” is not a number{hint}")
    return float(text)
