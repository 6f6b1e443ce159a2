"""Rounding and printing of figures, here and nowhere else (DESIGN §3 "computed in one place").

`calculates` compiles the same arithmetic to XPath, so phone and server print the same digits.
"""

from __future__ import annotations

from math import floor

HALF = 0.5000001
"""A half and a trifle: the order in which doubles are added must not decide a printed digit, so a figure a
ten-millionth of the last printed place below the half counts as on it (59.29499999999999 prints 59.30)."""


def half_up(value: float, places: int = 2) -> float:
    """Return `value` ≥ 0 rounded half up to `places` decimals."""
    scale: int = 10**places
    return floor(value * scale + HALF) / scale


def printed(value: float | None, language: str = "id", places: int = 2) -> str:
    """Return the figure as readers see it: "58,79" in Indonesian, "58.79" elsewhere, "–" for none."""
    if value is None:
        return "–"
    text = f"{half_up(abs(value), places):,.{places}f}"
    sign = "-" if value < 0 and text.strip("0.,") else ""
    return sign + (text.translate(str.maketrans(",.", ".,")) if language == "id" else text)


def plain(value: float) -> str:
    """Return a number without needless decimals, for texts: 12, 2.5."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def together(values: list[float]) -> float:
    """Add from left to right, as XPath does (Python's own sum compensates, other engines do not)."""
    total = 0.0
    for value in values:
        total += value
    return total
