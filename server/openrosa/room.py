"""The blueprint of what collection apps call, and what every answer of it carries (PROTOCOL §2.1)."""

from __future__ import annotations

from flask import Response, current_app, g

from server.blueprints import Room

room = Room("openrosa", __name__, face="xml", url_prefix="/v1")


@room.after_app_request
def speak(response: Response) -> Response:
    """What every OpenRosa answer carries, errors too, also where a phone asks for an address that does not exist."""
    if g.get("face") != "xml":
        return response
    headers = response.headers
    headers["X-OpenRosa-Version"] = "1.0"
    headers["X-OpenRosa-Accept-Content-Length"] = str(current_app.extensions["pokja.config"]["BATCH_MB"] << 20)
    headers["Content-Language"] = "en"
    return response
