"""The body of a submission POST: parts named by field name, raw UTF-8, nothing guessed (PROTOCOL §2.6)."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import NEED_DATA, Data, Epilogue, Event, Field, File, MultipartDecoder

from server.problems import Problem

CHUNK = 256 << 10
IN_MEMORY = 1 << 20
MAX_PARTS = 2000
MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Part:
    """One part; its source stands at its beginning."""

    name: str
    content_type: str | None
    source: IO[bytes]


def receive(request: Request) -> list[Part]:
    """All parts of the request's body, in order.

    Raises 400.7 when the body is no multipart at all, 400.39 when it is damaged or was cut off, 413.1 when too large.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    if kind.lower() != "multipart/form-data":
        raise Problem("400.7")
    boundary = options.get("boundary", "")
    if not 1 <= len(boundary) <= 200 or not boundary.isascii():
        raise Problem("400.39", reason="its Content-Type names no boundary.")
    try:
        early = b""
        if request.content_length is not None and request.content_length <= IN_MEMORY:
            early = request.stream.read(request.content_length + 1)
            if (found := _at_once(early, boundary.encode())) is not None:
                return found
        return list(_parts(decoded(_chunks(request, early), boundary.encode())))
    except RequestEntityTooLarge:
        raise
    except (ValueError, AttributeError, TypeError) as error:  # what the decoder raises on damaged input
        raise Problem("400.39", reason=_sentence(error)) from error


# A part's headers as every app writes them; anything else is left to the decoder, which knows all the rest.
_PLAIN = re.compile(
    rb'\r\ncontent-disposition: form-data; name="([^"\\%\r\n]+)"(?:; filename="[^"\\%\r\n]*")?'
    rb"(?:\r\n(?:content-type: ([\x20-\x7e]+)|content-(?:length|transfer-encoding): [\x20-\x7e]+))*\r\n\r\n", re.IGNORECASE)


def _at_once(data: bytes, boundary: bytes) -> list[Part] | None:
    """The parts of a small body that is wholly here and plainly written; None when the decoder has to look at it."""
    mark = b"--" + boundary
    if not data.startswith(mark):
        return None
    parts: list[Part] = []
    began = len(mark)
    while (end := data.find(mark, began)) >= 0:
        head = _PLAIN.match(data, began)
        if head is None or head.end() > end - 2 or data[end - 2:end] != b"\r\n" or len(parts) == MAX_PARTS:
            return None
        kind = head[2].strip().decode() if head[2] else None
        parts.append(Part(_checked(head[1].decode()), kind, io.BytesIO(data[head.end():end - 2])))
        began = end + len(mark)
    return parts if data.startswith(b"--", began) else None


class _Finder:
    """The decoder's search for a boundary, which tries every line break of a photo, made to look at boundaries only."""

    def __init__(self, pattern: re.Pattern[bytes], mark: bytes) -> None:
        self.pattern, self.mark = pattern, mark

    def search(self, data: bytes | bytearray) -> re.Match[bytes] | None:
        """What `pattern.search(data)` finds: a line break of one or two bytes, the mark, the rest of the line."""
        at = data.find(self.mark)
        while at >= 0:
            for before in (2, 1):
                if at >= before and (found := self.pattern.match(data, at - before)) and found.start() + before == at:
                    return found
            at = data.find(self.mark, at + 1)
        return None


def _chunks(request: Request, early: bytes) -> Iterator[bytes]:
    if early:
        yield early
    while chunk := request.stream.read(CHUNK):
        yield chunk


def decoded(chunks: Iterator[bytes], boundary: bytes) -> Iterator[Event]:
    """What the decoder makes of a body that comes in chunks."""
    decoder = MultipartDecoder(boundary, max_parts=MAX_PARTS)
    decoder.boundary_re = _Finder(decoder.boundary_re, b"--" + boundary)  # type: ignore[assignment]
    while True:
        decoder.receive_data(next(chunks, None))
        while (event := decoder.next_event()) is not NEED_DATA:
            yield event
            if isinstance(event, Epilogue):
                return


def _parts(events: Iterator[Event]) -> Iterator[Part]:
    part: Part | None = None
    for event in events:
        if isinstance(event, Field | File):
            kept = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (closed with the request that reads it)
            part = Part(_name(event), event.headers.get("content-type"), kept)
        elif isinstance(event, Data) and part is not None:
            part.source.write(event.data)
            if not event.more_data:
                part.source.seek(0)
                yield part
                part = None


def _name(event: Field | File) -> str:
    name = event.name  # None when the part has none, whatever the decoder's types say
    if not name:
        raise Problem("400.39", reason="a part has no name.")
    return _checked(name)


def _checked(name: str) -> str:
    if len(name) > MAX_NAME:
        raise Problem("400.13", field="The name of a part", max=MAX_NAME, name=name[:60] + "…")
    if any(letter < " " or letter == "\x7f" for letter in name):
        raise Problem("400.8", field="The name of a part", value=ascii(name), reason="it holds control characters.")
    return name


def _sentence(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "the name of a part is not UTF-8."
    return "it is damaged or was cut off."
