"""Every setting in one place: read from the environment, checked at start, documented from here (DESIGN §2)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class WrongSetting(ValueError):
    """A setting that cannot be used; the text names the setting and what it accepts."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, its default as text, how it is read, and the sentence README shows."""

    name: str
    default: str
    read: Callable[[str], Any]
    meaning: str


def _text(value: str) -> str:
    return value.strip()


def _folder(value: str) -> Path:
    return Path(value).expanduser().resolve()


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"is not a whole number: {value!r}") from None
        if not low <= number <= high:
            raise ValueError(f"must lie between {low} and {high}, not {number}")
        return number

    return read


def _one_of(*allowed: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    return read


def _switch(value: str) -> bool:
    answers = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    try:
        return answers[value.strip().lower()]
    except KeyError:
        raise ValueError(f"must be yes or no, not {value!r}") from None


def _web_address(value: str) -> str:
    value = value.strip().rstrip("/")
    if not value:
        return ""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
        raise ValueError(f"must look like https://pokja.example.id, not {value!r}")
    return value


def _mail_server(value: str) -> str:
    value = value.strip()
    parts = urlsplit(value)
    try:
        fits = parts.scheme in ("smtp", "smtps") and parts.hostname and parts.path in ("", "/") and parts.port != 0
    except ValueError:  # a port that is no number
        fits = False
    if value and not fits:  # the value holds a password, so it is not shown
        raise ValueError("must look like smtp://user:password@mail.example.id:587 or smtps://…")
    return value


def _mail_address(value: str) -> str:
    from email.headerregistry import Address
    from email.utils import parseaddr

    value = value.strip()
    address = parseaddr(value)[1]
    try:
        if value and not Address(addr_spec=address).domain:
            raise ValueError
    except Exception:
        raise ValueError(f"must look like pokja@example.id or Pokja <pokja@example.id>, not {value!r}") from None
    return value


def _database_url(value: str) -> str:
    value = value.strip()
    if value.startswith("postgres://"):
        value = "postgresql://" + value.removeprefix("postgres://")
    if value.startswith("postgresql://"):
        return "postgresql+psycopg://" + value.removeprefix("postgresql://")
    if not value or value.startswith(("sqlite:///", "postgresql+psycopg://")):
        return value
    raise ValueError("must start with sqlite:/// or postgresql://")


def _files_url(value: str) -> str:
    value = value.strip()
    if "://" in value and not value.startswith(("s3://", "file://")):
        raise ValueError("must be a folder or s3://bucket/prefix")
    return value.removeprefix("file://")


def _proxies(value: str) -> tuple[str, ...]:
    import ipaddress

    items = tuple(part.strip() for part in value.split(",") if part.strip())
    for item in items:
        try:
            ipaddress.ip_network(item, strict=False)
        except ValueError:
            raise ValueError(f"must hold addresses or networks separated by commas; {item!r} is neither") from None
    return items


SETTINGS: tuple[Setting, ...] = (
    Setting("DATA_DIR", "./var", _folder, "Folder of the database, the files and the secret key. Back it up whole."),
    Setting("DATABASE_URL", "", _database_url,
            "`sqlite:///…` or `postgresql://user:password@host/name` (psycopg 3). Empty: `DATA_DIR/pokja.db`."),
    Setting("FILES_URL", "", _files_url,
            "Folder of photos and form files, or `s3://bucket/prefix`. Empty: `DATA_DIR/files`."),
    Setting("PUBLIC_URL", "", _web_address,
            "Address that phones and browsers use, e.g. `https://pokja.example.id`. Empty: taken from each request."),
    Setting("TRUSTED_PROXIES", "", _proxies,
            "Addresses or networks of reverse proxies whose `X-Forwarded-*` headers are believed, e.g. `127.0.0.1`."),
    Setting("SECRET_KEY", "", _text, "Signs what the server hands out. Empty: made at first start in `DATA_DIR/secret.key` (0600)."),
    Setting("DEFAULT_LANGUAGE", "id", _one_of("id", "en"), "Language of pages until a person chooses: `id` or `en`."),
    Setting("TIME_ZONE", "Asia/Jakarta", _text, "Time zone in which pages show times (WIB by default); stored times are UTC."),
    Setting("MAX_UPLOAD_MB", "100", _whole(1, 2048), "Largest request that is accepted, in MB."),
    Setting("BATCH_MB", "10", _whole(1, 2048), "Size announced to phones as one batch (`X-OpenRosa-Accept-Content-Length`), in MB."),
    Setting("MAX_XML_MB", "5", _whole(1, 100), "Largest XML of one filled form, in MB."),
    Setting("QUARANTINE_RECORDS", "1000", _whole(0, 1_000_000),
            "How many refused records of a project are kept for a decision; beyond it new ones are only refused. 0 keeps none."),
    Setting("QUARANTINE_MB", "1000", _whole(1, 1_000_000), "How much these may take together with their files, in MB per project."),
    Setting("DIGEST_AUTH", "no", _switch, "Offer HTTP Digest to phones on plain http (`yes` or `no`). Stores an MD5 of each new password."),
    Setting("SESSION_HOURS", "24", _whole(1, 24 * 90), "How long a log-in lasts, in hours."),
    Setting("LOGIN_TRIES", "10", _whole(3, 1000), "Wrong passwords per account and address in 15 minutes before a pause."),
    Setting("SMTP_URL", "", _mail_server,
            "Mail server for links to a new password: `smtp://user:password@host:587` (STARTTLS) or `smtps://…`. Needs `MAIL_FROM`, `PUBLIC_URL`. Empty: no mail."),
    Setting("MAIL_FROM", "", _mail_address, "Sender of that mail, e.g. `Pokja <pokja@example.id>`."),
)


@dataclass(frozen=True, slots=True)
class Config:
    """Checked settings. `values` maps each name of SETTINGS to its typed value."""

    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def data_dir(self) -> Path:
        path: Path = self.values["DATA_DIR"]
        return path

    @property
    def database_url(self) -> str:
        return self.values["DATABASE_URL"] or f"sqlite:///{self.data_dir / 'pokja.db'}"

    @property
    def files_url(self) -> str:
        return self.values["FILES_URL"] or str(self.data_dir / "files")

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def read(environment: Mapping[str, str] | None = None) -> Config:
    """Read all settings; raises WrongSetting naming the first one that cannot be used."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        given = environment.get(setting.name, "")
        try:
            values[setting.name] = setting.read(given if given.strip() else setting.default)
        except ValueError as error:
            raise WrongSetting(f"{setting.name} {error}") from None
    _check_zone(values["TIME_ZONE"])
    _check_mail(values)
    return Config(values)


def _check_zone(name: str) -> None:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except Exception:
        raise WrongSetting(f"TIME_ZONE is not a known time zone: {name!r}") from None


def _check_mail(values: Mapping[str, Any]) -> None:
    # A link in a mail may not be built from what the asking request says of its host.
    for needed in ("MAIL_FROM", "PUBLIC_URL"):
        if values["SMTP_URL"] and not values[needed]:
            raise WrongSetting(f"{needed} is needed when SMTP_URL is set")


def secret_key(config: Config) -> str:
    """The signing key: the setting, else the one kept in DATA_DIR, made on first use with mode 0600."""
    if config["SECRET_KEY"]:
        return str(config["SECRET_KEY"])
    path = config.data_dir / "secret.key"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept_key(path)
    except OSError as error:
        raise WrongSetting(f"DATA_DIR cannot be written: {error.strerror}: {path.parent}") from None
    key = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w") as file:
        file.write(key)
    return key


def _kept_key(path: Path) -> str:
    import time

    for _ in range(50):  # another process may be writing it this very moment
        key = path.read_text().strip()
        if key:
            return key
        time.sleep(0.02)
    raise WrongSetting(f"SECRET_KEY: {path} is empty; delete it or set SECRET_KEY")


def as_markdown() -> str:
    """The settings table of README, so that the page and the code cannot differ."""
    lines = ["| setting | default | meaning |", "|---|---|---|"]
    lines += [f"| `{s.name}` | {f'`{s.default}`' if s.default else 'empty'} | {s.meaning} |" for s in SETTINGS]
    return "\n".join(lines)
