"""A kept file is durable whoever wrote it, and stands once under its hash."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from server import files

SHA = "ab" + "0" * 62


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the folders that were made durable, in order."""
    told: list[str] = []
    really = files._sync

    def sync(folder: str) -> None:
        told.append(Path(folder).name)
        really(folder)

    monkeypatch.setattr(files, "_sync", sync)
    return told


def test_a_first_file_makes_its_folder_and_its_entry_durable(tmp_path: Path, synced: list[str]) -> None:
    files.Folder(tmp_path / "files").keep(SHA, io.BytesIO(b"foto"))
    assert synced == ["files", "ab"]


def test_the_same_file_again_waits_until_the_first_ones_entry_is_durable(tmp_path: Path, synced: list[str]) -> None:
    folder = files.Folder(tmp_path / "files")
    folder.keep(SHA, io.BytesIO(b"foto"))
    synced.clear()
    folder.keep(SHA, io.BytesIO(b"foto"))
    assert synced == ["ab"]
    assert list(folder.all()) == [SHA]


def test_a_file_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError("cut")

    folder = files.Folder(tmp_path / "files")
    with pytest.raises(OSError, match="cut"):
        folder.keep(SHA, Broken())
    assert list((tmp_path / "files" / "ab").iterdir()) == []
