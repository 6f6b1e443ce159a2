"""The settings QR of Collect (PROTOCOL §2.9)."""

import base64
import json
import zlib
from typing import Any

import pytest

from sync.settings_qr import collect_settings

URL = "https://host/v1/key/" + "T" * 64 + "/projects/1"


def opened(text: str) -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(text, validate=True)))
    return settings


def test_the_code_holds_what_collect_needs_and_nothing_it_does_not_know() -> None:
    assert opened(collect_settings(URL, "Belitung Timur")) == {
        "general": {"server_url": URL, "form_update_mode": "match_exactly", "autosend": "wifi_and_cellular"},
        "admin": {},
        "project": {"name": "Belitung Timur", "icon": "🌱", "color": "#3e9fcc"},
    }


def test_the_text_is_one_line_of_base64_over_zlib_with_header() -> None:
    text = collect_settings(URL, "Belitung Timur")
    assert "\n" not in text and base64.b64decode(text)[0] == 0x78
    assert len(text) < 400  # a QR of level L that a cheap camera still reads


def test_further_settings_are_written_only_if_given() -> None:
    general = opened(
        collect_settings(
            URL, "x", autosend="wifi_only", periodic_form_updates_check="every_one_hour", automatic_update=True,
            delete_send=False, hide_old_form_versions=True, username="u", password="p",
        )
    )["general"]  # fmt: skip
    assert general == {
        "server_url": URL, "form_update_mode": "match_exactly", "autosend": "wifi_only",
        "periodic_form_updates_check": "every_one_hour", "automatic_update": True, "delete_send": False,
        "hide_old_form_versions": True, "username": "u", "password": "p",
    }  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        {"autosend": "wifi"},
        {"form_update_mode": "automatic"},
        {"periodic_form_updates_check": "every_hour"},
        {"server_url": "/v1/key/T/projects/1"},
        {"server_url": ""},
    ],
)
def test_a_value_collect_would_reject_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"Collect knows no|not absolute"):
        collect_settings(**{"server_url": URL, "project_name": "x", **wrong})
