"""Letters in plain text, sent after the answer by a thread of their own: nobody waits for the mail server, or learns of it."""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import unquote, urlsplit

from flask import Response, after_this_request, current_app, g

SECONDS = 20  # for each step of the talk with the mail server
HERE = ("localhost", "127.0.0.1", "::1")
log = logging.getLogger("pokja")


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to one address."""

    to: str
    subject: str
    text: str


def offered() -> bool:
    """Whether this server sends mail at all."""
    return bool(current_app.extensions["pokja.config"]["SMTP_URL"])


def send_later(letter: Letter) -> None:
    """Send the letter once this request is answered with success, so never for a transaction that was taken back."""
    config = current_app.extensions["pokja.config"]
    waiting, g.letter = "letter" in g, letter  # a transaction that runs again writes the letter anew
    if waiting:
        return

    @after_this_request
    def begin(response: Response) -> Response:
        if response.status_code < 400:
            threading.Thread(target=_deliver, args=(g.letter, config["SMTP_URL"], config["MAIL_FROM"]), daemon=True).start()
        return response


def _deliver(letter: Letter, server: str, sender: str) -> None:
    try:
        send(letter, server, sender)
    except Exception as error:  # whoever asked has the answer already
        log.error("a letter could not be sent: %s: %s", type(error).__name__, error)


def send(letter: Letter, server: str, sender: str) -> None:
    """Hand the letter to the mail server; a password goes only over TLS or to this very machine."""
    parts = urlsplit(server)
    host, safe = parts.hostname or "", ssl.create_default_context()
    at = (host, parts.port or 0)  # 0: the port that is usual for the kind
    with smtplib.SMTP(*at, timeout=SECONDS) if parts.scheme == "smtp" else smtplib.SMTP_SSL(*at, timeout=SECONDS, context=safe) as talk:
        talk.ehlo()
        if parts.scheme == "smtp" and host not in HERE and (talk.has_extn("starttls") or parts.username):
            talk.starttls(context=safe)
            talk.ehlo()
        if parts.username:
            talk.login(unquote(parts.username), unquote(parts.password or ""))
        talk.send_message(_message(letter, sender))


def _message(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2].rstrip("> "))
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    return message
