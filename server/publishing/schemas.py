"""JSON of forms, their fields and files (PROTOCOL §3 "Form")."""

from __future__ import annotations

from marshmallow import fields, validate

from server.accounts.schemas import ActorShown
from server.lists import Page
from server.schemas import Flag, Moment, Wire

STATES = ("open", "closing", "closed")


class FormShown(Wire):
    """A form with one of its versions."""

    project_id = fields.Integer()
    xml_form_id = fields.String()
    state = fields.String()
    enketo_id = fields.Constant(None)
    enketo_once_id = fields.Constant(None)
    created_at = Moment()
    updated_at = Moment(allow_none=True)
    key_id = fields.Constant(None)
    version = fields.String()
    hash = fields.String()
    sha = fields.String()
    sha256 = fields.String()
    draft_token = fields.String(allow_none=True)
    published_at = Moment(allow_none=True)
    name = fields.String()


class DeletedForm(FormShown):
    """A form in the trash: restored by its number, since its id may be in use again."""

    id = fields.Integer()
    deleted_at = Moment(allow_none=True)


class ReviewStates(Wire):
    """How many submissions wait in each state."""

    received = fields.Integer()
    has_issues = fields.Integer()
    edited = fields.Integer()


class FormExtended(FormShown):
    """With what costs more to find out."""

    submissions = fields.Integer()
    review_states = fields.Nested(ReviewStates)
    last_submission = Moment(allow_none=True)
    excel_content_type = fields.String(allow_none=True)
    entity_related = fields.Boolean()
    public_links = fields.Integer()
    created_by = fields.Nested(ActorShown, allow_none=True)


class FieldShown(Wire):
    """A field, as flat lists of fields show it."""

    path = fields.String()
    name = fields.String()
    type = fields.String()
    binary = fields.Boolean(allow_none=True)
    select_multiple = fields.Boolean(allow_none=True)
    order = fields.Integer()


class AttachmentShown(Wire):
    """A file slot of a form version."""

    name = fields.String()
    type = fields.String()
    hash = fields.String(allow_none=True)
    exists = fields.Boolean()
    blob_exists = fields.Boolean()
    dataset_exists = fields.Boolean()
    updated_at = Moment(allow_none=True)


class AttachmentChange(Wire):
    """Whether the entity list of the slot's name fills it."""

    dataset = fields.Boolean(required=True)


class PropertyDiff(Wire):
    """A property of a list, as a form sees it."""

    name = fields.String()
    in_form = fields.Boolean()
    is_new = fields.Boolean()


class DatasetDiff(Wire):
    """A list that a form writes to; `isNew` only of drafts."""

    name = fields.String()
    is_new = fields.Boolean()
    properties = fields.List(fields.Nested(PropertyDiff))


class FormsWanted(Page):
    """The living forms, or those in the trash."""

    deleted = Flag(load_default=False)


class Definition(Wire):
    """How a form definition is to be taken."""

    ignore_warnings = Flag(load_default=False)
    publish = Flag(load_default=False)


class Publishing(Wire):
    """The version to write into the form; without it the one the form has."""

    version = fields.String(load_default=None)


class StateChange(Wire):
    """Whether phones list the form and whether it takes submissions; `closing` takes but is not listed."""

    state = fields.String(required=True, validate=validate.OneOf(STATES))


class FieldsWanted(Wire):
    """Names as OData can carry them, if wanted."""

    odata = Flag(load_default=False)
