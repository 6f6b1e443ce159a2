"""What is refused unread, over a connection that stays open, as every HTTP library keeps it (PROTOCOL §0)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.slow
JSON = {"Content-Type": "application/json"}
BODY = json.dumps({"name": "Uji", "description": "x" * 600_000}).encode()


def pieces() -> Iterator[bytes]:
    for start in range(0, len(BODY), 8192):
        yield BODY[start:start + 8192]


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_to_an_unread_body_arrives_and_the_connection_goes_on(served: str, chunked: bool) -> None:
    parts = urlsplit(served)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.connect()
    connection.auto_open = 0  # a new connection would hide that the old one was cut
    for _ in range(3):
        connection.request("POST", "/v1/projects", pieces() if chunked else BODY, {**JSON, "Authorization": "Bearer salah"},
                           encode_chunked=chunked)
        refused = connection.getresponse()
        assert (refused.status, json.loads(refused.read())["code"]) == (401, 401.2)
        connection.request("GET", "/healthz")
        assert connection.getresponse().read() == b'{"status":"ok"}'
    connection.close()
