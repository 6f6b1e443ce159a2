"""Photos of a submission: small ones to look at, whole ones on request; nothing else is shown inline (PROTOCOL §2.6, DESIGN §10)."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from flask import Response, current_app, send_file
from flask_babel import gettext as _
from PIL import Image, ImageOps

from server import files

EDGE = 480  # pixels of the longer side of a small picture
SIGNS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF87a": "image/gif", b"GIF89a": "image/gif"}
MOST_PIXELS = 60_000_000
KEEP = "private, max-age=31536000, immutable"  # the address holds the version, whose bytes never change
BROKEN = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 180" width="240" height="180"><rect width="240" height="180" '
          'fill="#fdeceb"/><text x="120" y="95" text-anchor="middle" font-family="sans-serif" font-size="15" fill="#9c1c1c">{}</text></svg>')


def image_type(sha256: str) -> str | None:
    """The type of a picture that browsers may show, by its first bytes and not by what its sender says."""
    with files.keeper().open(sha256) as source:
        head = source.read(8)
    return next((kind for sign, kind in SIGNS.items() if head.startswith(sign)), None)


def whole(sha256: str, name: str) -> Response:
    """The file as it came; anything but a known image is a download."""
    kind = image_type(sha256)
    response = send_file(files.keeper().open(sha256), mimetype=kind or "application/octet-stream", as_attachment=kind is None,
                         download_name=Path(name).name or "file", etag=sha256)
    return _guarded(response)


def small(sha256: str) -> Response:
    """A small copy without the camera's notes (place, device), made once and kept; a sentence where it cannot be made."""
    path = _kept(sha256)
    if not path.exists():
        try:
            _make(sha256, path)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return _guarded(Response(BROKEN.format(_("Picture is broken")), mimetype="image/svg+xml"))
    return _guarded(send_file(path, mimetype="image/jpeg", etag=f"{sha256}-{EDGE}"))


def _kept(sha256: str) -> Path:
    data_dir: Path = current_app.extensions["pokja.config"].data_dir
    return data_dir / "thumbnails" / sha256[:2] / f"{sha256}-{EDGE}.jpg"


def _make(sha256: str, path: Path) -> None:
    with files.keeper().open(sha256) as source, Image.open(source, formats=("JPEG", "PNG", "GIF")) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise ValueError("more pixels than any phone takes")
        picture.draft("RGB", (EDGE, EDGE))
        turned = ImageOps.exif_transpose(picture).convert("RGB")
        turned.thumbnail((EDGE, EDGE))
        made = io.BytesIO()
        turned.save(made, "JPEG", quality=78, optimize=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    with os.fdopen(handle, "wb") as file:
        file.write(made.getvalue())
    Path(temporary).replace(path)


def _guarded(response: Response) -> Response:
    response.headers["Cache-Control"] = KEEP
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response
