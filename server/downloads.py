"""Kept files as answers: with their hash as ETag, never sniffed, inline only as a known image (PROTOCOL §0, §2.6)."""

from __future__ import annotations

import mimetypes
from typing import IO
from urllib.parse import quote

from flask import Response, request
from werkzeug.http import quote_header_value
from werkzeug.wsgi import FileWrapper

from server import files
from server.problems import Problem

INLINE = frozenset({"image/jpeg", "image/png", "image/gif"})
CHUNK = 64 << 10


def download(sha256: str, name: str, content_type: str | None = None, etag: str | None = None) -> Response:
    """A kept file under a name; 304 when the caller has it already."""
    try:
        source = files.keeper().open(sha256)
    except FileNotFoundError:
        raise Problem("404.1", message=f"The file {name} is missing on the server's disk.") from None
    kind = _kind(name, content_type)
    response = Response(FileWrapper(source, CHUNK), content_type=kind, direct_passthrough=True)
    response.call_on_close(source.close)
    known = files.find(sha256)
    if known is not None:
        response.content_length = known.size
    response.headers["Content-Disposition"] = disposition(name, inline=kind in INLINE)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(etag or sha256)
    response.make_conditional(request)
    return response


def sent(source: IO[bytes], size: int, content_type: str, name: str | None = None, etag: str | None = None) -> Response:
    """A file made for this answer; closed once it is sent. With an ETag, 304 when the caller has it already."""
    response = Response(FileWrapper(source, CHUNK), content_type=content_type, direct_passthrough=True)
    response.call_on_close(source.close)
    response.content_length = size
    if name is not None:
        response.headers["Content-Disposition"] = disposition(name)
    if etag is not None:
        response.set_etag(etag)
        response.make_conditional(request)
    return response


def disposition(name: str, *, inline: bool = False) -> str:
    """`attachment; filename="ascii"; filename*=UTF-8''…`: the first for old clients, the second as it is."""
    plain = "".join(letter if " " <= letter < "\x7f" and letter not in '"\\%;/' else "_" for letter in name) or "_"
    return f"{'inline' if inline else 'attachment'}; filename={quote_header_value(plain, allow_token=False)}; " \
           f"filename*=UTF-8''{quote(name, safe='')}"


def _kind(name: str, content_type: str | None) -> str:
    guessed = mimetypes.guess_type(name)[0]
    if guessed is None and content_type and _is_type(content_type):
        guessed = content_type
    return guessed or "application/octet-stream"


def _is_type(content_type: str) -> bool:
    return content_type.isascii() and content_type.isprintable() and "/" in content_type and len(content_type) <= 100
