"""Gather what the answers alone do not tell, and keep the result beside the submission (EXPECTATIONS S1)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from forms.answers import Answers
from server.db import db, transaction
from server.desk import signals
from server.desk.signals import Signal
from server.publishing import store as publishing
from server.publishing.models import FormVersion
from server.reviews import store as reviews
from server.submissions import store as submissions
from server.submissions.models import Submission, SubmissionVersion
from server.villages import store as villages

LONGEST = 1.0  # seconds that a page waits for it
AT_ONCE = 20
CLOCK_SLACK = timedelta(hours=12)
LEAP = 30.0


def refresh(project_id: int) -> None:
    """Weigh what came since a queue was last shown; most calls write nothing.

    A few at a time, so that phones which send meanwhile need not wait, and only so long: what is left is weighed next time.
    """
    until = time.monotonic() + LONGEST
    while time.monotonic() < until and reviews.any_unweighed(project_id):
        db.session.rollback()  # a reading transaction cannot become a writing one
        with transaction(write=True):
            taken = reviews.take_unweighed(project_id, AT_ONCE)
            for submission, version in taken:
                weigh(submission, version)
        if not taken:
            return  # somebody else is at it


def weigh(submission: Submission, version: SubmissionVersion) -> None:
    """Find the signals of one version and write them; others that share a photo with it will be weighed again."""
    found, shared = gather(submission, version)
    reviews.forget(other for other in shared)
    reviews.keep(submission.id, version.id, signals.weight(found), found)


def gather(submission: Submission, version: SubmissionVersion) -> tuple[list[Signal], list[int]]:
    """The signals of a version, loudest first, and the ids of submissions of which it newly shares a photo."""
    definition = db.session.get(FormVersion, version.form_version_id)
    assert definition is not None
    form = publishing.definition(definition)
    found = signals.of_answers(version.answers, form, version.disagreements)
    photos, shared = _photos(submission, version)
    found += photos + _place(submission, form, version.answers) + _files(version) + _clock(version, form)
    found += _score(submission, version, definition)
    return sorted(found, key=lambda signal: -signals.weight([signal])), shared


def _photos(submission: Submission, version: SubmissionVersion) -> tuple[list[Signal], list[int]]:
    uses = reviews.photo_used_by(version.id, submission.id)
    if not uses:
        return [], []
    # The other village's name is not kept here: whether a reader may see it depends on the reader's area.
    signal: Signal = {"code": "photoElsewhere", "count": len({name for name, _, _ in uses}),
                      "areas": sorted({other.area for _, _, other in uses}), "files": sorted({name for name, _, _ in uses})}
    known = {other.id: reviews.risk_of(other.id, submissions.current(other.id).id) for _, _, other in uses}
    return [signal], [other for other, risk in known.items()
                      if risk is not None and not any(one["code"] == "photoElsewhere" for one in risk.signals)]


def _place(submission: Submission, form: Any, answers: Answers) -> list[Signal]:
    where = point_of(form, answers)
    if where is None:
        return [{"code": "noPlace"}] if place_path(form) else []
    lat, lon, accuracy = where
    found: list[Signal] = []
    village = villages.find(submission.area)
    if village is not None:
        metres, far = villages.away_m(village, lat, lon)
        found += [{"code": "farAway", "metres": round(metres)}] if far else []
    if accuracy is not None and accuracy > signals.INACCURATE_M:
        found.append({"code": "inaccurate", "metres": round(accuracy)})
    return found


def place_path(form: Any) -> str | None:
    """The first question of a form that asks for a place, outside repeats."""
    return next((found.path for found in form.by_path.values() if found.type == "geopoint" and found.control
                 and not any(found.path.startswith(repeat + "/") for repeat in form.repeats)), None)


def point_of(form: Any, answers: Answers) -> tuple[float, float, float | None] | None:
    """Latitude, longitude and accuracy (m) of the place that was recorded."""
    path = place_path(form)
    parts = answers.get(path, "").split() if path else []
    try:
        return float(parts[0]), float(parts[1]), float(parts[3]) if len(parts) > 3 else None
    except (ValueError, IndexError):
        return None


def _files(version: SubmissionVersion) -> list[Signal]:
    missing = sum(slot.sha256 is None for slot in submissions.attachments(version.id))
    return [{"code": "filesMissing", "count": missing}] if missing else []


def _clock(version: SubmissionVersion, form: Any) -> list[Signal]:
    _, end = signals.claimed(version.answers, form)
    return [{"code": "clock"}] if end is not None and end - version.created_at > CLOCK_SLACK else []


def _score(submission: Submission, version: SubmissionVersion, definition: FormVersion) -> list[Signal]:
    rubric = publishing.rubric(definition)
    if rubric is None:
        return []
    result = villages.compute(submission.id, version, rubric)
    bare = sum(indicator["state"] == "answered" and bool(indicator["evidence"]["required"]) and not indicator["evidence"]["present"]
               and (indicator.get("uncapped") or 0) > (indicator["value"] or 0)
               for dimension in result["dimensions"] for indicator in dimension["indicators"])
    found: list[Signal] = [{"code": "noEvidence", "count": bare}] if bare else []
    earlier = [row.total for row in villages.history(submission.form_id, submission.area)
               if row.period < submission.period and row.total is not None]
    if earlier and result["total"] is not None and abs(result["total"] - earlier[-1]) > LEAP:
        found.append({"code": "leap", "change": round(result["total"] - earlier[-1])})
    return found
