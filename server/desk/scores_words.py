"""The answer first: what a score means, in one sentence of plain Indonesian (EXPECTATIONS P1, P2)."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from scoring.compare import Move, Reading
from scoring.figures import half_up, printed
from server.desk import words
from server.desk.indicators import say
from server.desk.room import room
from server.projects.models import Project
from server.villages.models import ScoreRow, Village

DEMO = "CONTOH"  # a project whose name begins so holds examples, and every page says it


def _(text: str, **values: Any) -> str:
    return str(gettext(text, **values))


def is_example(project: Project | None) -> bool:
    """Whether the project's data are made up."""
    return project is not None and project.name.upper().startswith(DEMO)


def reading_of(row: ScoreRow | None) -> Reading | None:
    """A stored score with its bounds; None for readiness and for too little data."""
    if row is None or row.total is None or row.lower is None or row.upper is None:
        return None
    return Reading(row.total, row.lower, row.upper)


def sentence(village: Village, row: ScoreRow, moved: Move | None, before: str) -> str:
    """Class, score and direction in one sentence."""
    result, name = row.result, village.name
    if row.kind == "readiness":
        figure = result.get("readiness")
        if figure is None:
            return _("%(name)s has no Pokja yet; there is not enough data on its readiness to form one.", name=name)
        if row.status == "dirintis":
            return _("A Pokja is being formed in %(name)s: readiness %(figure)s of 100.", name=name, figure=words.points(figure))
        return _("%(name)s has no Pokja yet: readiness to form one %(figure)s of 100.", name=name, figure=words.points(figure))
    if result["class"] is None:
        short = lacking(result)
        return _("There is not enough data for a score of the Pokja of %(name)s: of “%(part)s” only %(share)s is answered.", name=name,
                 part=say(short["label"]) if short else "–", share=share(short["completeness"] if short else row.completeness))
    told = _("The Pokja of %(name)s is in the class “%(band)s” with a score of %(total)s of 100", name=name,
             band=say(result["class"]["label"]), total=words.points(row.total))
    return f"{told}{_direction(moved, before)}."


def _direction(moved: Move | None, before: str) -> str:
    if moved is None:
        return ""
    figures = {"points": printed(abs(moved.points), words.language()), "before": before}
    if moved.direction == "up":
        return _(", up %(points)s points since %(before)s", **figures)
    if moved.direction == "down":
        return _(", down %(points)s points since %(before)s", **figures)
    return _(", no real difference from %(before)s", **figures)


def plainly(value: float | None) -> str:
    """A weight or threshold without needless decimals: 40, 2,5."""
    return "–" if value is None else words.number(int(value) if float(value).is_integer() else value)


def lacking(result: dict[str, Any]) -> dict[str, Any] | None:
    """The dimension of which least is answered among those that have too little for a score."""
    short = [part for part in result["dimensions"] if part["score"] is None and part["completeness"] is not None]
    return min(short, key=lambda part: part["completeness"], default=None)


def share(value: float | None) -> str:
    """A share as whole per cent: "48 %"; never rounded up to a threshold that it does not reach."""
    return "–" if value is None else f"{int(value * 100 + 1e-9)} %"


def sums(dimension: dict[str, Any]) -> dict[str, float] | None:
    """Σ weight × score and Σ weight of the answered indicators of a dimension, to add up by hand."""
    answered = [one for one in dimension["indicators"] if one["value"] is not None and one["state"] in ("answered", "notAsked")]
    if not answered:
        return None
    products = [one["weight"] * one["value"] for one in answered]
    return {"products": half_up(sum(products), 4), "weights": sum(one["weight"] for one in answered)}


def total_sum(result: dict[str, Any]) -> dict[str, float] | None:
    """Σ weight × score and Σ weight of the dimensions."""
    parts = [part for part in result["dimensions"] if part["completeness"] is not None]
    if not parts or any(part["score"] is None for part in parts):
        return None
    return {"products": half_up(sum(part["weight"] * part["score"] for part in parts), 4), "weights": sum(part["weight"] for part in parts)}


@room.app_template_filter("plainly")
def _plainly(value: float | None) -> str:
    return plainly(value)
