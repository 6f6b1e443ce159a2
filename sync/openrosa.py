"""OpenRosa documents as bytes (PROTOCOL §2.1–2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MD5 = re.compile(r"[0-9a-f]{32}\Z")


class DocumentError(ValueError):
    """A list that Collect would reject as a whole; better none than that one."""


@dataclass(frozen=True, slots=True)
class FormEntry:
    """A form in the formList. `hash` is the MD5 (hex) of the exact bytes of `download_url`.

    An empty name is replaced by the form id. `manifest_url` only for forms with attachment slots.
    """

    form_id: str
    name: str
    version: str
    hash: str
    download_url: str
    manifest_url: str | None = None


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file in a manifest. `hash`: the MD5 (hex) of a plain file's bytes, an entity list's own token."""

    filename: str
    hash: str
    download_url: str
    type: Literal["entityList", "approvalEntityList"] | None = None
    integrity_url: str | None = None


def envelope(message: str, nature: str = "", items: int = 0) -> bytes:
    """Return the answer to a POST; the enumerator reads `message`. `nature` is "error" on errors."""
    return (
        f'{_HEAD}<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="{items}">'
        f"<message nature={quoteattr(nature)}>{_text(message)}</message></OpenRosaResponse>"
    ).encode()


def form_list(entries: Iterable[FormEntry]) -> bytes:
    """Return the formList. Raises DocumentError for an entry that would make Collect drop the list."""
    listed = "".join(_form(entry) for entry in entries)
    return f'{_HEAD}<xforms xmlns="http://openrosa.org/xforms/xformsList">{listed}</xforms>'.encode()


def manifest(entries: Iterable[FileEntry]) -> bytes:
    """Return the manifest of the slots that are filled. Raises DocumentError likewise."""
    listed = "".join(_file(entry) for entry in entries)
    return f'{_HEAD}<manifest xmlns="http://openrosa.org/xforms/xformsManifest">{listed}</manifest>'.encode()


def integrity(entities: Iterable[tuple[str, bool]]) -> bytes:
    """Return which of the asked entities are deleted: (id, deleted) for those that exist or existed."""
    listed = "".join(
        f"<entity id={quoteattr(name)}><deleted>{'true' if deleted else 'false'}</deleted></entity>"
        for name, deleted in entities
    )
    return f"{_HEAD}<data><entities>{listed}</entities></data>".encode()


def _form(entry: FormEntry) -> str:
    name = entry.name.strip() or entry.form_id
    parts = [
        _element("formID", _given(entry.form_id, "formID")),
        _element("name", name),
        _element("version", entry.version),
        _element("hash", _md5(entry.hash, entry.form_id)),
        _element("downloadUrl", _absolute(entry.download_url, entry.form_id)),
    ]
    if entry.manifest_url:
        parts.append(_element("manifestUrl", _absolute(entry.manifest_url, entry.form_id)))
    return f"<xform>{''.join(parts)}</xform>"


def _file(entry: FileEntry) -> str:
    name = _given(entry.filename, "filename")
    # An entity list is not compared by its bytes, so its token may be any text.
    token = f"md5:{_given(entry.hash, 'hash')}" if entry.type else _md5(entry.hash, name)
    parts = [
        _element("filename", name),
        _element("hash", token),
        _element("downloadUrl", _absolute(entry.download_url, name)),
    ]
    if entry.integrity_url:
        parts.append(_element("integrityUrl", _absolute(entry.integrity_url, name)))
    kind = f" type={quoteattr(entry.type)}" if entry.type else ""
    return f"<mediaFile{kind}>{''.join(parts)}</mediaFile>"


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>" if text else f"<{name}/>"


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", text))


def _given(text: str, what: str) -> str:
    if not text.strip():
        raise DocumentError(f"An entry has an empty {what}.")
    return text


def _md5(text: str, owner: str) -> str:
    digest = text.removeprefix("md5:")
    if not _MD5.match(digest):
        raise DocumentError(f"The hash of {owner} is no MD5 in lower-case hex: {text}")
    return f"md5:{digest}"


def _absolute(url: str, owner: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise DocumentError(f"The address of {owner} is not absolute: {url}")
    return url
