"""The commands of docs/clients.md, as they stand there, against a running server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.conftest import PASSWORD
from tests.contracts import scene

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")]
PAGE = Path(__file__).parents[2] / "docs" / "clients.md"


def test_the_commands_of_the_page_work(served: str, tmp_path: Path) -> None:
    (script,) = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "form.xlsx").write_bytes(scene.workbook())
    (tmp_path / "satu.xml").write_bytes(scene.xml())
    done = subprocess.run(["sh", "-eu", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False, env={
        **os.environ, "HOST": served, "EMAIL": "admin@contoh.id", "PASSWORD": PASSWORD, "WORKBOOK": "form.xlsx", "INSTANCE": "satu.xml"})
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-2000:])
    assert '"reviewState":"approved"' in done.stdout and '"@odata.count":1' in done.stdout
    assert '"action":"submission.create"' in done.stdout and '"serverUrl":"http' in done.stdout
    with zipfile.ZipFile(tmp_path / "data.zip") as archive:
        assert "kunjungan rumah.csv" in archive.namelist()
    assert '"FeatureCollection"' in (tmp_path / "data.geojson").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there() -> None:
    root = PAGE.parents[1]
    for named in re.findall(r"`(tests/[^`]*)`", PAGE.read_text(encoding="utf-8")):
        assert any(root.glob(named.rstrip("/"))), named
