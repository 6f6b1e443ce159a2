"""The blueprint of exports, in a leaf module so that each format's module can declare its routes on it."""

from __future__ import annotations

from flask import Response, request

from server.blueprints import Need, Room

room = Room("exports", "server.exports", face="json", url_prefix="/v1")
FORM = "/projects/<int:project>/forms/<form>"
READ = Need("submission.read")


@room.after_request
def say_version(response: Response) -> Response:
    """Every answer of a service says which OData it speaks, errors included (PROTOCOL §4)."""
    if ".svc" in request.path:
        response.headers["OData-Version"] = "4.0"
    return response
