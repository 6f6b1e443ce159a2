"""Routes of submissions, gathered: importing a page declares its routes (PROTOCOL §3 "Submission")."""

from __future__ import annotations

from server.submissions import file_views, quarantine_views, record_views, version_views  # noqa: F401 (declares routes)
from server.submissions.room import room

__all__ = ["room"]
