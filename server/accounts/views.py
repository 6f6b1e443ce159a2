"""Routes of people, phones, roles and log-ins, gathered: importing a page declares its routes (PROTOCOL §1, §3)."""

from __future__ import annotations

from server.accounts import auth, phone_views, role_views, session_views, user_views  # noqa: F401 (declare routes)
from server.accounts.room import room

room.after_app_request(auth.challenge)

__all__ = ["room"]
