"""Where a version lives: an address that names a later version as if it were a submission leads there (PROTOCOL §3)."""

from __future__ import annotations

from flask import Response, request

from server.paths import encoded


def moved(project: int, form: str, root: str, version: str, suffix: str = "") -> Response:
    """301 to `/{root}/versions/{version}`, under the key by which the request came."""
    under = request.environ.get("pokja.prefix", "/v1")
    query = request.query_string.decode("latin-1")
    to = f"{under}/projects/{project}/forms/{encoded(form)}/submissions/{encoded(root)}/versions/{encoded(version)}{suffix}"
    return Response(status=301, headers={"Location": to + (f"?{query}" if query else "")}, content_type="text/plain")
