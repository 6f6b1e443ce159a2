"""Review states and comments of the API, as views of the append-only reviews (PROTOCOL §3, DESIGN §4.4)."""

from __future__ import annotations

from typing import Any

from flask import g

from server.accounts import store as accounts
from server.blueprints import Need, Room
from server.lists import Page, extended, part
from server.reviews import store
from server.reviews.schemas import CommentExtended, CommentShown, NewComment, Verdict
from server.submissions import store as submissions
from server.submissions.record_views import shown
from server.submissions.room import ONE, record
from server.submissions.schemas import SubmissionShown

room = Room("reviews", __name__, face="json", url_prefix="/v1")
READ, UPDATE = Need("submission.read"), Need("submission.update")
_PLAIN, _EXTENDED = CommentShown(), CommentExtended()


@room.on("PATCH", ONE, UPDATE, body=Verdict, answers=SubmissionShown, problems="409.30 409.31")
def review(project: int, form: str, instance: str, body: dict[str, Any]) -> dict[str, Any]:
    """Set the review state of a submission. The API's clients show no page, so no earlier decision can be overlooked."""
    _, found = record(project, form, instance, "submission.update")
    store.decide(found, submissions.current(found.id).id, body["review_state"], body["reason"], g.caller.actor_id, store.ANY,
                 reasons=False)
    return shown(submissions.describe(found))


@room.on("GET HEAD", f"{ONE}/comments", READ, query=Page, answers=[CommentShown])
def comments(project: int, form: str, instance: str, query: dict[str, Any]) -> list[dict[str, Any]]:
    """The comments on a submission, newest first."""
    _, found = record(project, form, instance)
    entries = store.comments(found.id)[::-1]
    return [_comment(entry.comment) for entry in part(entries, query)]


@room.on("POST", f"{ONE}/comments", UPDATE, body=NewComment, answers=CommentShown)
def comment(project: int, form: str, instance: str, body: dict[str, Any]) -> dict[str, Any]:
    """Comment on a submission, or with `path` on one question of it."""
    _, found = record(project, form, instance, "submission.update")
    return _comment(store.add_comment(found, submissions.current(found.id).id, body["path"], body["body"], g.caller.actor_id))


def _comment(found: Any) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in ("body", "actor_id", "created_at", "path", "version_id")}
    if not extended():
        return dict(_PLAIN.dump(told))
    return dict(_EXTENDED.dump({**told, "actor": accounts.actor(found.actor_id) if found.actor_id else None}))
