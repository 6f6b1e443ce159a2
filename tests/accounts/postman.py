"""A mail server on this machine that keeps what it is given, and an application that sends by it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from flask import Flask

from tests.conftest import make_app
from tests.serving import free_port

PUBLIC = "https://pokja.contoh.id"
SENDER = "Pokja <pokja@contoh.id>"


class Postman:
    """What came, oldest first."""

    def __init__(self, refuse: bool = False) -> None:
        self.refuse = refuse
        self.tried = 0
        self.envelopes: list[Envelope] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:
        self.tried += 1
        if self.refuse:
            return "554 not today"
        self.envelopes.append(envelope)
        return "250 OK"

    def letters(self, count: int) -> list[EmailMessage]:
        """The letters that came, once there are so many; they come after the answer."""
        self.wait(lambda: len(self.envelopes) >= count)
        time.sleep(0.05)  # one more than expected would be here by now
        assert len(self.envelopes) == count
        return [message_from_bytes(each.content, policy=policy.default) for each in self.envelopes]  # type: ignore[arg-type, misc]

    @staticmethod
    def wait(for_what: Any) -> None:
        until = time.monotonic() + 60  # a busy machine is no fault of the mail
        while not for_what() and time.monotonic() < until:
            time.sleep(0.01)
        assert for_what()


@contextmanager
def posting(database_url: str, folder: Path, refuse: bool = False) -> Iterator[tuple[Flask, Postman]]:
    """An application with a mail server."""
    from server.db import db

    postman = Postman(refuse)
    port = free_port()
    controller = Controller(postman, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        app = make_app(database_url, folder, SMTP_URL=f"smtp://127.0.0.1:{port}", MAIL_FROM=SENDER, PUBLIC_URL=PUBLIC)
        yield app, postman
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
    finally:
        controller.stop()
