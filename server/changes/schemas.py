"""JSON of what a phone asks for and gets (DESIGN §4.6, §5)."""

from __future__ import annotations

from marshmallow import fields

from server.schemas import Moment, Wire


class Since(Wire):
    """`?since=` a cursor that an earlier answer gave."""

    since = fields.String(load_default="")


class Known(Wire):
    """`?xmlSha256=` of the record's XML as the caller has it, 64 hex digits."""

    xml_sha256 = fields.String(load_default="")


class Account(Wire):
    """The phone's account and its project."""

    id = fields.Integer()
    display_name = fields.String()
    project_id = fields.Integer()
    project_name = fields.String()


class FormFile(Wire):
    """A file that travels with a form; `hash` is its MD5, or for an entity list a mark that changes with its content."""

    name = fields.String()
    hash = fields.String()
    size = fields.Integer(allow_none=True)
    type = fields.String()
    download_url = fields.String()


class FormOffered(Wire):
    """A form that may be filled; fields are named by their paths."""

    xml_form_id = fields.String()
    version = fields.String()
    name = fields.String()
    hash = fields.String()
    size = fields.Integer()
    download_url = fields.String()
    attachments = fields.List(fields.Nested(FormFile))
    area_field = fields.String(allow_none=True)
    period_field = fields.String(allow_none=True)


class VillageOffered(Wire):
    """A village of the phone's area."""

    code = fields.String()
    name = fields.String()
    subdistrict = fields.String()
    subdistrict_code = fields.String()
    lat = fields.Float(allow_none=True)
    lon = fields.Float(allow_none=True)


class Remark(Wire):
    """A comment on one question (`path`) or on the whole."""

    path = fields.String(allow_none=True)
    body = fields.String()
    at = Moment()


class Kept(Wire):
    """A file as the server holds it; the hash is null while it has not arrived."""

    name = fields.String()
    sha256 = fields.String(allow_none=True)
    size = fields.Integer(allow_none=True)


class Decided(Wire):
    """A submission of the phone's on which somebody decided."""

    xml_form_id = fields.String()
    instance_id = fields.String()
    current_instance_id = fields.String()
    review_state = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)
    at = Moment(allow_none=True)


class Returned(Decided):
    """A submission that came back to be corrected; `xmlUrl` gives its answers, `xmlSha256` their hash."""

    form_version = fields.String()
    instance_name = fields.String(allow_none=True)
    village_code = fields.String(allow_none=True)
    comments = fields.List(fields.Nested(Remark))
    attachments = fields.List(fields.Nested(Kept))
    xml_url = fields.String()
    xml_sha256 = fields.String()


class Feed(Wire):
    """News for a phone; a key that is absent did not change since the cursor."""

    cursor = fields.String()
    now = Moment()
    account = fields.Nested(Account)
    forms = fields.List(fields.Nested(FormOffered))
    villages = fields.List(fields.Nested(VillageOffered))
    returned = fields.List(fields.Nested(Returned))
    decided = fields.List(fields.Nested(Decided))


class Receipt(Wire):
    """What the server holds of one submission."""

    instance_id = fields.String()
    xml_sha256 = fields.String()
    received_at = Moment()
    review_state = fields.String(allow_none=True)
    attachments = fields.List(fields.Nested(Kept))
