"""JSON of villages and their scores (DESIGN §4.5)."""

from __future__ import annotations

from marshmallow import fields, validate

from server.schemas import Moment, Wire


class VillageShown(Wire):
    """A village of the caller's areas; the point in degrees WGS84."""

    code = fields.String()
    name = fields.String()
    subdistrict = fields.String()
    subdistrict_code = fields.String()
    lat = fields.Float(allow_none=True)
    lon = fields.Float(allow_none=True)


class ScoreQuery(Wire):
    """Which period; without it, the newest."""

    period = fields.String(load_default="", validate=validate.Length(max=32))


class ClassShown(Wire):
    """A class of the rubric."""

    code = fields.String()
    label = fields.Dict(keys=fields.String(), values=fields.String())
    provisional = fields.Boolean()


class ScoreShown(Wire):
    """The score of one village in one period, or its readiness; figures rounded as printed.

    `result` is everything behind them, as docs/rubric.md describes ("The stored score").
    """

    village_code = fields.String()
    period = fields.String()
    xml_form_id = fields.String()
    form_version = fields.String()
    instance_id = fields.String()
    kind = fields.String(validate=validate.OneOf(("score", "readiness")))
    status = fields.String()
    formed = fields.Boolean()
    total = fields.Float(allow_none=True)
    readiness = fields.Float(allow_none=True)
    lower = fields.Float(allow_none=True)
    upper = fields.Float(allow_none=True)
    completeness = fields.Float(allow_none=True)
    class_ = fields.Nested(ClassShown, data_key="class", allow_none=True)
    locked = fields.Boolean()
    computed_at = Moment()
    result = fields.Dict()
