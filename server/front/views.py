"""The phone app's files and the health check (DESIGN §2)."""

from __future__ import annotations

from pathlib import Path

from flask import Response, make_response, request, send_from_directory

from server import schema
from server.blueprints import PUBLIC, Room
from server.problems import Problem
from server.schemas import Health

room = Room("front", __name__, face="page")
APP = Path(__file__).parent.parent / "static" / "app"
HEAD = schema.head()
NOT_BUILT = ("<!doctype html><html lang=id><meta charset=utf-8><title>Pokja</title><p>Aplikasi belum dibangun. "
             "Jalankan <code>make assets</code>, lalu muat ulang.</p>"
             "<p>The app is not built yet. Run <code>make assets</code>, then reload.</p></html>")
KEEP = "public, max-age=31536000, immutable"


@room.on("GET HEAD", "/", PUBLIC)
def app_shell() -> Response:
    """The phone app."""
    if not (APP / "index.html").exists():
        return make_response(NOT_BUILT, 503)
    return _file("index.html", "no-cache")


@room.on("GET HEAD", "/<any('sw.js', 'manifest.webmanifest', 'favicon.ico', 'robots.txt'):name>", PUBLIC)
def app_file(name: str) -> Response:
    """Files of the phone app whose address may not change."""
    return _file(name, "no-cache")


@room.on("GET HEAD", "/<any('assets', 'icons'):folder>/<path:name>", PUBLIC)
def app_asset(folder: str, name: str) -> Response:
    """Files of the phone app whose names change with their content (and its icons)."""
    return _file(f"{folder}/{name}", KEEP if folder == "assets" else "public, max-age=86400")


def _file(name: str, cache: str) -> Response:
    """A built file, compressed as the browser likes it."""
    if not (APP / name).is_file():
        raise Problem("404.1")
    for coding, ending in (("br", ".br"), ("gzip", ".gz")):
        if request.accept_encodings.quality(coding) > 0 and (APP / f"{name}{ending}").is_file():
            plain = send_from_directory(APP, name)
            response = send_from_directory(APP, f"{name}{ending}", mimetype=plain.mimetype)
            plain.close()
            response.headers["Content-Encoding"] = coding
            break
    else:
        response = send_from_directory(APP, name)
    if name.endswith(".webmanifest"):
        response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = cache
    response.vary.add("Accept-Encoding")
    return response


@room.on("GET HEAD", "/healthz", PUBLIC, face="json", answers=Health, problems="503.1")
def health() -> dict[str, str]:
    """`{"status":"ok"}` when the database answers and is migrated."""
    at = schema.answered()
    if at != HEAD:
        raise Problem("503.1", have=str(at), want=HEAD)
    return {"status": "ok"}
