"""Routes of villages."""

from __future__ import annotations

from server.blueprints import Room

room = Room("villages", __name__, face="json", url_prefix="/v1")
