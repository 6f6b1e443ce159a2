"""Which village is assessed when, how well it does, and what becomes of the submission: the cases worth showing.

No village is like this in truth; the levels were chosen so that every class, state and exception occurs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

Outcome = Literal["approved", "waiting", "returned", "edited", "rejected"]
FIRST, SECOND = "2026-S1", "2026-S2"
PERIODS = (FIRST, SECOND)


@dataclass(frozen=True, slots=True)
class Case:
    """One submission. `level` 0–1 is how well the Pokja does; `special` names what makes it worth showing."""

    village: str
    period: str
    visit: date
    level: float = 0.0
    status: str = "aktif"
    outcome: Outcome = "approved"
    kind: str = "lapangan"
    special: frozenset[str] = frozenset()

    @property
    def formed(self) -> bool:
        return self.status in ("aktif", "vakum")


def _case(village: str, period: str, day: str, level: float, outcome: Outcome = "approved", *special: str,
          status: str = "aktif", kind: str = "lapangan") -> Case:
    return Case(f"19.06.{village}", period, date.fromisoformat(day), level, status, outcome, kind, frozenset(special))


def _ready(village: str, period: str, day: str, status: str, level: float, outcome: Outcome = "approved") -> Case:
    return _case(village, period, day, level, outcome, status=status)


CASES: Sequence[Case] = (
    # Manggar
    _case("01.2001", FIRST, "2026-02-03", 0.50), _case("01.2001", SECOND, "2026-08-04", 0.66),
    _case("01.2002", FIRST, "2026-02-05", 0.78), _case("01.2002", SECOND, "2026-08-06", 0.86),
    _case("01.2003", FIRST, "2026-02-10", 0.64), _case("01.2003", SECOND, "2026-08-11", 0.68, "approved", "ratedTwice"),
    _case("01.2004", FIRST, "2026-02-12", 0.28), _case("01.2004", SECOND, "2026-11-17", 0.36, "waiting", "far"),
    _case("01.2006", FIRST, "2026-02-17", 0.45), _case("01.2006", SECOND, "2026-11-10", 0.52, "returned"),
    _ready("01.2007", FIRST, "2026-02-19", "belum_ada", 0.1), _ready("01.2007", SECOND, "2026-08-13", "dirintis", 0.6),
    _case("01.2010", SECOND, "2026-08-20", 0.44, "approved", "small"),
    _case("01.2012", FIRST, "2026-02-24", 0.47), _case("01.2012", SECOND, "2026-11-03", 0.57, "edited"),
    _case("01.2013", SECOND, "2026-11-18", 0.55, "waiting", "quick"),
    # Gantung
    _case("02.2001", FIRST, "2026-01-20", 0.74), _case("02.2001", SECOND, "2026-07-21", 0.84),
    _case("02.2002", FIRST, "2026-01-22", 0.26), _case("02.2002", SECOND, "2026-07-23", 0.24),
    _ready("02.2003", SECOND, "2026-07-28", "belum_ada", 0.2),
    _ready("02.2004", FIRST, "2026-01-27", "dirintis", 0.7), _case("02.2004", SECOND, "2026-07-30", 0.46),
    _case("02.2009", FIRST, "2026-02-02", 0.66, "approved", "oldDecree"), _case("02.2009", SECOND, "2026-08-03", 0.74, "approved", "oldDecree"),
    _case("02.2010", FIRST, "2026-02-04", 0.68), _case("02.2010", SECOND, "2026-08-05", 0.70),
    _case("02.2011", FIRST, "2026-02-09", 0.48), _case("02.2011", SECOND, "2026-11-12", 0.55, "waiting", "samePhoto"),
    # Dendang
    _case("03.2001", FIRST, "2026-02-11", 0.50), _case("03.2001", SECOND, "2026-08-12", 0.51),
    _ready("03.2002", FIRST, "2026-02-16", "dirintis", 0.5), _ready("03.2002", SECOND, "2026-11-16", "dirintis", 0.8, "waiting"),
    _case("03.2005", FIRST, "2026-02-18", 0.62), _case("03.2005", SECOND, "2026-08-19", 0.72, "approved", "rated"),
    # Kelapa Kampit
    _case("04.2001", FIRST, "2026-01-21", 0.18), _case("04.2001", SECOND, "2026-07-22", 0.27),
    _case("04.2002", FIRST, "2026-01-26", 0.88), _case("04.2002", SECOND, "2026-07-27", 0.90),
    _case("04.2003", FIRST, "2026-01-28", 0.72), _case("04.2003", SECOND, "2026-07-29", 0.74, "approved", "evidence"),
    _case("04.2005", SECOND, "2026-08-10", 0.55, "approved", "unknown"),
    _case("04.2006", FIRST, "2026-02-23", 0.40), _case("04.2006", SECOND, "2026-08-24", 0.10, status="vakum"),
    _ready("04.2007", FIRST, "2026-02-25", "belum_ada", 0.0), _ready("04.2007", SECOND, "2026-08-26", "belum_ada", 0.3),
    # Damar
    _case("05.2001", FIRST, "2026-02-26", 0.56), _case("05.2001", SECOND, "2026-08-27", 0.66),
    _case("05.2002", FIRST, "2026-03-03", 0.46), _case("05.2002", SECOND, "2026-11-05", 0.50, "rejected"),
    _case("05.2003", FIRST, "2026-03-05", 0.76), _case("05.2003", SECOND, "2026-09-03", 0.86),
    _case("05.2004", SECOND, "2026-09-08", 0.80, "waiting", kind="mandiri"),
    _case("05.2005", FIRST, "2026-03-10", 0.60), _case("05.2005", SECOND, "2026-09-10", 0.58, "approved", "gaps"),
    # Simpang Renggiang
    _case("06.2001", FIRST, "2026-03-12", 0.42), _case("06.2001", SECOND, "2026-09-15", 0.50),
    _case("06.2003", FIRST, "2026-03-17", 0.68), _case("06.2003", SECOND, "2026-09-17", 0.70),
    _case("06.2003", SECOND, "2026-09-24", 0.70, kind="ko_penilaian"),
    _ready("06.2004", SECOND, "2026-11-19", "belum_ada", 0.4, "waiting"),
    # Simpang Pesak
    _case("07.2001", FIRST, "2026-03-24", 0.54), _case("07.2001", SECOND, "2026-09-22", 0.64, "approved", "thinPlan"),
    _case("07.2002", FIRST, "2026-03-26", 0.70), _case("07.2002", SECOND, "2026-09-24", 0.70),
    _ready("07.2003", SECOND, "2026-09-29", "dirintis", 0.5),
    _case("07.2004", SECOND, "2026-10-01", 0.34),
)
