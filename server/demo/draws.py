"""Believable answers drawn at random, but the same at every start: better Pokjas draw better ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta

from forms import Form

CODES = ("tt", "tb", "tidak_ada", "lainnya")
OFTEN = ("tidak_pernah", "tahunan", "semesteran", "triwulanan", "bulanan")


class Draw:
    """One village's dice. `level` 0–1 pulls every draw up."""

    def __init__(self, seed: str, level: float, form: Form) -> None:
        self.dice = random.Random(seed)  # noqa: S311 (demo data, no secret)
        self.level = level
        self.form = form

    def near(self, spread: float = 0.12) -> float:
        """A share 0–1 around the level."""
        return min(1.0, max(0.0, self.level + self.dice.uniform(-spread, spread)))

    def grade(self) -> str:
        """A rubric value 0–4."""
        return str(min(4, max(0, round(4.1 * self.near(0.14)))))

    def count(self, most: int) -> int:
        return round(most * self.near())

    def of(self, whole: int, low: float = 0.0, high: float = 1.0) -> int:
        """A part of `whole`, between the shares `low` and `high`."""
        return min(whole, round(whole * (low + (high - low) * self.near())))

    def between(self, low: int, high: int) -> int:
        return self.dice.randint(low, high)

    def yes(self, lift: float = 0.15) -> str:
        return "ya" if self.dice.random() < self.level + lift else "tidak"

    def often(self) -> str:
        return OFTEN[min(4, round(4.2 * self.near()))]

    def some(self, name: str, most: int, least: int = 0) -> str:
        """Choices of a select-many in the form's order; none of them is `tidak_ada`."""
        field = self.form.field(name)
        assert field is not None and field.choices is not None
        offered = [choice.value for choice in self.form.choices[field.choices] if choice.value not in CODES]
        chosen = self.dice.sample(offered, min(len(offered), max(least, self.count(most))))
        return " ".join(value for value in offered if value in chosen) or "tidak_ada"

    def pick(self, texts: Sequence[str]) -> str:
        return texts[self.dice.randrange(len(texts))]

    def before(self, day: date, least: int, most: int) -> str:
        """A day between `least` and `most` days earlier."""
        return (day - timedelta(days=self.between(least, most))).isoformat()

    def chance(self, share: float) -> bool:
        return self.dice.random() < share

    def token(self) -> str:
        return f"{self.dice.getrandbits(32):08x}"
