"""What takes long to find is kept for a little while: counts over hundreds of thousands of rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import current_app

T = TypeVar("T")
CHEAP = 0.03  # seconds; what takes no longer is found anew each time
KEPT = 20  # times what the finding took: it then takes at most a twentieth of the time
LONGEST = 60.0  # seconds
MOST = 200


def dear(key: Hashable, find: Callable[[], T]) -> T:
    """What `find()` gives. When that took longer than CHEAP, the same is given for KEPT times as long."""
    kept: dict[Hashable, tuple[float, T]] = current_app.extensions.setdefault("dear", {})
    until, value = kept.get(key, (0.0, None))
    began = time.monotonic()
    if value is not None and began < until:
        return value
    found = find()
    took = time.monotonic() - began
    if took > CHEAP:
        if len(kept) >= MOST:
            kept.clear()
        kept[key] = (time.monotonic() + min(KEPT * took, LONGEST), found)
    else:
        kept.pop(key, None)
    return found
