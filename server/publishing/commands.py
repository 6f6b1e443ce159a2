"""Commands on forms: `pokja form publish` and `pokja form export` (DESIGN §2)."""

from __future__ import annotations

from pathlib import Path

import click

from server.command import with_app


@click.group()
def form() -> None:
    """Forms: publish a workbook, get it back."""


@form.command()
@click.argument("source", type=click.Path(exists=True, path_type=Path))
@click.option("--project", type=int, default=1, show_default=True, help="Number of the project.")
@with_app
def publish(source: Path, project: int) -> None:
    """Publish SOURCE: a folder of CSV sheets, an XLSX or XLS workbook or an XForm XML file.

    In a database without any project, project 1 is made.
    """
    from server.db import transaction
    from server.projects.store import first_or_get
    from server.publishing import sources, store

    read = sources.from_path(source)
    for warning in read.form.warnings:
        click.echo(f"Warning: {warning}", err=True)
    with transaction():
        first_or_get(project)
        before = store.find_form(project, read.form.xml_form_id)
        current = store.current_version(before.id) if before else None
        version = store.publish_workbook(project, read)
    told = "was published already" if current and current.id == version.id else "is published"
    rubric = f", scored by {len(read.rubric)} rows" if read.rubric else ""
    click.echo(f"{read.form.xml_form_id} version {version.version or '(empty)'} {told} in project {project}{rubric}.")


@form.command()
@click.argument("form_id")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--project", type=int, default=1, show_default=True, help="Number of the project.")
@with_app
def export(form_id: str, target: Path, project: int) -> None:
    """Write the published workbook of FORM_ID to TARGET (.xlsx, or .xls if it came as that)."""
    from server import files
    from server.problems import Problem
    from server.publishing import sources, store

    row = store.get_form(project, form_id)
    version = store.shown_version(row.id)
    if version is None or version.workbook_sha256 is None:
        raise Problem("404.1", message=f"The form {form_id} was given as XForm XML; there is no workbook of it.")
    suffix = ".xls" if version.workbook_type == sources.XLS else ".xlsx"
    if target.suffix.lower() in {".xls", ".xlsx"} - {suffix}:  # Excel warns of a file whose name says another kind
        raise Problem("404.1", message=f"The workbook of {form_id} is an {suffix} file; name it {target.stem}{suffix}.")
    with files.keeper().open(version.workbook_sha256) as kept:
        target.write_bytes(kept.read())
    click.echo(f"{form_id} version {version.version or '(empty)'} written to {target}.")
