"""The command `pokja`: serve, migrate, people, villages, forms, demo, backup (DESIGN §2)."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import click

from server import config as settings
from server.problems import Problem


@click.group()
def main() -> None:
    """Pokja: forms filled offline on phones, reviewed at a desk, scored per village."""


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application; a wrong setting or a problem is one clear line and status 1."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from server.app import create_app

        try:
            app = create_app()
            with app.app_context():
                return command(*args, **kwargs)
        except (settings.WrongSetting, Problem) as error:
            click.echo(f"pokja: {error}", err=True)
            sys.exit(1)

    return run


@main.command()
@with_app
def migrate() -> None:
    """Bring the database to the state this version needs."""
    from server import schema

    before, after = schema.migrate()
    click.echo(f"Database at {after} (was {before or 'empty'})." if before != after else f"Database already at {after}.")


if __name__ == "__main__":
    main()
