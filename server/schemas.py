"""Bases of the JSON schemas: camelCase outside, snake_case inside, times with milliseconds and Z (PROTOCOL §0)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, fields


def camel(name: str) -> str:
    """`xml_form_id` as the wire writes it: `xmlFormId`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


class Wire(Schema):
    """A schema whose JSON keys are camelCase; null keys are present; unknown keys are passed over."""

    class Meta:
        unknown = EXCLUDE

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        if field_obj.data_key is None:
            field_obj.data_key = camel(field_name)


class Moment(fields.Field[datetime]):
    """A moment: UTC, milliseconds, `Z`."""

    def _serialize(self, value: datetime | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return moment(value)


class Flag(fields.Boolean):
    """A boolean of a query, in any case: Python clients send `True`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        return super()._deserialize(value.lower() if isinstance(value, str) else value, attr, data, **kwargs)  # type: ignore[return-value]


def moment(value: datetime | None) -> str | None:
    """A moment as text: `2026-11-24T03:55:47.120Z`."""
    return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


class Success(Wire):
    """`{"success": true}`"""

    success = fields.Constant(True)


class Health(Wire):
    """`{"status": "ok"}`"""

    status = fields.Constant("ok")


SUCCESS = {"success": True}
