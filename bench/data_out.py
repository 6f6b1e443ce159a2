"""Data out against DESIGN §9: OData and CSV rows a second in one request, and the memory that ever more rows take."""

from __future__ import annotations

import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from bench import scene
from bench.cost import megabytes, seconds
from bench.scene import Scene

ROWS = 10_000
WARM = 6  # times that the short answers are given first: until every worker has had its turn
LEVEL = 30  # times that four short answers at once are given twice, until each thread and connection has what it needs
SMALL, LARGE = 1, 4  # doublings: memory at 160,000 rows against that at 20,000
FIRST = 10_000_000  # ids of these rows: far from those that the other measurements make
_WORDS = ("kader", "posyandu", "keluarga", "balita", "remaja", "lansia", "kampung", "dusun", "kegiatan", "penyuluhan", "catatan")
Line = tuple[str, str, float, str, str]


def measure(place: Scene, environment: dict[str, str], runs: int) -> Iterator[Line]:
    """All lines of one database: what, database, value, unit, budget."""
    project, token = _filled(environment)
    form = f"/v1/projects/{project}/forms/ukur"
    ways = (("OData, 10,000 rows, one request", f"{form}.svc/Submissions", 40_000),
            ("CSV zip, 10,000 rows, one request", f"{form}/submissions.csv.zip", 25_000))
    for what, path, least in ways:
        for _ in range(WARM):
            fetch(place, path, token)
        before, times = seconds(place.process), [fetch(place, path, token) for _ in range(3 * runs)]
        used = (seconds(place.process) - before) / len(times) / ROWS
        yield what, place.database, ROWS / statistics.median(times), "rows/s", f"≥ {least}"
        yield f"{what.partition(',')[0]}, processor time of the server", place.database, used * 1e6, "µs/row", f"≤ {1e6 / least:.0f}"
    _filled(environment, 0, SMALL)
    small = [level(place, path, token) for _, path, _ in ways]
    _filled(environment, SMALL, LARGE)
    for (what, path, _), before in zip(ways, small, strict=True):
        more = max(peak(place, path, token) for _ in range(2)) - before
        yield f"{what.partition(',')[0]}, peak memory at 160,000 rows above 20,000", place.database, more, "MB", "≤ 10"


def fetch(place: Scene, path: str, token: str) -> float:
    """Seconds until the last byte of an answer has come."""
    began = time.perf_counter()
    with socket.create_connection(place.address) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: ukur\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        first, end = b"", b""
        while part := line.recv(1 << 20):
            first = first or part[:15]
            end = (end + part)[-5:]
    if not first.startswith(b"HTTP/1.1 200") or end != b"0\r\n\r\n":
        raise SystemExit(f"{path}: {first!r} … {end!r}")
    return time.perf_counter() - began


def peak(place: Scene, path: str, token: str, rounds: int = 2) -> float:
    """Megabytes of the server at its largest while it answers four at once, twice, so that every worker has its turn."""
    with _watched(place) as seen:
        for _ in range(rounds):
            with ThreadPoolExecutor(4) as many:
                list(many.map(lambda _: fetch(place, path, token), range(4)))
    return max(seen)


def level(place: Scene, path: str, token: str) -> float:
    """The peak after many answers of this length: each thread and connection keeps what it once needed, and that is not growth."""
    return max(peak(place, path, token) for _ in range(LEVEL))


