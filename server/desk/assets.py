"""The desk's style sheet and scripts, as `npm run build` laid them out (DESIGN §6)."""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Response, make_response, request, send_from_directory, url_for

from server.blueprints import PUBLIC
from server.desk.room import room
from server.problems import Problem

FOLDER = Path(__file__).parent.parent / "static" / "desk"
NOT_BUILT = "The desk's files are not built yet. Run `make assets` (or `npm run build` in web/), then reload.\n"
_marks: dict[tuple[str, float], str] = {}


def built() -> bool:
    """Whether there is anything to give."""
    return (FOLDER / "desk.css").is_file()


def address(name: str) -> str:
    """The address of a file, which changes with its content, so that browsers may keep it for ever."""
    path = FOLDER / name
    if not path.is_file():
        return url_for("desk.asset", name=name)
    key = (name, path.stat().st_mtime)
    if key not in _marks:
        _marks[key] = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
    return url_for("desk.asset", name=name, v=_marks[key])


@room.on("GET HEAD", "/assets/<path:name>", PUBLIC)
def asset(name: str) -> Response:
    """One file of the desk."""
    if not built():
        return make_response(NOT_BUILT, 503, {"Content-Type": "text/plain; charset=utf-8"})
    if not (FOLDER / name).resolve().is_relative_to(FOLDER.resolve()) or not (FOLDER / name).is_file():
        raise Problem("404.1")
    response = send_from_directory(FOLDER, name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
    return response
