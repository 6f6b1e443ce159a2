"""JSON of submissions, their versions and files (PROTOCOL §3 "Submission")."""

from __future__ import annotations

from marshmallow import fields

from server.accounts.schemas import ActorShown
from server.lists import Page
from server.schemas import Flag, Moment, Wire


class AttachmentShown(Wire):
    """A file that the XML names."""

    name = fields.String()
    exists = fields.Boolean()


class VersionShown(Wire):
    """One version of a submission."""

    instance_id = fields.String()
    instance_name = fields.String(allow_none=True)
    current = fields.Boolean()
    submitter_id = fields.Integer(allow_none=True)
    device_id = fields.String(allow_none=True)
    user_agent = fields.String(allow_none=True)
    created_at = Moment()


class VersionExtended(VersionShown):
    """… and who sent it."""

    submitter = fields.Nested(ActorShown, allow_none=True)


class SubmissionShown(Wire):
    """A submission; `instance_id` stays the first one for good."""

    instance_id = fields.String()
    submitter_id = fields.Integer(allow_none=True)
    device_id = fields.String(allow_none=True)
    user_agent = fields.String(allow_none=True)
    created_at = Moment()
    updated_at = Moment(allow_none=True)
    review_state = fields.String(allow_none=True)
    deleted_at = Moment(allow_none=True)
    current_version = fields.Nested(VersionShown)


class SubmissionExtended(SubmissionShown):
    """… and who sent it."""

    submitter = fields.Nested(ActorShown, allow_none=True)


class Key(Wire):
    """The key of an encrypted submission; this server has none."""


class Listing(Page):
    """Which submissions."""

    deleted = Flag(load_default=False)


class Sending(Wire):
    """`?deviceID=` of a submission that is created here."""

    device_id = fields.String(data_key="deviceID", load_default=None)
