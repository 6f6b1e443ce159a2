"""Whose rows of a list a caller sees: those of their areas, or only their own (DESIGN §4.3, PROTOCOL §6 `ownerOnly`)."""

from __future__ import annotations

from dataclasses import dataclass

from server.grants import Caller


@dataclass(frozen=True, slots=True)
class Sight:
    """Areas a caller works in (() none, ("",) all), and who it is if it may see only what it made itself in some lists."""

    areas: tuple[str, ...] = ("",)
    only_of: int | None = None


EVERYTHING = Sight()


def sight(caller: Caller, project_id: int, verb: str = "entity.read", form: str | None = None) -> Sight:
    """What a caller sees of the lists of a project: readers by their areas, phones by those of the form they fill."""
    areas = caller.areas(verb, project_id)
    if areas:
        return Sight(areas)
    return Sight(caller.areas("open_form.read", project_id, form), caller.actor_id or 0)
