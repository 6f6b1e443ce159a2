"""The desk's blueprint, in a leaf module so that each page's module can declare its routes on it (DESIGN §6)."""

from __future__ import annotations

from server.blueprints import Room

room = Room("desk", "server.desk", face="page", url_prefix="/desk")
