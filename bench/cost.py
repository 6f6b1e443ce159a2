"""What a process and its children cost: memory (PSS of Linux: shared pages counted once) and processor time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def megabytes(process: int) -> float:
    """Megabytes that a process and all below it hold."""
    return sum(_kilobytes(one) for one in _family(process)) / 1024


def seconds(process: int) -> float:
    """Processor seconds that a process and all below it have used so far."""
    return sum(_ticks(one) for one in _family(process)) / os.sysconf("SC_CLK_TCK")


def _ticks(process: int) -> int:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(field) for field in fields[11:15])  # own and of children that ended, user and system


def _family(process: int) -> list[int]:
    found = [process]
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # a thread that ended in this moment
            for child in task.read_text().split():
                found += _family(int(child))
    return found


def _kilobytes(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
