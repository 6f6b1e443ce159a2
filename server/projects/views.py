"""Routes of projects."""

from __future__ import annotations

from server.blueprints import Room

room = Room("projects", __name__, face="json", url_prefix="/v1")
