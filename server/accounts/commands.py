"""Commands on people: `pokja user add` (DESIGN §2)."""

from __future__ import annotations

import sys

import click

from server.command import with_app
from server.grants import BY_SYSTEM

ROLES = ("admin", "manager", "reviewer", "viewer", "formview", "formfill")


@click.group()
def user() -> None:
    """People who log in."""


@user.command()
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True, help="What the person may do.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input instead of asking.")
@click.option("--project", type=int, help="Number of the project the role is for; without it, everywhere.")
@click.option("--area", default="", help="Village code or its beginning (19.06.01) to which the role is limited.")
@click.option("--name", default="", help="Name to show; without it the e-mail address.")
@with_app
def add(email: str, role: str, password_stdin: bool, project: int | None, area: str, name: str) -> None:
    """Make an account for EMAIL."""
    from server.accounts import store
    from server.db import transaction
    from server.problems import Problem

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else click.prompt(
        "Password", hide_input=True, confirmation_prompt=True)
    with transaction():
        if project is not None and not store.project_exists(project):
            raise Problem("404.1", message=f"There is no project {project}.")
        person = store.create_user(email, password, name)
        store.assign(person.actor_id, BY_SYSTEM[role].id, project, area=store.checked_area(area))
    where = f"in project {project}" if project is not None else "everywhere"
    click.echo(f"{person.email} is {role} {where}{f', area {area}' if area else ''}.")
