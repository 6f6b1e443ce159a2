"""The history of a submission on one line: versions, decisions, comments, ratings (EXPECTATIONS S6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from server.accounts import store as accounts
from server.desk import sheet, words
from server.desk.indicators import label_of
from server.desk.opening import Opened
from server.reviews import store as reviews


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened: `colour` is a review state or "", `version` links to the version it is about."""

    at: datetime
    who: str
    what: str
    text: str = ""
    colour: str = ""
    version: int | None = None


def entries(found: Opened) -> list[Entry]:
    """Everything that happened to a submission, newest first."""
    gathered = _versions(found) + _decisions(found) + _remarks(found) + _ratings(found)
    return sorted(gathered, key=lambda entry: entry.at, reverse=True)


def _versions(found: Opened) -> list[Entry]:
    oldest = found.versions[-1].id
    return [Entry(version.created_at, accounts.name_of(version.submitter_id),
                  _("Received") if version.id == oldest else _("Resent after correction"),
                  colour="" if version.id == oldest else "edited", version=version.id) for version in found.versions]


def _decisions(found: Opened) -> list[Entry]:
    words_of = {"approved": _("Approved"), "hasIssues": _("Sent back for correction"), "rejected": _("Rejected"),
                "edited": _("Marked as edited"), None: _("Decision taken back")}
    return [Entry(review.created_at, who, words_of.get(review.state, str(review.state)), review.reason, review.state or "")
            for review, who in reviews.history(found.submission.id) if review.reason or review.state != "edited"]


def _remarks(found: Opened) -> list[Entry]:
    source = sheet.Source(found.form, found.version.answers, words.language())
    return [Entry(entry.comment.created_at, entry.author,
                  _("Comment on: %(question)s", question=sheet.question(source, entry.comment.path)) if entry.comment.path else _("Comment"),
                  entry.comment.body) for entry in reviews.comments(found.submission.id)]


def _ratings(found: Opened) -> list[Entry]:
    made = []
    for rating, who in reviews.all_ratings(found.submission.id):
        name = label_of(found, rating.indicator)
        if rating.evidence_rejected:
            what = _("Evidence of %(indicator)s rejected", indicator=name)
        elif rating.value is None:
            what = _("Rating of %(indicator)s taken back", indicator=name)
        else:
            what = _("%(indicator)s rated %(value)s", indicator=name, value=words.number(rating.value))
        made.append(Entry(rating.created_at, who, what, rating.reason))
    return made
