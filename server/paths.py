"""Addresses as the protocol wants them: split at slashes first, then decoded; key prefixes taken off (PROTOCOL §0, §1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from werkzeug.routing import IntegerConverter, Rule

# A slash inside a decoded segment must not split it again in the router. It travels as a private character.
_SLASH = "\uf8f0"
_KEY = re.compile(r"^/v1/key/([^/]*)(/.*)$")


class RawPaths:
    """WSGI: route on the raw request target, because PATH_INFO comes decoded and `%2F` is lost in it."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raw = environ.get("RAW_URI") or environ.get("REQUEST_URI") or ""
        path = _path_of(raw)
        if path is None:
            path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe="/!$&'()*+,;=:@~")
        path = _without_last_slash(path)
        environ["pokja.raw_path"] = path
        keyed = _KEY.match(path)
        if keyed:
            environ["pokja.key"] = unquote_to_bytes(keyed[1]).decode("utf-8", "replace")
            environ["pokja.prefix"] = f"/v1/key/{keyed[1]}"
            path = "/v1" + keyed[2]
        environ["PATH_INFO"] = _decoded(path)
        return self.app(environ, start_response)


def _path_of(raw: str) -> str | None:
    if raw.startswith("/"):
        return raw.partition("?")[0]
    _scheme, mark, rest = raw.partition("://")
    return "/" + rest.partition("?")[0].partition("/")[2] if mark else None


def _without_last_slash(path: str) -> str:
    """An address of the API with one slash too many is meant without it: ruODK and OData readers send some that way."""
    return path[:-1] if path.startswith("/v1/") and path.endswith("/") and path != "/v1/" else path


def _decoded(path: str) -> str:
    segments = [unquote_to_bytes(segment).decode("utf-8", "replace").replace("/", _SLASH) for segment in path.split("/")]
    return "/".join(segments).encode("utf-8").decode("latin-1")


def plain(segment: str) -> str:
    """A routed segment as it was meant, slashes included."""
    return segment.replace(_SLASH, "/")


def encoded(segment: str) -> str:
    """A name as one segment of an address."""
    return quote(segment, safe="")


class Number(IntegerConverter):
    """`<int:…>` of an address: no more digits than the database's numbers have."""

    regex = r"\d{1,18}"


class LateRule(Rule):
    """A route whose address builder is compiled when first asked for.

    Werkzeug compiles two for each route when it is added, which is nine tenths of the time the application takes to
    start; most routes never build an address.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        kept_as = "_build_unknown" if append_unknown else "_build"

        def first(rule: Rule, **values: Any) -> tuple[str, str]:
            build: Callable[..., tuple[str, str]] = Rule._compile_builder(rule, append_unknown).__get__(rule)
            setattr(rule, kept_as, build)
            return build(**values)

        return first
