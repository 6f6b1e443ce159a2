"""JSON of entity lists and entities (PROTOCOL §6)."""

from __future__ import annotations

from marshmallow import fields, validate

from server.accounts.schemas import ActorShown
from server.lists import Page
from server.schemas import Flag, Moment, Wire

_MOST = 2**31 - 1


class FormNamed(Wire):
    """A form, by name and id."""

    name = fields.String()
    xml_form_id = fields.String()


class PropertyShown(Wire):
    """A property; `forms` are those that write it, as ids for pyodk and as objects for everybody else."""

    name = fields.String()
    odata_name = fields.String()
    published_at = Moment(allow_none=True)
    forms = fields.List(fields.Raw())


class DatasetShown(Wire):
    """An entity list. `areaProperty` is ours: the property whose code says which areas may see an entity."""

    name = fields.String()
    project_id = fields.Integer()
    created_at = Moment()
    approval_required = fields.Boolean()
    owner_only = fields.Boolean()
    area_property = fields.String(allow_none=True)
    last_update = Moment(allow_none=True)
    linked_forms = fields.List(fields.Nested(FormNamed))
    source_forms = fields.List(fields.Nested(FormNamed))
    properties = fields.List(fields.Nested(PropertyShown))


class DatasetExtended(DatasetShown):
    """With its counts in the caller's areas."""

    entities = fields.Integer()
    last_entity = Moment(allow_none=True)
    conflicts = fields.Integer()


class NewDataset(Wire):
    """A list to be."""

    name = fields.String(required=True)
    approval_required = fields.Boolean(load_default=False)
    owner_only = fields.Boolean(load_default=False)
    area_property = fields.String(load_default=None, allow_none=True)


class DatasetChange(Wire):
    """What changes of a list; what is left out stays."""

    approval_required = fields.Boolean()
    owner_only = fields.Boolean()
    area_property = fields.String(allow_none=True)


class Converting(Wire):
    """Whether entities that wait for an approval nobody needs any more are made at once."""

    convert = Flag(load_default=False)


class NewProperty(Wire):
    """A property to be."""

    name = fields.String(required=True)


class VersionShown(Wire):
    """A version of an entity, without its data."""

    label = fields.String()
    current = fields.Boolean()
    created_at = Moment()
    creator_id = fields.Integer(allow_none=True)
    user_agent = fields.String()
    version = fields.Integer()
    base_version = fields.Integer(allow_none=True)
    conflicting_properties = fields.List(fields.String(), allow_none=True)


class VersionWhole(VersionShown):
    """A version with its data, and where it came from."""

    data = fields.Dict(keys=fields.String(), values=fields.String())
    data_received = fields.Dict(keys=fields.String(), values=fields.String())


class VersionListed(VersionWhole):
    """A version in the history of an entity."""

    resolved = fields.Boolean()
    branch_id = fields.String(allow_none=True)
    trunk_version = fields.Integer(allow_none=True)
    branch_base_version = fields.Integer(allow_none=True)
    source = fields.Dict(allow_none=True)
    creator = fields.Nested(ActorShown, allow_none=True)


class EntityShown(Wire):
    """An entity of a list, as lists show it."""

    uuid = fields.String()
    creator_id = fields.Integer(allow_none=True)
    conflict = fields.String(allow_none=True)
    created_at = Moment()
    updated_at = Moment(allow_none=True)
    deleted_at = Moment(allow_none=True)
    current_version = fields.Nested(VersionShown)


class EntityWhole(EntityShown):
    """An entity with its data."""

    current_version = fields.Nested(VersionWhole)


class EntitiesWanted(Page):
    """The living entities, or those in the trash; `conflict=soft,hard` only those in conflict."""

    deleted = Flag(load_default=False)
    conflict = fields.String(load_default="")


class EntityWanted(Wire):
    """A living entity; with `deleted` also one in the trash."""

    deleted = Flag(load_default=False)


class EntityChanging(Wire):
    """What the change starts from, or that it overwrites; `resolve` says that a person has looked at the conflict."""

    base_version = fields.Integer(load_default=None, validate=validate.Range(min=1, max=_MOST))
    force = Flag(load_default=False)
    resolve = Flag(load_default=False)


class Ids(Wire):
    """Entities by uuid."""

    ids = fields.List(fields.String(), required=True, validate=validate.Length(max=10_000))


class Difference(Wire):
    """A property that one version changed."""

    property_name = fields.String()
    old = fields.String(allow_none=True)
    new = fields.String(allow_none=True)


class TableQuery(Wire):
    """System query options of OData; any other that begins with `$` is the problem 501.1."""

    top = fields.Integer(data_key="$top", load_default=None, validate=validate.Range(min=0, max=_MOST))
    skip = fields.Integer(data_key="$skip", load_default=0, validate=validate.Range(min=0, max=_MOST))
    count = Flag(data_key="$count", load_default=False)
    filter = fields.String(data_key="$filter", load_default="")
    select = fields.String(data_key="$select", load_default="")
    orderby = fields.String(data_key="$orderby", load_default="")
    skiptoken = fields.String(data_key="$skiptoken", load_default="")


class Filtering(Wire):
    """A `$filter`, as for tables."""

    filter = fields.String(data_key="$filter", load_default="")
