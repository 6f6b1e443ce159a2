"""A million submissions, and 300 villages over 24 months: what pages and intake cost then (DESIGN §9, rows 4, 5 and 7)."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator

from bench import data_out, load
from bench.scene import Scene

MILLION = 7  # doublings of 10,000 rows: 1,280,000
VILLAGES, MONTHS = 300, 24
Line = tuple[str, str, float, str, str]


def measure(place: Scene, empty: Scene, seconds: float, runs: int, ingest: Callable[[Scene], Callable[[], bytes]]) -> Iterator[Line]:
    """All lines of one database; `empty` is another server with nothing stored, `ingest` makes a maker of POSTs."""
    # What a server needs once for intake and pages is not growth: both come before anything is measured.
    load.run(place.address, 32, 2 * seconds, ingest(place))
    project, token = _prepared(place, "fill")
    form = f"/v1/projects/{project}/forms/ukur"
    pages = (("list page by API", f"{form}/submissions?limit=30"), ("queue page", f"/desk/{project}/queue"),
             ("queue page, all states", f"/desk/{project}/queue?state=all"),
             ("queue page, one of 30 sub-districts", f"/desk/{project}/queue?kecamatan=19.07.05"),
             ("OData, first 250 rows", f"{form}.svc/Submissions?%24top=250"))
    for _, path in pages:
        _quantile(place, path, token, 0.95, seconds)
    small = data_out.level(place, f"{form}.svc/Submissions", token)
    _prepared(place, "double")
    os.sync()  # what the filling left for the system to write is not what is measured
    yield ("ingest with 1,280,000 stored, against none", place.database, _against(place, empty, seconds, 3 * runs, ingest), "of it", "≥ 0.9")
    for what, path in pages:
        yield f"{what}, 1,280,000 submissions, p95", place.database, _quantile(place, path, token, 0.95, seconds), "ms", "≤ 50"
    more = data_out.peak(place, f"{form}.svc/Submissions", token, rounds=1) - small
    yield "OData, peak memory at 1,280,000 rows above 10,000", place.database, more, "MB", "≤ 10"
    scored, code = _prepared(place, "scores")[0], "19.06.01.2001"
    for what, path in (("score page", f"/desk/{scored}/scores"), ("page of a village", f"/desk/{scored}/villages/{code}")):
        yield f"{what}, {VILLAGES} villages, {MONTHS} months, p50", place.database, _quantile(place, path, token, 0.5, seconds), "ms", "≤ 200"


def _against(place: Scene, empty: Scene, seconds: float, runs: int, ingest: Callable[[Scene], Callable[[], bytes]]) -> float:
    """Rate of one server by that of the other, in turns: a machine's speed may change by half within minutes."""
    both = [(one, ingest(one)) for one in (place, empty)]
    for one, request in both:
        load.run(one.address, 32, 1.0, request)
    rates = [[load.run(one.address, 32, seconds, request).rate for one, request in both] for _ in range(runs)]
    return statistics.median(full for full, _ in rates) / statistics.median(none for _, none in rates)


def _quantile(place: Scene, path: str, token: str, part: float, seconds: float) -> float:
    """Milliseconds below which this part of the answers came, asked for one after the other."""
    asked = f"GET {path} HTTP/1.1\r\nHost: ukur\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    load.run(place.address, 1, 0.5, lambda: asked, b"200")
    found = load.run(place.address, 1, seconds, lambda: asked, b"200")
    if found.wrong:
        raise SystemExit(f"{path}: {found.first_wrong[:300]!r}")
    return found.quantile(part) * 1000


def _prepared(place: Scene, step: str) -> tuple[int, str]:
    """Do a step in a process of its own: nothing of it is to lie in the memory that is measured."""
    done = subprocess.run([sys.executable, "-m", "bench.large", step], env={**os.environ, **place.environment},
                          capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"The database could not be filled: {done.stderr}")
    project, token = done.stdout.split()[-2:]
    return int(project), token


def main() -> None:
    """One step on the database that the environment names; prints a project and an administrator's token."""
    from server.app import create_app
    from server.db import transaction

    step = sys.argv[1]
    with create_app().app_context():
        if step == "scores":
            print(_scores(), "-")
        elif step == "fill":
            with transaction():
                print(*data_out.fill())
        else:
            for number in range(MILLION):
                with transaction():
                    data_out.double(number)
            data_out.settle()
            print(0, "-")


def _scores() -> int:
    """Spread the scores of the demo over more villages and months; the project they are in."""
    from sqlalchemy import insert, select

    from server.db import db, transaction
    from server.demo.making import make
    from server.villages.models import ScoreRow, Village

    with transaction():
        make()
        rows = list(db.session.scalars(select(ScoreRow).where(ScoreRow.kind == "score")))
        codes = list(db.session.scalars(select(Village.code).order_by(Village.code)))
        more = [{"code": f"19.07.{number // 10:02d}.2{number:03d}", "name": f"Desa {number}", "subdistrict_code": f"19.07.{number // 10:02d}",
                 "subdistrict": f"Kecamatan {number // 10}", "lon": 108 + number // 10 % 6 * 0.2 + number * 37 % 100 / 500, "lat": -3 + number // 60 * 0.2 + number * 53 % 100 / 500} for number in range(VILLAGES - len(codes))]
        db.session.execute(insert(Village), more)
        columns = [column.name for column in ScoreRow.__table__.columns if column.name != "id"]
        months = [f"{2027 + month // 12}-{month % 12 + 1:02d}" for month in range(MONTHS)]
        every = [*codes, *(str(each["code"]) for each in more)]
        db.session.execute(insert(ScoreRow), [
            {name: getattr(rows[number % len(rows)], name) for name in columns} | {"village_code": code, "period": month}
            for month in months for number, code in enumerate(every)])
        return rows[0].project_id


if __name__ == "__main__":
    main()
