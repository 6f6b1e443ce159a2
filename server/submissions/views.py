"""Routes of submissions."""

from __future__ import annotations

from server.blueprints import Room

room = Room("submissions", __name__, face="json", url_prefix="/v1")
