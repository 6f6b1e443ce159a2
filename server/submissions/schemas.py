"""JSON of submissions, their versions and files (PROTOCOL §3 "Submission")."""

from __future__ import annotations

from marshmallow import fields, validate

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


class HeldFile(Wire):
    """A file that came with something refused."""

    name = fields.String()
    size = fields.Integer()
    sha256 = fields.String()


class HeldShown(Wire):
    """Something that was refused and is kept. `state`: waiting, arrived (the same bytes came in later), accepted, discarded.

    `code`, `reason` and `message` are those of the newest refusal, `tries` counts them all. What cannot be told from the
    XML is empty. `decision` is why it was discarded, `acceptedAs` the instanceId of the version it became.
    """

    id = fields.Integer()
    state = fields.String()
    code = fields.String()
    reason = fields.String()
    message = fields.String()
    xml_form_id = fields.String()
    form_version = fields.String()
    instance_id = fields.String()
    deprecated_id = fields.String(allow_none=True)
    instance_name = fields.String(allow_none=True)
    xml_sha256 = fields.String()
    size = fields.Integer()
    submitter_id = fields.Integer(allow_none=True)
    device_id = fields.String(allow_none=True)
    user_agent = fields.String(allow_none=True)
    tries = fields.Integer()
    created_at = Moment()
    last_seen_at = Moment()
    decided_by = fields.Integer(allow_none=True)
    decided_at = Moment(allow_none=True)
    decision = fields.String()
    accepted_as = fields.String(allow_none=True)


class HeldExtended(HeldShown):
    """… and who sent it."""

    submitter = fields.Nested(ActorShown, allow_none=True)


class HeldWhole(HeldExtended):
    """… with its files."""

    attachments = fields.List(fields.Nested(HeldFile))


class HeldListing(Page):
    """Which of them; `waiting` are those that want a decision."""

    state = fields.String(load_default="waiting", validate=validate.OneOf(("waiting", "arrived", "accepted", "discarded", "all")))


class Accepting(Wire):
    """`version`: the published form version that is to read it; null its own."""

    version = fields.String(load_default=None, allow_none=True)


class Discarding(Wire):
    """Why nobody needs it."""

    reason = fields.String(required=True)
