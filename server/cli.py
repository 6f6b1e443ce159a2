"""The command `pokja`: serve, migrate, people, villages, forms, demo, backup (DESIGN §2)."""

from __future__ import annotations

from pathlib import Path

import click

from server.accounts.commands import user
from server.command import fail, with_app
from server.datasets.commands import housekeeping
from server.demo.commands import demo
from server.publishing.commands import form
from server.villages.commands import villages


@click.group()
def main() -> None:
    """Pokja: forms filled offline on phones, reviewed at a desk, scored per village."""


main.add_command(user)
main.add_command(form)
main.add_command(villages)
main.add_command(demo)
main.add_command(housekeeping)


@main.command()
@with_app
def migrate() -> None:
    """Bring the database to the state this version needs."""
    from server import schema

    before, after = schema.migrate()
    click.echo(f"Database at {after} (was {before or 'empty'})." if before != after else f"Database already at {after}.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", type=click.IntRange(1, 64), help="Processes; default one a core, at least two.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="Threads of each process.")
def serve(host: str, port: int, workers: int | None, threads: int) -> None:
    """Serve with gunicorn, after bringing the database up to date."""
    from server import config as settings
    from server.app import create_app
    from server.serve import Server, default_workers

    _prepare()
    try:
        app = create_app()
    except settings.WrongSetting as error:
        fail(str(error))
    click.echo(f"Pokja: http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}")  # noqa: S104
    Server(app, host, port, workers or default_workers(), threads).run()


@with_app
def _prepare() -> None:
    from server import schema
    from server.db import db

    schema.migrate()
    db.session.remove()
    db.engine.dispose()


@main.command()
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@with_app
def backup(target: Path) -> None:
    """Write all rows and files to one archive TARGET (.tar)."""
    from server import backup

    if target.exists():
        fail(f"{target} exists already; choose another name")
    manifest = backup.write(target)
    files = sum(name.startswith("files/") for name in manifest["sha256"])
    click.echo(f"{target}: {sum(manifest['rows'].values())} rows, {files} files, {target.stat().st_size} bytes.")


@main.command()
@click.argument("source", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--check-only", is_flag=True, help="Only read the archive and compare its hashes.")
@with_app
def restore(source: Path, check_only: bool) -> None:
    """Restore the archive SOURCE into an empty database and files folder, and check it."""
    from server import backup

    try:
        manifest = backup.check(source) if check_only else backup.restore(source)
    except backup.BadArchive as error:
        fail(str(error))
        return
    files = sum(name.startswith("files/") for name in manifest["sha256"])
    done = "is whole" if check_only else "restored and checked"
    click.echo(f"{source} {done}: {sum(manifest['rows'].values())} rows, {files} files.")


if __name__ == "__main__":
    main()
