"""Memory of a process and its children, shared pages counted once (PSS of Linux)."""

from __future__ import annotations

from pathlib import Path


def megabytes(process: int) -> float:
    """Megabytes that a process and all below it hold."""
    return sum(_kilobytes(one) for one in _family(process)) / 1024


def _family(process: int) -> list[int]:
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _family(int(child))
    return found


def _kilobytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
