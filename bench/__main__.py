"""`python -m bench`: each budget of DESIGN §9 that is measured so far, on both databases, as one table."""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import data_out, large, load, scene
from bench.cost import megabytes, seconds
from bench.scene import Scene

PHOTO_BYTES = 200_000
EDGE = b"batas-ukur-7d1f"


@dataclass(frozen=True)
class Row:
    """One line of the table: what, the median of the runs, its unit, and what it should be."""

    what: str
    database: str
    value: float
    unit: str
    budget: str
    wrong: int = 0
    server: float = 0.0  # processor milliseconds of a request: of the server, of PostgreSQL
    postgres: float = 0.0


def post(base: str, head: bytes, tail: bytes, photo: bytes = b"") -> Callable[[], bytes]:
    """A maker of POSTs, each with an instance id (and photo) of its own; or always the same one if `head` has an id."""
    part = (b"--" + EDGE + b'\r\nContent-Disposition: form-data; name="xml_submission_file"; filename="a.xml"\r\n'
            b"Content-Type: text/xml\r\n\r\n")
    middle = (b"\r\n--" + EDGE + b'\r\nContent-Disposition: form-data; name="foto.jpg"; filename="foto.jpg"\r\n'
              b"Content-Type: image/jpeg\r\n\r\n") if photo else b""
    end = b"\r\n--" + EDGE + b"--\r\n"
    length = len(part) + len(head) + 36 + len(tail) + len(middle) + len(photo) + len(end)
    start = (f"POST {base}/submission?deviceID=ukur HTTP/1.1\r\nHost: ukur\r\nX-OpenRosa-Version: 1.0\r\n"
             f"User-Agent: ukur\r\nContent-Type: multipart/form-data; boundary={EDGE.decode()}\r\n"
             f"Content-Length: {length}\r\n\r\n").encode() + part + head

    def make() -> bytes:
        number = str(uuid.UUID(int=int.from_bytes(os.urandom(16)))).encode()
        # Another photo each time: the id stands in its first bytes.
        return b"".join((start, number, tail, middle, number if photo else b"", photo[36:], end))

    return make


def ingest(place: Scene) -> Callable[[], bytes]:
    return post(place.base, *scene.instance())


def with_photo(place: Scene) -> Callable[[], bytes]:
    return post(place.base, *scene.instance("foto.jpg"), photo=os.urandom(PHOTO_BYTES))


def again(place: Scene) -> Callable[[], bytes]:
    first = post(place.base, *scene.instance())()
    return lambda: first


def form_list(place: Scene) -> Callable[[], bytes]:
    request = f"GET {place.base}/formList HTTP/1.1\r\nHost: ukur\r\nX-OpenRosa-Version: 1.0\r\n\r\n".encode()
    return lambda: request


def _runs(place: Scene, connections: int, length: float, runs: int, request: Callable[[], bytes],
          status: bytes) -> tuple[list[load.Result], list[float]]:
    """Some runs, and the processor milliseconds of a request, which depend less on what else the machine does."""
    before = [seconds(place.process), seconds(place.postgres)]
    results = [load.run(place.address, connections, length, request, status) for _ in range(runs)]
    answered = sum(len(result.times) for result in results)
    after = [seconds(place.process), seconds(place.postgres)]
    return results, [(late - early) * 1000 / answered for early, late in zip(before, after, strict=True)]


def measure(place: Scene, length: float, runs: int) -> Iterator[Row]:
    """All rows of one database."""
    yield Row("memory at rest", place.database, megabytes(place.process), "MB", "≤ 150")
    for what, maker, connections, budget in (("ingest, 60 questions, 32 connections", ingest, 32, "≥ 800"),
                                             ("ingest with 200 kB photo, 8 connections", with_photo, 8, "≥ 500"),
                                             ("identical re-send, 32 connections", again, 32, "≥ 1500")):
        request = maker(place)
        load.run(place.address, connections, min(1.0, length), request)
        results, used = _runs(place, connections, length, runs, request, b"201")
        yield Row(what, place.database, statistics.median(result.rate for result in results), "/s", budget,
                  _complain(results), *used)
    yield Row("memory under load", place.database, megabytes(place.process), "MB", "≤ 300")
    listing, used = _runs(place, 1, length, runs, form_list(place), b"200")
    yield Row("formList, one connection, p50", place.database,
              statistics.median(result.quantile(0.5) for result in listing) * 1000, "ms", "≤ 2", _complain(listing), *used)


def _complain(results: list[load.Result]) -> int:
    wrong = sum(result.wrong for result in results)
    if wrong:
        print(f"  {wrong} wrong answers, the first: {next(r.first_wrong for r in results if r.wrong)[:300]!r}")
    return wrong


@contextmanager
def scenes(database: str, folder: Path, port: int) -> Iterator[Scene]:
    """A server on SQLite or PostgreSQL, both as durable as in production, with everything in a folder below this one."""
    folder = folder / f"{database}-{port}"
    folder.mkdir()
    if database == "SQLite":
        with scene.running(database, "", folder, port) as place:
            yield place
        return
    from tests import postgres

    with postgres.running(folder, durable=True) as server:
        server.create("bench")
        postmaster = int((server.folder / "data" / "postmaster.pid").read_text().split()[0])
        with scene.running(database, server.url("bench"), folder, port, postmaster) as place:
            yield place


def machine() -> str:
    """What these figures were measured on."""
    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())
    memory = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    return (f"{len(os.sched_getaffinity(0))} cores of {model}, {memory / 1048576:.0f} GB, {platform.system()} "
            f"{platform.release()}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start")


HEAD = "| what | database | median | budget | CPU a request |\n|---|---|---|---|---|"


def line(row: Row) -> str:
    shown = f"{row.value:,.2f}" if row.unit in ("ms", "of it") else f"{row.value:,.0f}"
    wrong = f" ({row.wrong} wrong answers!)" if row.wrong else ""
    used = f"{row.server:.2f} ms" if row.server else ""
    used += f" + PostgreSQL {row.postgres:.2f} ms" if row.postgres else ""
    return f"| {row.what} | {row.database} | {shown} {row.unit}{wrong} | {row.budget} {row.unit} | {used} |"


def main() -> None:
    chosen = argparse.ArgumentParser(prog="bench", description=__doc__)
    chosen.add_argument("--database", choices=("SQLite", "PostgreSQL"), help="only this one")
    chosen.add_argument("--seconds", type=float, default=4.0, help="of each run (default 4)")
    chosen.add_argument("--runs", type=int, default=3, help="whose median counts (default 3)")
    chosen.add_argument("--port", type=int, default=8740)
    chosen.add_argument("--large", action="store_true", help="instead, what a million submissions cost (20 GB of disk, half an hour)")
    options = chosen.parse_args()
    print(f"{machine()}\n\n{HEAD}", flush=True)
    # One folder for all, removed at the end: ext4 makes new files slowly while thousands were deleted a moment ago.
    with tempfile.TemporaryDirectory(prefix="pokja-bench-") as name:
        for database in [options.database] if options.database else ["SQLite", "PostgreSQL"]:
            if options.large:
                with scenes(database, Path(name), options.port) as place, scenes(database, Path(name), options.port + 1) as empty:
                    for told in large.measure(place, empty, options.seconds, options.runs, ingest):
                        print(line(Row(*told)), flush=True)
                continue
            with scenes(database, Path(name), options.port) as place:
                for row in measure(place, options.seconds, options.runs):
                    print(line(row), flush=True)
                for told in data_out.measure(place, place.environment, options.runs):
                    print(line(Row(*told)), flush=True)


if __name__ == "__main__":
    main()
