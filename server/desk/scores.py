"""The kabupaten's page: five figures, the map, the table of all villages, its print and its CSV (DOMAIN §5.4)."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from scoring.compare import Move, move
from scoring.overview import Overview, overview
from server.accounts import store as accounts
from server.blueprints import SIGNED_IN, Need
from server.desk import scores_map, words
from server.desk.indicators import say
from server.desk.room import room
from server.desk.scores_map import Look
from server.desk.scores_reading import Reading, query, read, seen
from server.desk.scores_words import lacking, reading_of, share
from server.problems import Problem
from server.projects import store as projects
from server.villages import store
from server.villages.models import ScoreRow, Village
from server.villages.store import Brief

SORTS = ("kecamatan", "desa", "kelas", "skor", "perubahan", "kelengkapan")


@dataclass(frozen=True, slots=True)
class Line:
    """One village of the table."""

    village: Village
    brief: Brief | None
    look: Look
    moved: Move | None
    waiting: int

    @property
    def row(self) -> ScoreRow | None:
        return self.brief.row if self.brief else None


@room.on("GET HEAD", "/scores", SIGNED_IN)
def scores_door() -> Response:
    """The short address: the scores of the only (or first) project."""
    return redirect(url_for("desk.scores", project=_first(), **request.args.to_dict()))  # type: ignore[arg-type, return-value]


def _first() -> int:
    """The first project in which the caller may read scores, or 404.1."""
    found = projects.listing(g.caller.projects("score.read"))
    if not found:
        raise Problem("404.1")
    return found[0].id


@room.on("GET HEAD", "/<int:project>/scores", Need("score.read"))
def scores(project: int) -> str:
    """All villages of the reader's areas in one period."""
    reading = read(project)
    if reading is None or not reading.known:
        return render_template("scores/none.html", reading=reading)
    by = request.args.get("urut", "kecamatan")
    outlines = request.args.get("peta") == "batas" and scores_map.has_outlines(reading)
    return render_template(
        "scores/overview.html", reading=reading, figures=reading.overview, lines=_sorted(lines(reading), by), by=by, say=say,
        map=scores_map.draw(reading, outlines), legend=scores_map.legend(reading.bands), outlines=scores_map.has_outlines(reading),
        backlog=_backlog(reading), query=query, at=datetime.now(UTC), share=share, lacking=lacking, before=_before(reading), names=accounts.name_of,
        may_lock=g.caller.may("period.lock", project), may_review=g.caller.may("submission.review", project))


def lines(reading: Reading) -> list[Line]:
    """The table's lines, by code."""
    waiting = store.waiting_by_village(reading.row.id, reading.period, reading.areas)
    return [Line(village, reading.briefs.get(village.code), scores_map.look_of(row := reading.rows.get(village.code), reading.bands),
                 moved(row, reading.before.get(village.code)), waiting.get(village.code, 0)) for village in reading.villages]


def moved(row: ScoreRow | None, before: ScoreRow | None) -> Move | None:
    """The move since the period before; None where there is nothing to compare."""
    now, then = reading_of(row), reading_of(before)
    return move(now, then) if now and then else None


def _sorted(found: list[Line], by: str) -> list[Line]:
    keys: dict[str, Any] = {
        "desa": lambda line: line.village.name.casefold(),
        "kelas": lambda line: (line.row is None, line.row is not None and line.row.kind == "readiness", -(_total(line) or 0.0)),
        "skor": lambda line: (_total(line) is None, -(_total(line) or 0.0)),
        "perubahan": lambda line: -line.moved.points if line.moved else 1000.0,
        "kelengkapan": lambda line: line.row.completeness if line.row and line.row.completeness is not None else 2.0,
    }
    plain = sorted(found, key=lambda line: (line.village.subdistrict, line.village.name))
    return sorted(plain, key=keys[by]) if by in keys else plain


def _total(line: Line) -> float | None:
    return line.row.total if line.row and line.row.kind == "score" else None


