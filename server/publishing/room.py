"""The room of forms and their versions."""

from __future__ import annotations

from server.blueprints import Room

room = Room("publishing", __name__, face="json", url_prefix="/v1")
