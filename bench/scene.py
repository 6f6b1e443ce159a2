"""The server under test: a fresh database of each kind, a form of 60 questions, a phone, and `pokja serve` (DESIGN §9)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

VILLAGE = "19.06.01.2001"
QUESTIONS = 60
_TYPES = ("text", "integer", "decimal", "date", "select_one ya_tidak", "select_one nilai", "select_multiple tema", "text",
          "integer", "select_one ya_tidak")
_VALUES = ("Kelompok Kegiatan Mawar", "12", "3.25", "2026-03-14", "ya", "3", "gizi kb lansia", "Catatan singkat petugas",
           "2450000", "tidak")


@dataclass(frozen=True)
class Scene:
    """A running server: where it listens, the path of the phone's project, its process, and PostgreSQL's if it has one."""

    database: str
    host: str
    port: int
    base: str
    process: int
    postgres: int = 0
    environment: dict[str, str] = field(default_factory=dict)  # the server's own settings, for whoever fills its database

    @property
    def address(self) -> tuple[str, int]:
        return self.host, self.port


def sheets() -> dict[str, list[dict[str, str]]]:
    """The workbook of a form with 60 questions in six groups, and one photo."""
    survey = [{"type": "text", "name": "desa", "label": "Desa"}, {"type": "text", "name": "periode", "label": "Periode"}]
    for group in range(QUESTIONS // len(_TYPES)):
        survey.append({"type": "begin group", "name": f"modul_{group}", "label": f"Modul {group}"})
        survey += [{"type": kind, "name": f"p{group}_{number}", "label": f"Pertanyaan {group}.{number}", "required": "yes"}
                   for number, kind in enumerate(_TYPES)]
        survey.append({"type": "end group", "name": "", "label": ""})
    survey.append({"type": "image", "name": "foto", "label": "Foto"})
    lists = {"ya_tidak": ("ya", "tidak", "tt"), "nilai": ("0", "1", "2", "3", "4", "tt"), "tema": ("gizi", "kb", "lansia")}
    return {
        "survey": survey,
        "choices": [{"list_name": name, "name": value, "label": value} for name, values in lists.items() for value in values],
        "settings": [{"form_id": "ukur", "form_title": "Formulir ukur", "version": "1", "area_field": "desa",
                      "period_field": "periode"}]}


def instance(photo: str = "") -> tuple[bytes, bytes]:
    """The XML of a filled form, before and after its instance id."""
    body = f"<desa>{VILLAGE}</desa><periode>2026-S1</periode>"
    for group in range(QUESTIONS // len(_TYPES)):
        answers = "".join(f"<p{group}_{number}>{value}</p{group}_{number}>" for number, value in enumerate(_VALUES))
        body += f"<modul_{group}>{answers}</modul_{group}>"
    body += f"<foto>{photo}</foto>" if photo else ""
    head = f'<?xml version="1.0"?><data id="ukur" version="1">{body}<meta><instanceID>uuid:'
    return head.encode(), b"</instanceID></meta></data>"


@contextmanager
def running(database: str, url: str, folder: Path, port: int, postgres: int = 0) -> Iterator[Scene]:
    """Migrate, publish, enrol, serve; stopped at the end."""
    own = {"DATA_DIR": str(folder), "DATABASE_URL": url, "SECRET_KEY": "bench"}
    environment = {**os.environ, **own}
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))  # a server left behind by another run would be measured instead
    token = _set_up(environment)
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen([sys.executable, "-m", "server.cli", "serve", "--port", str(port)], env=environment,
                               stdout=log, stderr=log, start_new_session=True)
    try:
        _wait(port, process, folder / "server.log")
        yield Scene(database, "127.0.0.1", port, f"/v1/key/{token}/projects/1", process.pid, postgres, own)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def _set_up(environment: dict[str, str]) -> str:
    """Make the database in a process of its own, so that nothing of it lives on in this one; the phone's token."""
    done = subprocess.run([sys.executable, "-m", "bench.scene"], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The database could not be set up: {done.stderr}")
    return done.stdout.strip().splitlines()[-1]


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"The server stopped: {log.read_text()}")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start within 30 seconds.")


def main() -> None:
    """Set up the database that the environment names; print the token of its phone."""
    from forms.workbook import Workbook
    from server import schema
    from server.accounts import store as accounts
    from server.app import create_app
    from server.db import db, transaction
    from server.projects import store as projects
    from server.publishing import store as publishing
    from server.villages.models import Village

    with create_app().app_context():
        schema.migrate()
        with transaction():
            project = projects.create("Ukur")
            publishing.publish_workbook(project.id, Workbook(sheets=sheets(), name="ukur.xlsx"))
            db.session.add(Village(code=VILLAGE, name="Padang", subdistrict_code="19.06.01", subdistrict="Manggar"))
            print(accounts.create_app_user(project.id, "HP ukur", None).token)


if __name__ == "__main__":
    main()
