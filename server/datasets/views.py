"""Routes of entity lists, gathered: importing a page declares its routes (PROTOCOL §6)."""

from __future__ import annotations

from server.datasets import entity_views, list_views, table_views  # noqa: F401 (declare routes)
from server.datasets.room import room

__all__ = ["room"]
