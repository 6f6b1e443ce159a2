"""Names of villages for a reader: those of the reader's area, by code (EXPECTATIONS S7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.villages import store
from server.villages.models import Village


@dataclass(frozen=True, slots=True)
class Places:
    """The villages that a reader may see."""

    villages: dict[str, Village]

    @classmethod
    def of(cls, areas: Iterable[str]) -> Places:
        return cls({village.code: village for village in store.inside(areas)})

    def name(self, code: str) -> str | None:
        """A village's name; None for one that is unknown or not to be seen."""
        found = self.villages.get(code)
        return found.name if found else None

    def subdistrict(self, code: str) -> str:
        found = self.villages.get(code)
        return found.subdistrict if found else ""

    def subdistrict_of(self, code: str) -> str:
        """The sub-district's code of a village's code; any other code is taken for a sub-district's own."""
        found = self.villages.get(code)
        return found.subdistrict_code if found else code

    def subdistricts(self) -> list[tuple[str, str]]:
        """Codes and names of the sub-districts, by name."""
        found = {village.subdistrict_code: village.subdistrict for village in self.villages.values()}
        return sorted(found.items(), key=lambda pair: pair[1])

    def in_subdistrict(self, code: str) -> list[Village]:
        """Villages of a sub-district (of all, without one), by name."""
        return sorted((village for village in self.villages.values() if code in ("", village.subdistrict_code)),
                      key=lambda village: village.name)

    def matching(self, text: str) -> tuple[str, ...]:
        """Codes of villages whose own name or whose sub-district's name contains a text."""
        text = text.casefold()
        return tuple(code for code, village in self.villages.items()
                     if text and (text in village.name.casefold() or text in village.subdistrict.casefold()))
