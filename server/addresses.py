"""Absolute addresses as this caller reaches us: with the host and the key by which the request came (PROTOCOL §2.2, §4)."""

from __future__ import annotations

from flask import current_app, request


def here() -> str:
    """`https://host`: PUBLIC_URL, else as the request says."""
    return str(current_app.extensions["pokja.config"]["PUBLIC_URL"] or request.host_url).rstrip("/")


def base(path: str) -> str:
    """The absolute address of a path under /v1, under the caller's own key if it has one."""
    return f"{here()}{request.environ.get('pokja.prefix', '/v1')}{path}"
