"""Rules that hold for the whole tree: grants, settings, problems, places."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from server import config as settings
from server.app import ROOMS, room
from server.problems import CATALOGUE

ROOT = Path(__file__).parents[2]
PYTHON = [path for folder in ("server", "forms", "sync", "scoring") for path in (ROOT / folder).rglob("*.py")]


def test_every_route_names_its_grant(app: Flask) -> None:
    declared = {route.endpoint for name in ROOMS for route in room(name).declared}
    routed = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert routed == declared


def test_every_setting_is_documented_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert settings.as_markdown() in readme


def test_every_problem_raised_is_in_the_catalogue() -> None:
    raised = {code for path in PYTHON if path.parts[-2] != "sync"
              for code in re.findall(r'Problem\(\s*"([0-9.]+)"', path.read_text())}
    assert raised <= CATALOGUE.keys()


@pytest.mark.parametrize("name", ["utils", "helpers", "common", "misc"])
def test_there_is_no_attic(name: str) -> None:
    assert [path for path in PYTHON if path.stem == name or name in path.parts] == []


def test_every_module_says_what_it_is() -> None:
    silent = [str(path.relative_to(ROOT)) for path in PYTHON
              if path.read_text().strip() and not path.read_text().lstrip().startswith('"""') and "versions" not in path.parts]
    assert silent == []


def test_sql_stays_in_models_stores_and_the_ground() -> None:
    ground = {"areas.py", "db.py", "prepared.py", "events.py", "files.py", "schema.py", "streams.py", "backup.py", "command.py", "blueprints.py"}
    strays = [str(path.relative_to(ROOT)) for path in (ROOT / "server").rglob("*.py")
              if re.search(r"^\s*(from|import) sqlalchemy", path.read_text(), re.M)
              and path.name not in ("models.py", "store.py") and not path.name.endswith(("_store.py", "_models.py"))
              and path.parent.name != "store"
              and not (path.parent.name == "server" and path.name in ground)
              and "migrations" not in path.parts]
    assert strays == []


def test_no_browser_test_takes_a_promise_for_an_answer() -> None:
    strays = [path.name for path in (ROOT / "tests/browser").rglob("*.py")
              if re.search(r'wait_for_function\(\s*"""?\s*async|wait_for_function\(\s*"async', path.read_text())]
    assert not strays, f"{strays}: wait_for_function returns at once for an async script; use until"
