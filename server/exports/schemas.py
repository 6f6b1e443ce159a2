"""What the routes of exports take (PROTOCOL §4, §5)."""

from __future__ import annotations

from marshmallow import fields, validate

from server.schemas import Flag, Wire

_MOST = 2**31 - 1


class ODataQuery(Wire):
    """System query options of OData; any other that begins with `$` is the problem 501.1."""

    top = fields.Integer(data_key="$top", load_default=None, validate=validate.Range(min=0, max=_MOST))
    skip = fields.Integer(data_key="$skip", load_default=0, validate=validate.Range(min=0, max=_MOST))
    count = Flag(data_key="$count", load_default=False)
    wkt = Flag(data_key="$wkt", load_default=False)
    filter = fields.String(data_key="$filter", load_default="")
    select = fields.String(data_key="$select", load_default="")
    orderby = fields.String(data_key="$orderby", load_default="")
    expand = fields.String(data_key="$expand", load_default="")
    skiptoken = fields.String(data_key="$skiptoken", load_default="")
    format = fields.String(data_key="$format", load_default="")


class FileQuery(Wire):
    """How a file of submissions is to look; given in the address, or as a form in the body of a POST.

    `attachments`, `groupPaths`, `splitSelectMultiples`, `deletedFields` and `$filter` are Central's. Ours: `labels`
    (true, or a language of the form) adds the labels of choices, `safeCells` keeps spreadsheets from running a text,
    `geometry` names the field that GeoJSON places rows by.
    """

    attachments = Flag(load_default=True)
    group_paths = Flag(load_default=True)
    split_select_multiples = Flag(load_default=False)
    deleted_fields = Flag(load_default=False)
    safe_cells = Flag(load_default=False)
    labels = fields.String(load_default="")
    geometry = fields.String(load_default="")
    filter = fields.String(data_key="$filter", load_default="")
