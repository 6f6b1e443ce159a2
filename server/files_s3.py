"""Files in an S3-compatible store, for several web nodes (DESIGN §1). Needs the extra `s3`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from server.config import WrongSetting


class Bucket:
    """Objects `prefix/ab/abcdef…` in a bucket; credentials and endpoint come from the usual AWS variables."""

    def __init__(self, url: str) -> None:
        try:
            import fsspec
        except ImportError:
            raise WrongSetting("FILES_URL is s3://… but s3fs is not installed: pip install 'pokja[s3]'") from None
        self.fs: Any = fsspec.filesystem("s3")
        self.root = url.removeprefix("s3://").rstrip("/")

    def path(self, sha256: str) -> str:
        return f"{self.root}/{sha256[:2]}/{sha256}"

    def keep(self, sha256: str, source: IO[bytes]) -> None:
        if self.has(sha256):
            return
        with self.fs.open(self.path(sha256), "wb") as target:
            while part := source.read(5 << 20):
                target.write(part)

    def open(self, sha256: str) -> IO[bytes]:
        file: IO[bytes] = self.fs.open(self.path(sha256), "rb")
        return file

    def has(self, sha256: str) -> bool:
        return bool(self.fs.exists(self.path(sha256)))

    def all(self) -> Iterator[str]:
        for path in sorted(self.fs.find(self.root)):
            yield str(path).rpartition("/")[2]
