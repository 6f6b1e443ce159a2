"""Statements on villages, periods and scores; the score follows every change of a submission (DESIGN §4.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, delete, false, func, or_, select
from sqlalchemy.orm import defer

from scoring.model import Rubric
from scoring.score import Rating, score, to_json
from server import events
from server.db import db, now
from server.dear import dear
from server.problems import Problem
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.reviews import store as reviews
from server.submissions import store as submissions
from server.submissions.models import Submission, SubmissionVersion
from server.villages import importing, list_store, place
from server.villages.models import Period, ScoreRow, Village

# Villages


def everything() -> list[Village]:
    """All villages, by code."""
    return list(db.session.scalars(select(Village).order_by(Village.code)))


def inside(areas: Iterable[str]) -> list[Village]:
    """Villages under these area codes, by code: () none, ("",) all."""
    return list(db.session.scalars(_narrow(select(Village), Village.code, areas).order_by(Village.code)))


def find(code: str) -> Village | None:
    return db.session.get(Village, code)


def codes() -> list[str]:
    """All village codes."""
    return list(db.session.scalars(select(Village.code)))


def _narrow(statement: Select[Any], column: Any, areas: Iterable[str]) -> Select[Any]:
    areas = tuple(areas)
    if "" in areas:
        return statement
    return statement.where(or_(false(), *(or_(column == area, column.startswith(area + ".", autoescape=True)) for area in areas)))


def import_csv(data: bytes, actor_id: int | None = None) -> tuple[int, int]:
    """Add and update villages from a CSV file; returns how many were new and how many were known."""
    rows = importing.read_csv(data)
    known = {village.code: village for village in everything()}
    for row in rows:
        village = known.get(row.code) or Village(code=row.code)
        village.name, village.subdistrict, village.subdistrict_code = row.name, row.subdistrict, row.subdistrict_code
        village.lon, village.lat = row.lon, row.lat
        db.session.add(village)
    added = sum(row.code not in known for row in rows)
    db.session.flush()
    events.record("village.import", actor_id=actor_id, details={"added": added, "known": len(rows) - added})
    list_store.imported()
    return added, len(rows) - added


def import_geojson(data: bytes, actor_id: int | None = None) -> int:
    """Set the outlines of known villages; returns how many. Raises BadList for a code that is not known."""
    outlines = importing.read_geojson(data)
    known = {village.code: village for village in everything()}
    for code, outline in outlines.items():
        if code not in known:
            raise importing.BadList(f"The village {code} is not known; import the list of villages first.")
        known[code].outline = outline
    db.session.flush()
    events.record("village.outlines", actor_id=actor_id, details={"count": len(outlines)})
    return len(outlines)


def away_m(village: Village, lat: float, lon: float) -> tuple[float, bool]:
    """Metres from a point to the village, and whether that is worth a warning (DOMAIN §5.1).

    With an outline: metres outside it, too far above 500 m. Without: metres to its point, too far beyond the
    distance to the nearest neighbour's point.
    """
    if village.outline:
        metres = place.outside_m(lat, lon, village.outline)
        return metres, metres > 500
    if village.lat is None or village.lon is None:
        return 0.0, False
    others = db.session.execute(select(Village.lat, Village.lon).where(Village.lat.is_not(None), Village.code != village.code))
    width = place.spread_m((village.lat, village.lon), [(row[0], row[1]) for row in others])
    metres = place.distance_m(village.lat, village.lon, lat, lon)
    return metres, metres > max(width, 1000.0)


# Periods


def period(project_id: int, code: str) -> Period | None:
    return db.session.scalar(select(Period).where(Period.project_id == project_id, Period.code == code))


def locked_since(project_id: int, code: str) -> datetime | None:
    """When a period was locked; None while it is open."""
    found = period(project_id, code)
    return found.locked_at if found else None


def set_lock(project_id: int, code: str, locked: bool, actor_id: int | None, reason: str) -> Period:
    """Lock a period, so that its scores stay as published, or open it again; a reason is compulsory for the latter."""
    if not locked and not reason.strip():
        raise Problem("400.2", field="reason")
    found = period(project_id, code)
    if found is None:
        found = Period(project_id=project_id, code=code)
        db.session.add(found)
    found.locked_at, found.locked_by, found.reason = (now() if locked else None), actor_id, reason.strip()[:500]
    db.session.flush()
    events.record("period.lock" if locked else "period.unlock", project_id=project_id, actor_id=actor_id, subject=code,
                  details={"reason": found.reason})
    if not locked:
        _rescore_period(project_id, code)
    return found


def periods(project_id: int) -> list[str]:
    """Periods in which something was sent or scored, newest first; a new one may be some seconds late where a million were sent."""
    def sent() -> list[str]:
        forms = list(db.session.scalars(select(FormRow.id).where(FormRow.project_id == project_id)))
        return list(db.session.scalars(select(Submission.period).distinct().where(
            Submission.form_id.in_(forms), Submission.period != "", Submission.trial.is_(False), Submission.deleted_at.is_(None))))

    scored = db.session.scalars(select(ScoreRow.period).distinct().where(ScoreRow.project_id == project_id))
    return sorted({*dear(("periods", project_id), sent), *scored}, reverse=True)


# Scores


def scores(project_id: int, period_code: str, areas: Iterable[str], form_id: int | None = None) -> list[ScoreRow]:
    """Scores of a period, by village code."""
    wanted = select(ScoreRow).where(ScoreRow.project_id == project_id, ScoreRow.period == period_code)
    if form_id is not None:
        wanted = wanted.where(ScoreRow.form_id == form_id)
    return list(db.session.scalars(_narrow(wanted, ScoreRow.village_code, areas).order_by(ScoreRow.village_code)))


def told(project_id: int, period_code: str, areas: Iterable[str]) -> list[tuple[ScoreRow, str, str, str]]:
    """Scores of a period with form id, form version and first instance id, by village code."""
    wanted = (select(ScoreRow, FormRow.xml_form_id, FormVersion.version, Submission.instance_id)
              .join(FormRow, FormRow.id == ScoreRow.form_id).join(FormVersion, FormVersion.id == ScoreRow.form_version_id)
              .join(Submission, Submission.id == ScoreRow.submission_id)
              .where(ScoreRow.project_id == project_id, ScoreRow.period == period_code, FormRow.deleted_at.is_(None)))
    rows = db.session.execute(_narrow(wanted, ScoreRow.village_code, areas).order_by(ScoreRow.village_code, ScoreRow.form_id))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


BRIEF = ("class", "readiness", "rubric")  # of a record, in a column of their own


@dataclass(frozen=True, slots=True)
class Brief:
    """A score as lists show it: its row without the record, and of the record only what a line of a list needs."""

    row: ScoreRow
    standard: dict[str, Any] | None  # the record's "class"
    readiness: float | None
    method: dict[str, Any]  # the record's "rubric"


def briefs(project_id: int, period_code: str, areas: Iterable[str], form_id: int) -> list[Brief]:
    """Scores of a period by village code. Records weigh tens of kilobytes each, so they stay in the database."""
    wanted = select(ScoreRow).options(defer(ScoreRow.result)).where(
        ScoreRow.project_id == project_id, ScoreRow.period == period_code, ScoreRow.form_id == form_id)
    rows = db.session.scalars(_narrow(wanted, ScoreRow.village_code, areas).order_by(ScoreRow.village_code))
    return [Brief(row, *(row.brief[name] for name in BRIEF)) for row in rows]


def history(form_id: int, village_code: str) -> list[ScoreRow]:
    """All scores of one village, oldest period first."""
    return list(db.session.scalars(select(ScoreRow).where(
        ScoreRow.form_id == form_id, ScoreRow.village_code == village_code).order_by(ScoreRow.period)))


def score_of(form_id: int, village_code: str, period_code: str) -> ScoreRow | None:
    return db.session.scalar(select(ScoreRow).where(
        ScoreRow.form_id == form_id, ScoreRow.village_code == village_code, ScoreRow.period == period_code))


def backlog(project_id: int, period_code: str, areas: Iterable[str]) -> dict[str | None, int]:
    """How many submissions of a period are in each review state."""
    wanted = select(Submission.review_state, func.count()).join(FormRow, FormRow.id == Submission.form_id).where(
        FormRow.project_id == project_id, Submission.period == period_code, Submission.trial.is_(False),
        Submission.deleted_at.is_(None))
    rows = db.session.execute(submissions.in_areas(wanted, areas).group_by(Submission.review_state))
    return {row[0]: row[1] for row in rows}


def sent_in(form_id: int, village_code: str, period_code: str) -> list[Submission]:
    """All living submissions of one village and period, newest first."""
    return list(db.session.scalars(select(Submission).where(
        Submission.form_id == form_id, Submission.area == village_code, Submission.period == period_code,
        Submission.trial.is_(False), Submission.deleted_at.is_(None)).order_by(Submission.created_at.desc(), Submission.id.desc())))


def waiting_by_village(form_id: int, period_code: str, areas: Iterable[str]) -> dict[str, int]:
    """How many submissions of each village nobody has decided on yet."""
    wanted = select(Submission.area, func.count()).where(
        Submission.form_id == form_id, Submission.period == period_code, Submission.trial.is_(False), Submission.deleted_at.is_(None),
        or_(Submission.review_state.is_(None), Submission.review_state == "edited"))
    return {row[0]: row[1] for row in db.session.execute(submissions.in_areas(wanted, areas).group_by(Submission.area))}


def source_of(row: ScoreRow) -> tuple[Submission, SubmissionVersion, FormVersion]:
    """What a score was computed from: the submission, its version, the form version that reads it."""
    submission, version = db.session.get(Submission, row.submission_id), db.session.get(SubmissionVersion, row.version_id)
    definition = db.session.get(FormVersion, row.form_version_id)
    assert submission is not None and version is not None and definition is not None
    return submission, version, definition


def form_versions(form_id: int) -> dict[int, str]:
    """The version texts of a form, by number."""
    return {row[0]: row[1] for row in db.session.execute(select(FormVersion.id, FormVersion.version).where(FormVersion.form_id == form_id))}


def rescore(submission_id: int) -> None:
    """Recompute what this submission bears on: its village and period now, and where it counted before."""
    submission = submissions.get(submission_id)
    if submission is None or submission.trial:
        return
    form = db.session.get(FormRow, submission.form_id)
    assert form is not None
    touched = {(submission.area, submission.period)}
    touched |= {(row.village_code, row.period) for row in db.session.scalars(
        select(ScoreRow).where(ScoreRow.submission_id == submission_id))}
    for village_code, period_code in sorted(touched):
        if village_code and locked_since(form.project_id, period_code) is None:
            _rescore(form, village_code, period_code)


def _rescore_period(project_id: int, period_code: str) -> None:
    """Recompute all villages of a period that was opened again."""
    wanted = select(FormRow, Submission.area).distinct().join(Submission, Submission.form_id == FormRow.id).where(
        FormRow.project_id == project_id, Submission.period == period_code, Submission.area != "")
    for form, area in db.session.execute(wanted).all():
        _rescore(form, area, period_code)


def _rescore(form: FormRow, village_code: str, period_code: str) -> None:
    """Write the score of one village and period from the submission that counts, or remove it if none does."""
    before = score_of(form.id, village_code, period_code)
    counted = _counted(form, village_code, period_code)
    if counted is None:
        if before is not None:
            db.session.execute(delete(ScoreRow).where(ScoreRow.id == before.id))
            _note(form, village_code, period_code, before.total, None)
        return
    submission, version, definition, rubric = counted
    result = compute(submission.id, version, rubric)
    row = before or ScoreRow(project_id=form.project_id, form_id=form.id, village_code=village_code, period=period_code)
    earlier = before.total if before else None
    row.submission_id, row.version_id, row.form_version_id = submission.id, version.id, definition.id
    row.kind, row.status, row.formed = result["kind"], result["status"], result["formed"]
    row.total, row.lower, row.upper = result["total"], result["lower"], result["upper"]
    row.completeness, row.result, row.computed_at = result["completeness"], result, now()
    row.brief = {name: result[name] for name in BRIEF}
    row.class_code = result["class"]["code"] if result["class"] else None
    row.provisional = bool(result["class"] and result["class"]["provisional"])
    db.session.add(row)
    db.session.flush()
    _note(form, village_code, period_code, earlier, row.total)


def _note(form: FormRow, village_code: str, period_code: str, before: float | None, after: float | None) -> None:
    events.record("score.update", project_id=form.project_id, subject=village_code,
                  details={"xmlFormId": form.xml_form_id, "period": period_code, "before": before, "after": after})
    list_store.scored(form.project_id, village_code)


def _counted(form: FormRow, village_code: str, period_code: str
             ) -> tuple[Submission, SubmissionVersion, FormVersion, Rubric] | None:
    """The newest approved submission of the kind that counts (DOMAIN §5.4 "Which submission counts")."""
    rows = db.session.execute(
        select(Submission, SubmissionVersion, FormVersion)
        .join(SubmissionVersion, SubmissionVersion.submission_id == Submission.id)
        .join(FormVersion, FormVersion.id == SubmissionVersion.form_version_id)
        .where(Submission.form_id == form.id, Submission.area == village_code, Submission.period == period_code,
               Submission.trial.is_(False), Submission.deleted_at.is_(None), Submission.review_state == "approved",
               SubmissionVersion.current)
        .order_by(Submission.created_at.desc(), Submission.id.desc()))
    for submission, version, definition in rows:
        rubric = publishing.rubric(definition)
        counted_kind = publishing.definition(definition).settings.get("counted_kind", "")
        if rubric is not None and counted_kind in ("", submission.kind):
            return submission, version, definition, rubric
    return None


def compute(submission_id: int, version: SubmissionVersion, rubric: Rubric) -> dict[str, Any]:
    """The score of one version with all ratings given to its submission, as it is stored."""
    given = reviews.ratings(submission_id)
    ratings = [Rating(row.indicator, row.value, str(row.actor_id)) for row in given if row.value is not None]
    files = {slot.name for slot in submissions.attachments(version.id) if slot.sha256}
    on = visit_date(version, rubric)
    result = to_json(score(version.answers, rubric, on=on, ratings=ratings, files=files))
    refused = {row.indicator for row in given if row.evidence_rejected}
    if refused:
        paths = {path for dimension in result["dimensions"] for indicator in dimension["indicators"]
                 if indicator["code"] in refused for path in indicator["evidence"]["paths"]}
        result = to_json(score(version.answers, rubric, on=on, ratings=ratings, files=files, rejected_evidence=paths))
    return result


def visit_date(version: SubmissionVersion, rubric: Rubric) -> date:
    """The day of the visit as answered; without an answer, the day of arrival."""
    answered = version.answers.get(rubric.scale.visit_date.path, "") if rubric.scale.visit_date else ""
    try:
        return date.fromisoformat(answered[:10])
    except ValueError:
        return version.created_at.date()
