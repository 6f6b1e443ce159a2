"""JSON of projects (PROTOCOL §3 "Project")."""

from __future__ import annotations

from marshmallow import fields, validate

from server.schemas import Moment, Wire

_NAME = validate.Length(min=1, max=200)


class NewProject(Wire):
    """A project to be."""

    name = fields.String(required=True, validate=_NAME)
    description = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=10_000))


class ProjectChange(Wire):
    """What changes of a project; what is left out stays."""

    name = fields.String(validate=_NAME)
    description = fields.String(allow_none=True, validate=validate.Length(max=10_000))
    archived = fields.Boolean(allow_none=True)


class ProjectShown(Wire):
    """A project."""

    id = fields.Integer()
    name = fields.String()
    description = fields.String(allow_none=True)
    archived = fields.Boolean(allow_none=True)
    key_id = fields.Constant(None)
    created_at = Moment()
    updated_at = Moment(allow_none=True)
    deleted_at = Moment(allow_none=True)


class ProjectExtended(ProjectShown):
    """With its counts, and what the caller may do in it."""

    forms = fields.Integer()
    app_users = fields.Integer()
    datasets = fields.Integer()
    last_submission = Moment(allow_none=True)
    last_entity = Moment(allow_none=True)
    verbs = fields.List(fields.String())
