"""The room of people, phones, roles and log-ins."""

from __future__ import annotations

from server.blueprints import Room

room = Room("accounts", __name__, face="json", url_prefix="/v1")
