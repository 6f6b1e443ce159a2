"""The image and the compose file keep their promises, as far as they can be read without a container engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def test_the_dockerfile_is_linted_clean() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    told = subprocess.run([hadolint, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout) == (0, "")


def test_the_image_runs_as_nobody_special_and_checks_its_health() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in last_stage
    assert "/healthz" in last_stage and "HEALTHCHECK" in last_stage


def test_what_the_dockerfile_copies_is_in_the_build_context() -> None:
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert source.split("/")[0] in allowed, source
                assert (ROOT / source).exists(), source


def test_compose_keeps_the_database_inside_and_waits_for_health() -> None:
    services = yaml.safe_load((ROOT / "compose.yml").read_text())["services"]
    assert {"app", "database", "tls"} == services.keys()
    assert "ports" not in services["app"] and "ports" not in services["database"]
    assert services["app"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["app"]["read_only"] is True


def test_every_variable_of_compose_is_explained_in_the_example() -> None:
    import re

    wanted = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yml").read_text()))
    assert wanted == set(re.findall(r"^(?:# )?(\w+)=", (ROOT / ".env.example").read_text(), re.M))
