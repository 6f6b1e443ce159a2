"""Reads the rows of a simulation: indexes of variables, and the classes they lead to (docs/rubric.md "Simulation")."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.lines import Fields, Line, only
from scoring.model import Index, Simulation, Variable, Verdict
from scoring.rules import read_points


def read_simulation(by_kind: Mapping[str, list[Line]], fields: Fields) -> Simulation | None:
    """Return the simulation the sheet describes, None without one. Raises RubricError."""
    if not by_kind["simulation"]:
        return None
    line = only(by_kind, "simulation")
    indexes = tuple(_index(found, by_kind, fields) for found in by_kind["index"])
    codes = {index.code for index in indexes}
    verdicts = tuple(
        Verdict(found.text("code"), found.texts("label"), found.over_figures("when", codes)) for found in by_kind["verdict"]
    )
    if not verdicts or verdicts[-1].when is not None or any(v.when is None for v in verdicts[:-1]):
        raise line.wrong("A simulation needs rows of the kind verdict; the last one, and only it, has no when.", "kind")
    return Simulation(line.text("code"), line.texts("label"), line.condition("when", fields), indexes, verdicts)


def _index(line: Line, by_kind: Mapping[str, list[Line]], fields: Fields) -> Index:
    mine = [found for found in by_kind["variable"] if found.text("parent") == line.text("code")]
    if not mine:
        raise line.wrong(f"The index {line.text('code')} has no variables.", "code")
    return Index(line.text("code"), line.texts("label"), tuple(_variable(found, fields) for found in mine))


def _variable(line: Line, fields: Fields) -> Variable:
    points = line.guard("params", lambda: read_points(line.needed("params")))
    return Variable(line.text("code"), line.texts("label"), line.value("value", fields), points)
