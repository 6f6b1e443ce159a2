"""Routes of reviews."""

from __future__ import annotations

from server.blueprints import Room

room = Room("reviews", __name__, face="json", url_prefix="/v1")
