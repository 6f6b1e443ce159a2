"""A server killed while it takes in records: every 201 it gave is kept, byte for byte (DESIGN §10)."""

from __future__ import annotations

import os
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.arrivals import Phone, instance, multipart, sha256
from tests.serving import Server

SENDERS = 4


def send(address: str, xml: bytes, photo: bytes) -> bool:
    """POST a record with its photo; whether a 201 came back."""
    body = multipart([("xml_submission_file", xml, "text/xml"), ("foto.jpg", photo, "image/jpeg")])
    request = urllib.request.Request(f"{address}/submission", body, {
        "X-OpenRosa-Version": "1.0", "Content-Type": "multipart/form-data; boundary=batas"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bool(answer.status == 201)
    except OSError:
        return False


def stream(address: str, sender: int, stop: threading.Event, tried: dict[str, Any], answered: list[str]) -> None:
    for count in range(100_000):
        if stop.is_set():
            return
        number = f"uuid:{sender}-{count}"
        xml, photo = instance(number, body=f"<desa>19.06.01.2001</desa><anggota>{count}</anggota><foto>foto.jpg</foto>"), os.urandom(9000)
        tried[number] = (xml, photo)
        if not send(address, xml, photo):
            return
        answered.append(number)


@pytest.mark.slow
def test_every_record_that_was_answered_survives_a_sigkill(app: Flask, database_url: str, tmp_path: Path, phone: Phone) -> None:
    from server.db import db
    from server.submissions import store
    from server.submissions.models import Submission, SubmissionVersion

    with app.app_context():
        db.engine.dispose()
    server = Server(database_url, tmp_path)
    address = f"{server.address}{phone.base}"
    stop, answered = threading.Event(), [[] for _ in range(SENDERS)]  # type: ignore[var-annotated]
    tried: dict[str, Any] = {}
    server.start()
    try:
        senders = [threading.Thread(target=stream, args=(address, number, stop, tried, answered[number])) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        while sum(map(len, answered)) < 60:
            time.sleep(0.02)
    finally:
        server.kill()
        stop.set()
    for sender in senders:
        sender.join()
    kept = [number for numbers in answered for number in numbers]
    server.start()
    try:
        with app.app_context():
            versions = {version.instance_id: version for version in db.session.query(SubmissionVersion)}
            assert set(kept) <= set(versions), "nothing that was answered is lost"
            assert db.session.query(Submission).count() == len(versions), "nothing is half-stored"
            for number, version in versions.items():
                xml, photo = tried[number]
                (file,) = store.attachments(version.id)
                assert version.xml == xml and file.sha256 == sha256(photo)
                assert (tmp_path / "files" / file.sha256[:2] / file.sha256).read_bytes() == photo
            db.session.rollback()
            before = len(versions)
        assert all(send(address, *tried[number]) for number in tried), "and all can be sent again"
        with app.app_context():
            assert db.session.query(SubmissionVersion).count() == len(tried) >= before
    finally:
        server.kill()
