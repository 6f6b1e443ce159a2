"""Routes of forms, gathered: importing a page declares its routes (PROTOCOL §3 "Form")."""

from __future__ import annotations

from server.publishing import attachment_views, draft_views, form_views, version_views  # noqa: F401 (declare routes)
from server.publishing.room import room

__all__ = ["room"]
