"""Routes of publishing."""

from __future__ import annotations

from server.blueprints import Room

room = Room("publishing", __name__, face="json", url_prefix="/v1")
