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
