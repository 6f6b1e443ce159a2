"""JSON of reviews and comments (PROTOCOL §3 "Submission")."""

from __future__ import annotations

from marshmallow import fields, validate

from server.accounts.schemas import ActorShown
from server.reviews.store import STATES
from server.schemas import Moment, Wire


class Verdict(Wire):
    """`{"reviewState"}`; `reason` is ours: the protocol's clients send it as a comment, if at all."""

    review_state = fields.String(required=True, allow_none=True, validate=validate.OneOf(
        [state for state in STATES if state], error="must be null, hasIssues, edited, rejected or approved"))
    reason = fields.String(load_default="", validate=validate.Length(max=10_000))


class NewComment(Wire):
    """A comment; `path` is ours: the question it is about."""

    body = fields.String(required=True)
    path = fields.String(load_default=None, allow_none=True)


class CommentShown(Wire):
    """A comment as Central shows it."""

    body = fields.String()
    actor_id = fields.Integer(allow_none=True)
    created_at = Moment()


class CommentExtended(CommentShown):
    """… with its author, the question it is about and the version it was made on (ours)."""

    actor = fields.Nested(ActorShown, allow_none=True)
    path = fields.String(allow_none=True)
    version_id = fields.Integer()
