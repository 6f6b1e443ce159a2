"""The settings QR that sets up ODK Collect (PROTOCOL §2.9)."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any, Literal
from urllib.parse import urlsplit

UpdateMode = Literal["manual", "previously_downloaded", "match_exactly"]
AutoSend = Literal["off", "wifi_only", "cellular_only", "wifi_and_cellular"]
CheckEvery = Literal["every_fifteen_minutes", "every_one_hour", "every_six_hours", "every_24_hours"]

# One unknown value and Collect rejects the whole code, with a message that names nothing.
_ALLOWED: dict[str, tuple[str, ...]] = {
    "form_update_mode": ("manual", "previously_downloaded", "match_exactly"),
    "autosend": ("off", "wifi_only", "cellular_only", "wifi_and_cellular"),
    "periodic_form_updates_check": (
        "every_fifteen_minutes",
        "every_one_hour",
        "every_six_hours",
        "every_24_hours",
    ),
}


def collect_settings(
    server_url: str,
    project_name: str,
    *,
    form_update_mode: UpdateMode = "match_exactly",
    autosend: AutoSend = "wifi_and_cellular",
    periodic_form_updates_check: CheckEvery | None = None,
    automatic_update: bool | None = None,
    delete_send: bool | None = None,
    hide_old_form_versions: bool | None = None,
    username: str | None = None,
    password: str | None = None,
    icon: str = "🌱",
    color: str = "#3e9fcc",
) -> str:
    """Return the text of the QR code (level L); None leaves a setting to Collect.

    `server_url` is absolute: https://host/v1/key/TOKEN/projects/1, or the base of a draft (§2.8).
    Raises ValueError for a value Collect does not know.
    """
    general: dict[str, Any] = {
        "server_url": server_url,
        "form_update_mode": form_update_mode,
        "autosend": autosend,
        "periodic_form_updates_check": periodic_form_updates_check,
        "automatic_update": automatic_update,
        "delete_send": delete_send,
        "hide_old_form_versions": hide_old_form_versions,
        "username": username,
        "password": password,
    }
    general = {name: value for name, value in general.items() if value is not None}
    _check(general)
    project = {"name": project_name, "icon": icon, "color": color}
    settings = {"general": general, "admin": {}, "project": project}
    packed = zlib.compress(json.dumps(settings, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return base64.b64encode(packed).decode("ascii")


def _check(general: dict[str, Any]) -> None:
    address = urlsplit(general["server_url"])
    if address.scheme not in ("http", "https") or not address.netloc:
        raise ValueError(f"The server address is not absolute: {general['server_url']}")
    for name, allowed in _ALLOWED.items():
        if name in general and general[name] not in allowed:
            raise ValueError(f"Collect knows no {name} {general[name]}; it knows {', '.join(allowed)}.")
