"""A real `pokja serve` on a free port of loopback: started, killed, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """gunicorn in a process group of its own; the port stays the same over restarts."""

    def __init__(self, database_url: str, folder: Path, workers: int = 2, **settings: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.log = folder / "server.log"
        self._workers = workers
        self._environment = {**os.environ, "DATABASE_URL": database_url, "DATA_DIR": str(folder),
                             "SECRET_KEY": "only for tests", **settings}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return once it answers."""
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(self.port), "--workers", str(self._workers)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, start_new_session=True, env=self._environment, cwd=ROOT,
                                             stdout=log, stderr=log)
        for _ in range(600):
            if self._process.poll() is not None:
                pytest.fail(f"the server ended at once with {self._process.returncode}:\n{self.log.read_text()}")
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=5).close()
                return
            except OSError:
                time.sleep(0.1)
        self.kill()
        pytest.fail(f"the server does not answer:\n{self.log.read_text()}")

    def kill(self) -> None:
        """SIGKILL to the master and all its workers at once."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
