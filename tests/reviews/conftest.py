"""Fixtures: the small form, published, a phone that fills it, and one submission."""

from __future__ import annotations

import pytest
from flask import Flask

from tests import arrivals


@pytest.fixture
def form(app: Flask, project: int) -> int:
    """Id of the published small form."""
    return arrivals.publish(app, project)


@pytest.fixture
def phone(app: Flask, project: int, form: int) -> arrivals.Phone:
    return arrivals.enrol(app, project)


@pytest.fixture
def sent(phone: arrivals.Phone) -> str:
    """Instance id of a submission."""
    assert phone.send(arrivals.instance("uuid:satu")).status_code == 201
    return "uuid:satu"
