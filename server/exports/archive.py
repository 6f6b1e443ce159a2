"""A ZIP that is sent while it is written: nothing of it is held but its table of contents (PROTOCOL §5)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_RESERVED = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
LARGE = 1 << 30  # bytes from which on a member may need the large format of ZIP


def member_name(name: str) -> str:
    """A name that every system can unpack, and into the folder only: no slashes, no reserved names."""
    clean = _UNSAFE.sub("_", name).rstrip(". ") or "_"
    clean = f"_{clean}" if _RESERVED.match(clean) or clean.startswith("..") else clean
    while len(clean.encode("utf-8", "replace")) > 240:
        stem, dot, end = clean.rpartition(".")
        clean = f"{stem[:-8]}{dot}{end}" if dot and len(end) < 10 and len(stem) > 8 else clean[:-8]
    return clean


class _Sink:
    """What zipfile writes to: it cannot be sought in, and is emptied as often as one likes."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self.parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def taken(self) -> bytes:
        data = b"".join(self.parts)
        self.parts.clear()
        return data


class Archive:
    """Write members one after the other; each method yields the bytes that are ready to be sent."""

    def __init__(self, moment: datetime) -> None:
        self.sink = _Sink()
        self.zip = zipfile.ZipFile(self.sink, "w", zipfile.ZIP_DEFLATED)  # type: ignore[call-overload]
        self.stamp = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)

    def member(self, name: str, parts: Iterable[bytes], *, packed: bool = True, size: int = 0) -> Iterator[bytes]:
        """`size` as far as it is known: ordinary ZIP for small ones, because some old readers know no other."""
        info = zipfile.ZipInfo(name, self.stamp)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info._compresslevel = 1  # type: ignore[attr-defined]  # a quarter larger than with 6, in a quarter of the time
        info.external_attr = 0o644 << 16
        with self.zip.open(info, "w", force_zip64=size > LARGE) as out:
            for part in parts:
                out.write(part)
                yield self.sink.taken()
        yield self.sink.taken()

    def end(self) -> bytes:
        self.zip.close()
        return self.sink.taken()
