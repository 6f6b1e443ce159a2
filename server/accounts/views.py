"""Routes of people, phones and log-ins (PROTOCOL §1, §3)."""

from __future__ import annotations

from server.blueprints import Room

room = Room("accounts", __name__, face="json", url_prefix="/v1")
