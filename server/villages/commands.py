"""The command `pokja villages import` (DESIGN §2)."""

from __future__ import annotations

from pathlib import Path

import click

from server.command import fail, with_app


@click.group()
def villages() -> None:
    """The list of villages and their outlines."""


@villages.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_app
def import_file(file: Path) -> None:
    """Import FILE: a CSV of codes, names and points, or a GeoJSON of outlines."""
    from server.db import transaction
    from server.villages import store
    from server.villages.importing import BadList

    try:
        with transaction():
            if file.suffix.lower() in (".geojson", ".json"):
                click.echo(f"Outlines of {store.import_geojson(file.read_bytes())} villages set.")
            else:
                added, known = store.import_csv(file.read_bytes())
                click.echo(f"{added} villages added, {known} updated.")
    except BadList as error:
        fail(f"{file}: {error}")
