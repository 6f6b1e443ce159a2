"""Pages of the review desk."""

from __future__ import annotations

from server.blueprints import Room

room = Room("desk", __name__, face="page", url_prefix="/desk")
