"""The desk's pages, gathered: importing a page's module declares its routes (DESIGN §6)."""

from __future__ import annotations

from server.desk import (  # noqa: F401 (they declare routes and template words)
    assets,
    data,
    deciding,
    forgotten,
    form_pages,
    held,
    home,
    layout,
    lists,
    login,
    people,
    phones,
    queue,
    records,
    scores,
    scores_marks,
    scores_village,
)
from server.desk.room import room

__all__ = ["room"]
