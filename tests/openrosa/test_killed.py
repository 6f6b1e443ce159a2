"""A server killed while it takes in records: every 201 it gave is kept, byte for byte (DESIGN §10)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.arrivals import Phone, instance, multipart, sha256

SENDERS = 4


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def serve(url: str, folder: Path, port: int) -> subprocess.Popen[bytes]:
    """`pokja serve` in a process group of its own, ready to take requests."""
    process = subprocess.Popen(
        [sys.executable, "-m", "server.cli", "serve", "--port", str(port), "--workers", "2"], start_new_session=True,
        env={**os.environ, "DATABASE_URL": url, "DATA_DIR": str(folder), "SECRET_KEY": "only for tests"},
        stdout=subprocess.DEVNULL, stderr=(folder / "server.log").open("ab"))
    for _ in range(300):
        if process.poll() is not None:
            pytest.fail(f"the server stopped: {(folder / 'server.log').read_text()}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return process
        except OSError:
            time.sleep(0.1)
    kill(process)
    pytest.fail("the server did not start")


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the master and all its workers at once."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


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
    port = free_port()
    address = f"http://127.0.0.1:{port}{phone.base}"
    stop, answered = threading.Event(), [[] for _ in range(SENDERS)]  # type: ignore[var-annotated]
    tried: dict[str, Any] = {}
    process = serve(database_url, tmp_path, port)
    try:
        senders = [threading.Thread(target=stream, args=(address, number, stop, tried, answered[number])) for number in range(SENDERS)]
        for sender in senders:
            sender.start()
        while sum(map(len, answered)) < 60:
            time.sleep(0.02)
    finally:
        kill(process)
        stop.set()
    for sender in senders:
        sender.join()
    kept = [number for numbers in answered for number in numbers]
    process = serve(database_url, tmp_path, port)
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
        kill(process)
