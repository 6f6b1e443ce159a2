"""Open one submission for a reader: what lies outside the reader's area is not there (EXPECTATIONS S7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import g

from forms import Form
from server import refusal_store
from server.db import db
from server.desk.places import Places
from server.grants import covers
from server.problems import Problem
from server.publishing import store as publishing
from server.publishing.models import FormRow, FormVersion
from server.reviews import store as reviews
from server.reviews.models import Review
from server.submissions import store as submissions
from server.submissions.models import Submission, SubmissionVersion


@dataclass(frozen=True, slots=True)
class Opened:
    """A submission, the version that is looked at, all versions newest first, and the form that reads it."""

    project: int
    row: FormRow
    submission: Submission
    version: SubmissionVersion
    versions: list[SubmissionVersion]
    definition: FormVersion
    form: Form
    places: Places
    newest: Review | None

    @property
    def earlier(self) -> SubmissionVersion | None:
        """The version before the one that is looked at."""
        older = [version for version in self.versions if version.id < self.version.id]
        return older[0] if older else None

    @property
    def seen(self) -> str:
        """What a form sends back so that a decision made meanwhile is noticed."""
        return str(self.newest.id) if self.newest else ""

    @property
    def name(self) -> str:
        """What the page calls it: its village, else the name its form gives it."""
        return self.places.name(self.submission.area) or self.submission.instance_name or self.submission.instance_id

    @property
    def decided(self) -> bool:
        return self.submission.review_state in ("approved", "hasIssues", "rejected")

    def parts(self) -> dict[str, Any]:
        """The parts of its address."""
        return {"project": self.project, "form": self.row.xml_form_id, "instance": self.submission.instance_id}


def opened(project: int, form: str, instance: str, verb: str = "submission.read", version_id: int | None = None) -> Opened:
    """The submission of an address. Raises 404.1 for one that does not exist or lies elsewhere, and logs the latter."""
    row = publishing.find_form(project, form)
    submission = submissions.find(row.id, instance) if row else None
    areas = g.caller.areas(verb, project, form)
    if row is None or submission is None:
        raise Problem("404.1")
    if not covers(areas, submission.area):
        refusal_store.outside(verb)
        raise Problem("404.1")
    versions = submissions.versions(submission.id)
    version = next((one for one in versions if (one.current if version_id is None else one.id == version_id)), None)
    definition = db.session.get(FormVersion, version.form_version_id) if version else None
    if version is None or definition is None:
        raise Problem("404.1")
    return Opened(project, row, submission, version, versions, definition, publishing.definition(definition), Places.of(areas),
                  reviews.last_review(submission.id))
