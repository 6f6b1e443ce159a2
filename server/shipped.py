"""Files that come with the program: the shipped instrument and the villages of Belitung Timur."""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).parent / "shipped" / "instruments"
_CHECKOUT = Path(__file__).parent.parent / "instruments"


def folder() -> Path:
    """Where the shipped instruments lie: inside an installed package, or beside it in a checkout."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def instrument() -> Path:
    """The folder of CSV sheets of the Pokja Kampung KB form."""
    return folder() / "pokja-kampung-kb"


def villages() -> Path:
    """Codes, names and points of the 39 villages of Kabupaten Belitung Timur."""
    return folder() / "belitung-timur" / "villages.csv"
