"""Absolute addresses in OpenRosa documents (PROTOCOL §2.2); the ground's, and segments of them."""

from __future__ import annotations

from server.addresses import base, here
from server.paths import encoded as segment

__all__ = ["base", "here", "segment"]
