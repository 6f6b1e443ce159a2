"""The desk's pages, gathered: importing a page's module declares its routes (DESIGN §6)."""

from __future__ import annotations

from server.desk import assets, deciding, home, layout, login, queue, records  # noqa: F401 (they declare routes and template words)
from server.desk.room import room

__all__ = ["room"]
