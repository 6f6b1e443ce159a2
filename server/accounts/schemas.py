"""JSON of people, phones, roles and log-ins (PROTOCOL §1, §3)."""

from __future__ import annotations

from marshmallow import fields, validate

from server.lists import Page
from server.schemas import Flag, Moment, Wire


class Login(Wire):
    """What a person logs in with; blank values are answered together as 400.3."""

    email = fields.String(load_default="")
    password = fields.String(load_default="")


class SessionShown(Wire):
    """A log-in as its owner may see it again."""

    created_at = Moment()
    expires_at = Moment()


class SessionOpened(SessionShown):
    """A new log-in with its secrets, shown once."""

    token = fields.String()
    csrf = fields.String()


class ActorShown(Wire):
    """Whoever can act."""

    id = fields.Integer()
    type = fields.String()
    display_name = fields.String()
    created_at = Moment()
    updated_at = Moment(allow_none=True)
    deleted_at = Moment(allow_none=True)


class UserShown(ActorShown):
    """A person."""

    email = fields.String()
    last_login_at = Moment(allow_none=True)


class CurrentUser(UserShown):
    """The caller; verbs and preferences only in extended answers."""

    verbs = fields.List(fields.String())
    preferences = fields.Dict()


class Search(Page):
    """A list of people, searched by `q`."""

    q = fields.String(load_default="", validate=validate.Length(max=300))


_NAME = validate.Length(min=1, max=200)


class NewUser(Wire):
    """A person to be; without a password an administrator sets one later."""

    email = fields.String(required=True)
    password = fields.String(load_default=None, allow_none=True)
    display_name = fields.String(load_default="", validate=validate.Length(max=200))


class UserChange(Wire):
    """What changes of a person; what is left out stays."""

    email = fields.String(load_default=None)
    display_name = fields.String(load_default=None, validate=_NAME)


class PasswordChange(Wire):
    """The old password is asked of the person, not of an administrator."""

    old = fields.String(load_default="")
    new = fields.String(required=True)


class ResetWanted(Wire):
    """`invalidate` makes the present password useless at once."""

    invalidate = Flag(load_default=False)


class ResetAsked(Wire):
    """Whose password was forgotten."""

    email = fields.String(required=True, validate=validate.Length(max=320))


class NewPassword(Wire):
    """The password to be."""

    new = fields.String(required=True)


class NewPhone(Wire):
    """A phone to be. Ours: `area` narrows it to villages, `allForms` assigns every form of the project at once."""

    display_name = fields.String(required=True, validate=_NAME)
    area = fields.String(load_default="")
    all_forms = fields.Boolean(load_default=False)


class PhoneShown(ActorShown):
    """A phone's account; the token is null once revoked."""

    token = fields.String(allow_none=True)
    project_id = fields.Integer()


class PhoneExtended(PhoneShown):
    """With who made it and when it was last heard of."""

    last_used = Moment(allow_none=True)
    created_by = fields.Nested(ActorShown, allow_none=True)


class RoleShown(Wire):
    """A role and what it lets its holder do."""

    id = fields.Integer()
    name = fields.String()
    system = fields.String()
    verbs = fields.Function(lambda role: sorted(role.verbs))


class Area(Wire):
    """Ours: the villages an assignment is narrowed to, a code or its beginning; in the query or the body."""

    area = fields.String(load_default=None)


class AssignmentShown(Wire):
    """Who holds which role at a scope. Ours: `area`."""

    actor_id = fields.Integer()
    role_id = fields.Integer()
    area = fields.String()


class AssignmentExtended(AssignmentShown):
    """With the actor."""

    actor = fields.Nested(ActorShown)


class Holder(ActorShown):
    """An actor who holds a role. Ours: `areas`, where "" is everywhere."""

    areas = fields.List(fields.String())


class AuditShown(Wire):
    """A line of the log: who (`actorId`) did what (`action`) to what, when."""

    actor_id = fields.Integer(allow_none=True)
    action = fields.String()
    actee_id = fields.String(allow_none=True)
    details = fields.Dict()
    logged_at = Moment()
    notes = fields.String(allow_none=True)


class AuditExtended(AuditShown):
    """With the actor, and with what it was done to where that has a record of its own."""

    actor = fields.Nested(ActorShown, allow_none=True)
    actee = fields.Dict(allow_none=True)
