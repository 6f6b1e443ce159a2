"""The command `pokja housekeeping` (PROTOCOL §6: a held update goes on after five days)."""

from __future__ import annotations

import click

from server.command import with_app


@click.command()
@with_app
def housekeeping() -> None:
    """Do what waits for time to pass; run it once a day."""
    from server.datasets import store
    from server.db import now, transaction

    with transaction():
        done = store.force(now())
    click.echo(f"{done} entity updates went on without their predecessors.")
