"""Routes that collection apps call (PROTOCOL §2)."""

from __future__ import annotations

from server.blueprints import Room

room = Room("openrosa", __name__, face="xml", url_prefix="/v1")
