"""How commands run: inside the application, and every foreseeable failure is one clear line and status 1."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import click
from sqlalchemy.exc import DBAPIError, OperationalError

from server import config as settings
from server.problems import Problem


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command inside the application's context."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        from server.app import create_app

        try:
            app = create_app()
            with app.app_context():
                try:
                    return command(*args, **kwargs)
                except DBAPIError:
                    _refuse_unmigrated()
                    raise
        except (settings.WrongSetting, Problem) as error:
            fail(str(error))
        except OperationalError as error:
            fail(f"DATABASE_URL: the database does not answer: {str(error.orig).splitlines()[0]}")
        except PermissionError as error:
            fail(f"DATA_DIR: not allowed to use {error.filename}")

    return run


def _refuse_unmigrated() -> None:
    """Say so when what failed only failed because the tables are not there, or are those of another version."""
    from server import schema
    from server.db import db

    db.session.rollback()
    have, want = schema.current(), schema.head()
    if have != want:
        raise Problem("503.1", have=have or "none", want=want)


def fail(sentence: str) -> None:
    """Say why, and end with status 1."""
    click.echo(f"pokja: {sentence}", err=True)
    sys.exit(1)
