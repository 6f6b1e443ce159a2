"""A line of CSV that is written the quick way is the one that the csv module writes."""

from __future__ import annotations

import csv
import io

from hypothesis import example, given
from hypothesis import strategies as st

from server.exports.tables import Cells, plain_line

_CELL = st.none() | st.integers() | st.text(max_size=5) | st.sampled_from([",", '"', "\r", "\n", "a,b", " x ", "=1", "'", "\0", "ä"])


@given(st.lists(_CELL, min_size=1, max_size=5))
@example([None])
@example(["", ""])
@example(["a", "b,"])
def test_a_plain_line_is_what_the_csv_module_writes(cells: Cells) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    assert plain_line(cells) in (None, buffer.getvalue())


def test_a_line_without_quotes_is_plain() -> None:
    assert plain_line(["2026-01-01T00:00:00.000Z", "Mawar 2", None, 3, ""]) == "2026-01-01T00:00:00.000Z,Mawar 2,,3,\r\n"
