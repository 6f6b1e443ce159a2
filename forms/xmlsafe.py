"""Bytes to an XML tree without DTD, entities, network or guesses about encodings (PROTOCOL §2.6 "XML")."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

MAX_DEPTH = 200

_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)
_DECLARED = re.compile(
    r"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*["'][0-9.]+["']"""
    r"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["']([A-Za-z0-9._-]+)["'])?[^>]{0,60}\?>"""
)
_ENCODINGS = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii", "iso-8859-1": "latin-1",
    "latin1": "latin-1", "windows-1252": "cp1252", "utf-16": "utf-16", "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
}  # fmt: skip
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8", "utf-8"),
    (b"\xff\xfe", "utf-16-le", "utf-16"),
    (b"\xfe\xff", "utf-16-be", "utf-16"),
)
_BLANKS = re.compile(rb"[ \t\r\n]*")
_DEEPER = etree.XPath("boolean(" + "/*" * (MAX_DEPTH + 1) + ")")


class XmlError(ValueError):
    """The bytes are not XML we accept; `reason` is a word for programs."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


def parse(data: bytes, limit: int, tags: int) -> Any:
    """Return the root element of `data`: at most `limit` bytes, `tags` tags and MAX_DEPTH levels deep.

    Comments and processing instructions are dropped from the tree. Raises XmlError.
    """
    if len(data) > limit:
        raise XmlError("tooLarge", f"The XML is larger than {limit} bytes.")
    text = _decoded(data)
    if text.count(b"<") > tags:  # what costs time and memory is elements, not bytes
        raise XmlError("tooLarge", f"The XML has more than {tags} tags.")
    if _has_doctype(text):
        raise XmlError("doctype", "The XML has a document type declaration, which is not accepted.")
    try:
        root = etree.fromstring(text, _PARSER)
    except etree.XMLSyntaxError as error:
        raise XmlError("notXml", f"The XML is damaged or cut off: {error.msg}.") from error
    except ValueError as error:  # lxml's word for text it cannot take at all
        raise XmlError("notXml", f"The XML is damaged: {error}.") from error
    if root is None:
        raise XmlError("notXml", "The XML is empty.")
    if _DEEPER(root.getroottree()):
        raise XmlError("tooDeep", f"The XML is nested deeper than {MAX_DEPTH} levels.")
    return root


def local(tag: str) -> str:
    """Return a tag without its namespace: prefixes mean nothing in instances (PROTOCOL §2.6)."""
    return tag[tag.find("}") + 1 :]


def _decoded(data: bytes) -> bytes:
    """Return `data` as UTF-8 without declaration, decoded strictly in the encoding it declares.

    libxml2 would guess when declaration and bytes disagree; two readers guessing differently would
    see two different answers in the same stored bytes.
    """
    bom, encoding, family = next((b for b in _BOMS if data.startswith(b[0])), (b"", "", ""))
    body = data[len(bom) :]
    head = body[:400].decode(encoding or "latin-1", "replace")
    declaration = _DECLARED.match(head)
    if head.startswith("<?xml") and head[5:6].isspace() and not declaration:
        raise XmlError("notXml", "The XML declaration is malformed.")
    declared = declaration.group(1) if declaration else None
    if declared is not None:
        encoding = _agreed(declared, encoding, family)
    elif not encoding:
        encoding = "utf-8"
    if encoding == "utf-16":
        raise XmlError("encoding", "The XML declares UTF-16 without a byte order mark.")
    return _transcoded(body, encoding, bool(declaration))


def _agreed(declared: str, found: str, family: str) -> str:
    known = _ENCODINGS.get(declared.lower())
    if known is None:
        raise XmlError("encoding", f"The XML declares the encoding {declared}, which is not accepted; send UTF-8.")
    if found and known not in (found, family):
        raise XmlError("encoding", f"The XML declares {declared}, but its bytes are {family.upper()}.")
    return found or known


def _transcoded(body: bytes, encoding: str, declaration: bool) -> bytes:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise XmlError("encoding", f"The XML is not valid {encoding.upper()} at byte {error.start}.") from error
    if "\0" in text:
        raise XmlError("nul", "The XML holds a NUL character.")
    if declaration:
        text = text[text.index("?>") + 2 :]
    elif encoding == "utf-8":
        return body
    return text.encode("utf-8")


def _has_doctype(data: bytes) -> bool:
    """Say whether a document type stands before the root; the same letters in an answer are harmless."""
    if b"<!DOCTYPE" not in data:
        return False
    at = 0
    while True:
        at = _BLANKS.match(data, at).end()  # type: ignore[union-attr]  # it matches nothing, too
        closing = b"-->" if data.startswith(b"<!--", at) else b"?>" if data.startswith(b"<?", at) else b""
        if not closing:
            return data.startswith(b"<!DOCTYPE", at)
        end = data.find(closing, at)
        if end < 0:
            return False
        at = end + len(closing)
