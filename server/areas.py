"""The one test of an area in SQL: a code covers itself and all codes below it (DESIGN §4.3)."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, false, or_, true
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.expression import ColumnClause


def under(column: InstrumentedAttribute[str] | ColumnClause[str], areas: Iterable[str]) -> ColumnElement[bool]:
    """Whether the code in a column lies under one of the areas: () none does, ("",) all do."""
    areas = tuple(areas)
    if "" in areas:
        return true()
    tests = [or_(column == area, column.startswith(area + ".", autoescape=True)) for area in areas]
    return or_(*tests) if tests else false()
