"""Names as OData can carry them (PROTOCOL §4 "Sanitised names")."""

from __future__ import annotations

import re

_OTHER = re.compile(r"[^A-Za-z0-9_]+")


def sanitised(name: str) -> str:
    """Return the name with `_` before a leading non-letter and for each run of signs OData does not know."""
    clean = _OTHER.sub("_", name)
    return clean if re.match(r"[A-Za-z_]", name) else f"_{clean}"


def sanitised_path(path: str) -> str:
    """Return "/a.b/1c" as "/a_b/_1c"."""
    return "/".join(sanitised(step) if step else "" for step in path.split("/"))
