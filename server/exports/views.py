"""Routes of exports, gathered: importing a format's module declares its routes."""

from __future__ import annotations

from server.exports import odata_views  # noqa: F401 (it declares routes)
from server.exports.room import room

__all__ = ["room"]
