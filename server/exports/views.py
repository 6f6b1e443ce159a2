"""Routes of exports."""

from __future__ import annotations

from server.blueprints import Room

room = Room("exports", __name__, face="json", url_prefix="/v1")
