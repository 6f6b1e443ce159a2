"""Routes of changes."""

from __future__ import annotations

from server.blueprints import Room

room = Room("changes", __name__, face="json", url_prefix="/v1")
