"""What the routes of the log take (PROTOCOL §3 "Audits")."""

from __future__ import annotations

from datetime import UTC, datetime

from marshmallow import fields, validate

from server.lists import Page

# A day inside what a datetime holds, so that every time zone fits.
_TIME = validate.Range(min=datetime(1, 1, 2, tzinfo=UTC), max=datetime(9999, 12, 30, tzinfo=UTC), error="must lie in our calendar")


class AuditsWanted(Page):
    """Lines of an action (`submission.create`) or a group of them (`submission`, `nonverbose`), from `start` to `end`."""

    action = fields.String(load_default="", validate=validate.Length(max=64))
    start = fields.AwareDateTime(load_default=None, format="iso", default_timezone=UTC, validate=_TIME)
    end = fields.AwareDateTime(load_default=None, format="iso", default_timezone=UTC, validate=_TIME)
