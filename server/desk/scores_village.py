"""One village in one period: the answer first, and from every number to its answer, photo, worker and reviewer (EXPECTATIONS P1–P5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, redirect, render_template, request, url_for

from scoring.compare import Against, against
from server.accounts import store as accounts
from server.blueprints import SIGNED_IN, Need
from server.desk import scores_drawing, scores_map
from server.desk.indicators import say
from server.desk.room import room
from server.desk.scores import _first, moved
from server.desk.scores_reading import Reading, counted_kind, kind_label, query, read, village_of
from server.desk.scores_words import sentence, share, sums, total_sum
from server.desk.sheet import anchor
from server.grants import covers
from server.problems import Problem
from server.publishing import store as publishing
from server.reviews import store as reviews
from server.reviews.models import Rating, Review
from server.submissions.models import Submission, SubmissionVersion
from server.villages import store
from server.villages.models import ScoreRow, Village


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a score comes from: who filled it in, who approved it and when, on which form."""

    submission: Submission
    version: SubmissionVersion
    form_version: str
    visit: Any
    filled_by: str
    approved: tuple[Review, str] | None
    ratings: dict[str, list[tuple[Rating, str]]]


@room.on("GET HEAD", "/villages/<code>", SIGNED_IN)
def village_door(code: str) -> Response:
    """The short address of a village's page."""
    return redirect(url_for("desk.scores_village", project=_first(), code=code, **request.args.to_dict()))  # type: ignore[arg-type, return-value]


@room.on("GET HEAD", "/<int:project>/villages/<code>", Need("score.read"))
def scores_village(project: int, code: str) -> str:
    """One village in one period."""
    reading = read(project)
    if reading is None:
        raise Problem("404.1")
    village = village_of(reading, code)
    row = reading.rows.get(code)
    rows = store.history(reading.row.id, code)
    shared: dict[str, Any] = {
        "reading": reading, "village": village, "row": row, "sent": _sent(reading, village), "at": datetime.now(UTC), "query": query, "say": say, "share": share,
        "look": scores_map.look_of(row, reading.bands), "rows": rows, "may_review": g.caller.may("submission.review", project),
        "kind_label": kind_label, "counted_kind": counted_kind,
        "periods": sorted({*reading.periods, *(one.period for one in rows)}, reverse=True)}
    if row is None:
        return render_template("scores/not_assessed.html", **shared)
    g.section = "desk.scores"
    move = moved(row, reading.before.get(code))
    shared |= {"result": row.result, "origin": origin(row), "move": move, "anchor": anchor, "sums": sums,
               "sentence": sentence(village, row, move, reading.label(reading.period_before))}
    if row.kind == "readiness":
        return render_template("scores/readiness.html", **shared)
    strong, weak = compared(reading, village, row)
    return render_template(
        "scores/village.html", strong=strong, weak=weak, ruler=scores_drawing.ruler(row, reading.bands), total_sum=total_sum(row.result),
        trend=scores_drawing.trend(rows, reading), by_code=by_code(row), **shared)


def _sent(reading: Reading, village: Village) -> list[tuple[Submission, str]]:
    """What was sent of this village in the period, with the senders' names."""
    return [(one, accounts.name_of(one.submitter_id)) for one in store.sent_in(reading.row.id, village.code, reading.period)]


def origin(row: ScoreRow) -> Origin:
    """The submission, people and versions behind a score."""
    submission, version, definition = store.source_of(row)
    rubric = publishing.rubric(definition)
    approvals = [(review, who) for review, who in reviews.history(submission.id)
                 if review.state == "approved" and review.version_id == version.id]
    ratings: dict[str, list[tuple[Rating, str]]] = {}
    for rating, who in reviews.all_ratings(submission.id):
        if rating.version_id == version.id:
            ratings.setdefault(rating.indicator, []).append((rating, who))
    return Origin(submission, version, definition.version, store.visit_date(version, rubric) if rubric else version.created_at,
                  accounts.name_of(version.submitter_id), approvals[0] if approvals else None, ratings)


def by_code(row: ScoreRow) -> dict[str, dict[str, Any]]:
    """The indicators of a stored score by code."""
    return {one["code"]: one for dimension in row.result["dimensions"] for one in dimension["indicators"]}


def compared(reading: Reading, village: Village, row: ScoreRow) -> tuple[list[Against], list[Against]]:
    """The five strongest and weakest indicators against the sub-district's median, as far as the reader sees it."""
    areas = reading.areas if not covers(reading.areas, village.subdistrict_code) else (village.subdistrict_code,)
    near = {other.code for other in reading.known if other.subdistrict_code == village.subdistrict_code}
    scored = [one for one in store.scores(reading.project.id, reading.period, areas, reading.row.id)
              if one.kind == "score" and one.village_code in near]
    return against(_values(row), [_values(one) for one in scored])


def _values(row: ScoreRow) -> dict[str, float]:
    return {code: one["value"] for code, one in by_code(row).items()
            if one["value"] is not None and one["state"] in ("answered", "notAsked")}