def _backlog(reading: Reading) -> dict[str, int]:
    """What is not decided or not corrected yet."""
    found = store.backlog(reading.project.id, reading.period, reading.narrowed)
    return {"waiting": found.get(None, 0) + found.get("edited", 0), "returned": found.get("hasIssues", 0)}


def _before(reading: Reading) -> Overview | None:
    """The figures of the period before, for what moved."""
    if not reading.before:
        return None
    return overview([seen(village.code, reading.before.get(village.code)) for village in reading.villages],
                    [band.code for band in reading.bands])


@room.on("GET HEAD", "/<int:project>/scores.csv", Need("score.read"))
def scores_csv(project: int) -> Response:
    """The table as CSV: semicolons and decimal commas in Indonesian, as its readers' spreadsheets expect."""
    reading = read(project)
    if reading is None:
        raise Problem("404.1")
    semicolon = words.language() == "id"
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=";" if semicolon else ",", lineterminator="\r\n")
    writer.writerow([_("Code"), _("Sub-district"), _("Village"), _("Period"), _("State"), _("Class"), _("Provisional"), _("Score"),
                     _("Lower bound"), _("Upper bound"), _("Readiness"), _("Completeness (%)"), _("Change since the period before"),
                     _("Waiting for review"), _("Method"), _("Form version"), _("Taken at")])
    at = words.moment(datetime.now(UTC), "y-MM-dd HH.mm")
    versions = store.form_versions(reading.row.id)
    for line in lines(reading):
        writer.writerow([_cell(value, semicolon) for value in _csv_line(line, reading, versions, at)])
    response = Response("﻿" + kept.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="skor-{reading.period or "kosong"}.csv"'
    return response


def _csv_line(line: Line, reading: Reading, versions: dict[int, str], at: str) -> list[Any]:
    brief, row, village = line.brief, line.row, line.village
    head = [village.code, village.subdistrict, village.name, reading.period]
    if brief is None or row is None:
        return [*head, line.look.label, *[""] * 8, line.waiting, "", "", at]
    return [*head, _("Readiness") if row.kind == "readiness" else _("Scored") if row.total is not None else _("Not enough data"),
            say(brief.standard["label"]) if brief.standard else "", _("yes") if row.provisional else _("no"), row.total, row.lower,
            row.upper, brief.readiness, round(100 * (row.completeness or 0), 2), line.moved.points if line.moved else None,
            line.waiting, f"{brief.method['id']} {brief.method['version']}", versions.get(row.form_version_id, ""), at]


def _cell(value: Any, semicolon: bool) -> str:
    """A cell as text; nothing that a spreadsheet would take for a formula."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.2f}".replace(".", ",") if semicolon else f"{value:.2f}"
    text = str(value)
    return "'" + text if text[:1] in "=+-@\t\r" and not text.lstrip("+-").replace(".", "").isdigit() else text


@room.on("GET HEAD", "/<int:project>/scores/lock", Need("period.lock"))
def scores_lock_form(project: int) -> str:
    """Ask for the reason before a period is locked or opened."""
    return _lock_page(project)


def _lock_page(project: int, missing: bool = False) -> str:
    reading = read(project)
    if reading is None or not reading.period:
        raise Problem("404.1")
    g.section = "desk.scores"
    return render_template("scores/lock.html", reading=reading, missing=missing, query=query, backlog=_backlog(reading),
                           names=accounts.name_of)


@room.on("POST", "/<int:project>/scores/lock", Need("period.lock"))
def scores_lock(project: int) -> Response | str:
    """Lock the period, or open it again; both say why."""
    reading, reason = read(project), request.form.get("reason", "").strip()
    if reading is None or reading.period not in reading.periods:
        raise Problem("404.1")
    locked = request.form.get("locked") == "1"
    if not reason:
        return _lock_page(project, missing=True)
    store.set_lock(project, reading.period, locked, g.caller.actor_id, reason)
    return redirect(url_for("desk.scores", project=project, **query(reading)), 303)  # type: ignore[return-value]