@contextmanager
def _watched(place: Scene) -> Iterator[list[float]]:
    seen, over = [megabytes(place.process)], threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            seen.append(megabytes(place.process))

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def _filled(environment: dict[str, str], *doublings: int) -> tuple[int, str]:
    """Fill the database in a process of its own, or double it from one step to another; the project's id and an administrator's token."""
    done = subprocess.run([sys.executable, "-m", "bench.data_out", *map(str, doublings)], env={**os.environ, **environment},
                          capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The database could not be filled: {done.stderr}")
    project, token = done.stdout.split()[-2:]
    return int(project), token


def varied(answers: dict[str, str], chance: random.Random) -> dict[str, str]:
    """The same answers with other values, as different as those of a real survey."""
    other = dict(answers)
    for path, value in answers.items():
        if value.isdigit():
            other[path] = str(chance.randrange(5000))
        elif value.replace(".", "", 1).isdigit() and value.count(".") == 1:
            other[path] = f"{chance.random() * 100:.2f}"
        elif value[:5] == "2026-":
            other[path] = f"2026-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
        elif " " in value:
            other[path] = " ".join(chance.choices(_WORDS, k=3))
    return other


def main() -> None:
    """Fill the database that the environment names: 10,000 rows, or double them from one step to another."""
    from server.app import create_app
    from server.db import transaction

    with create_app().app_context():
        steps = [int(step) for step in sys.argv[1:]]
        with transaction():
            print(*(_double(*steps) if steps else fill()))
        settle()


def fill() -> tuple[int, str]:
    import uuid

    from sqlalchemy import insert

    from forms.answers import flatten
    from forms.instance import read
    from forms.workbook import Workbook
    from server.db import db, now
    from server.projects import store as projects
    from server.publishing import store as publishing
    from server.submissions.models import Submission, SubmissionVersion

    project = projects.create("Ukur keluaran")
    version = publishing.publish_workbook(project.id, Workbook(sheets=scene.sheets(), name="ukur.xlsx"))
    head, tail = scene.instance()
    answers = flatten(read(head + b"contoh" + tail), publishing.definition(version))
    chance, at = random.Random(19), now()  # noqa: S311 (the same rows each time)
    rows, versions = list[dict[str, Any]](), list[dict[str, Any]]()
    for number in range(ROWS):
        own = f"uuid:{uuid.UUID(int=chance.getrandbits(128))}"
        shared = {"id": FIRST + number, "form_id": version.form_id, "trial": False, "instance_id": own,
                  "created_at": at + timedelta(milliseconds=number)}
        state = chance.choices((None, "edited", "hasIssues", "approved", "rejected"), (4, 1, 1, 12, 2))[0]
        rows.append(shared | {"area": f"19.07.{number % 30:02d}.2{number % 300:03d}", "period": f"2026-S{number % 2 + 1}", "kind": "", "edits": 0,
                              "device_id": "ukur", "review_state": state, "updated_at": shared["created_at"] if state else None,
                              "risk": chance.randrange(60)})  # weighed, as after a first look at the queue
        versions.append(shared | {
            "submission_id": FIRST + number, "form_version_id": version.id, "current": True, "xml": head + own[5:].encode() + tail,
            "xml_sha256": "0" * 64, "answers": varied(answers, chance) | {"/meta/instanceID": own}, "disagreements": []})
    db.session.execute(insert(Submission), rows)
    db.session.execute(insert(SubmissionVersion), versions)
    return project.id, _administrator()


def _double(first: int, last: int) -> tuple[int, str]:
    for step in range(first, last):
        double(step)
    return 0, "-"


def double(step: int) -> None:
    """Copy all rows that there are after so many doublings."""
    from sqlalchemy import String, insert, literal, select

    from server.db import db
    from server.submissions.models import Submission, SubmissionVersion

    more = ROWS << step
    for kind in (Submission, SubmissionVersion):
        table = kind.__table__
        changed = {"id": table.c.id + more, "instance_id": table.c.instance_id + literal(f"-{step}", String)}
        if kind is SubmissionVersion:
            changed["submission_id"] = table.c.submission_id + more
        columns = [changed.get(column.name, column) for column in table.columns]
        db.session.execute(insert(table).from_select([column.name for column in table.columns], select(*columns).where(
            table.c.id.between(FIRST, FIRST + more - 1))))


def settle() -> None:
    """Do what a database would have done by itself while a million submissions came one by one."""
    from contextlib import closing

    from server.db import db

    with closing(db.engine.raw_connection()) as connection:
        own = connection.driver_connection
        assert own is not None
        if db.engine.dialect.name == "postgresql":
            own.autocommit = True
            own.execute("VACUUM ANALYZE")
            own.execute("CHECKPOINT")
            own.autocommit = False
        else:
            own.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _administrator() -> str:
    from server.accounts import store

    user = store.create_user("ukur@contoh.id", "kata-sandi-ukur", "Ukur")
    store.assign(user.actor_id, 1)
    return store.open_session(user, 24)[0]


if __name__ == "__main__":
    main()
