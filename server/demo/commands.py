"""The command `pokja demo` (DESIGN §2): demo data once, accounts and the phone link every time."""

from __future__ import annotations

import click
from flask import current_app

from server.command import fail, with_app


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port that `pokja serve` will use.")
@with_app
def demo(port: int) -> None:
    """Fill an empty database with data marked CONTOH, and print the accounts and a phone link."""
    from server import schema
    from server.db import transaction
    from server.demo import making, store, telling

    schema.migrate()
    with transaction():
        project = store.project()
        if project is None:
            other = store.any_project()
            if other is not None:
                fail(f"the database holds the project “{other.name}” already; demo data goes only into an empty database")
            click.echo("Membuat data contoh … / making demo data …")
            project = making.make()
    with transaction(write=False):
        click.echo(telling.sheet(project, telling.base(current_app.extensions["pokja.config"]["PUBLIC_URL"], port)))
