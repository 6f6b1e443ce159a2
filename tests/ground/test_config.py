"""Settings are checked at start, each wrong one by name."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from server import config as settings


@pytest.mark.parametrize(("name", "value", "says"), [
    ("PUBLIC_URL", "pokja.example.id", "PUBLIC_URL must look like https://"),
    ("PUBLIC_URL", "https://pokja.example.id/sub", "PUBLIC_URL must look like https://"),
    ("DATABASE_URL", "mysql://x", "DATABASE_URL must start with sqlite:/// or postgresql://"),
    ("TRUSTED_PROXIES", "10.0.0.1, proxy", "TRUSTED_PROXIES must hold addresses"),
    ("MAX_UPLOAD_MB", "many", "MAX_UPLOAD_MB is not a whole number"),
    ("MAX_UPLOAD_MB", "0", "MAX_UPLOAD_MB must lie between"),
    ("DEFAULT_LANGUAGE", "fr", "DEFAULT_LANGUAGE must be one of id, en"),
    ("TIME_ZONE", "Asia/Nowhere", "TIME_ZONE is not a known time zone"),
    ("FILES_URL", "ftp://x", "FILES_URL must be a folder or s3://"),
    ("DIGEST_AUTH", "maybe", "DIGEST_AUTH must be yes or no"),
    ("SMTP_URL", "mail.example.id:587", "SMTP_URL must look like smtp://"),
    ("SMTP_URL", "smtp://h:port", "SMTP_URL must look like smtp://"),
    ("SMTP_URL", "smtp://mail.example.id", "MAIL_FROM is needed when SMTP_URL is set"),
    ("MAIL_FROM", "pokja", "MAIL_FROM must look like pokja@example.id"),
])
def test_a_wrong_setting_is_named_with_what_it_accepts(name: str, value: str, says: str) -> None:
    with pytest.raises(settings.WrongSetting, match=says.replace("/", "/")):
        settings.read({name: value})


def test_a_wrong_mail_server_is_told_without_its_password() -> None:
    with pytest.raises(settings.WrongSetting) as caught:
        settings.read({"SMTP_URL": "http://pokja:rahasia@mail.example.id"})
    assert "rahasia" not in str(caught.value)


def test_links_in_mail_are_never_built_from_what_a_request_says_of_its_host() -> None:
    with pytest.raises(settings.WrongSetting, match="PUBLIC_URL is needed when SMTP_URL is set"):
        settings.read({"SMTP_URL": "smtp://localhost", "MAIL_FROM": "Pokja <pokja@example.id>"})


def test_without_settings_everything_lies_in_the_data_folder(tmp_path: Path) -> None:
    config = settings.read({"DATA_DIR": str(tmp_path)})
    assert config.database_url == f"sqlite:///{tmp_path}/pokja.db"
    assert config.files_url == str(tmp_path / "files")


def test_a_blank_setting_is_its_default() -> None:
    assert settings.read({"MAX_UPLOAD_MB": "  "})["MAX_UPLOAD_MB"] == 100


@pytest.mark.parametrize("given", ["postgres://u@h/d", "postgresql://u@h/d"])
def test_postgresql_is_spoken_by_psycopg_3(given: str) -> None:
    assert settings.read({"DATABASE_URL": given}).database_url == "postgresql+psycopg://u@h/d"


def test_the_secret_key_is_made_once_and_only_the_owner_reads_it(tmp_path: Path) -> None:
    config = settings.read({"DATA_DIR": str(tmp_path)})
    first = settings.secret_key(config)
    assert settings.secret_key(config) == first
    assert len(first) >= 48
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
