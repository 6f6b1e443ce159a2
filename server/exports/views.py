"""Routes of exports, gathered: importing a format's module declares its routes."""

from __future__ import annotations

from server.exports import file_views, odata_views  # noqa: F401 (they declare routes)
from server.exports.room import room

__all__ = ["room"]
