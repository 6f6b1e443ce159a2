"""The tile map: every village on a cell of its own, near its place, with its sub-district (DESIGN §6)."""

from __future__ import annotations

import csv
import random
from collections import Counter

import pytest

from server import shipped
from server.villages import tiles
from server.villages.tiles import AROUND, Cell, Spot

FAR_ISLAND = "19.06.01.2010"


@pytest.fixture(scope="module")
def spots() -> list[Spot]:
    with shipped.villages().open(encoding="utf-8") as file:
        return [Spot(row["village_code"], row["kecamatan_code"], float(row["lat"]), float(row["lon"])) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def cells(spots: list[Spot]) -> dict[str, Cell]:
    return tiles.place(spots)


def _pieces(cells: set[Cell]) -> int:
    """How many pieces that do not touch each other a set of cells has."""
    left, pieces = set(cells), 0
    while left:
        pieces += 1
        grown = {left.pop()}
        while grown:
            q, r = grown.pop()
            near = {(q + dq, r + dr) for dq, dr in AROUND} & left
            left -= near
            grown |= near
    return pieces


def test_no_two_villages_share_a_cell(spots: list[Spot], cells: dict[str, Cell]) -> None:
    assert cells.keys() == {spot.code for spot in spots}
    assert len(set(cells.values())) == 39


def test_every_subdistrict_is_in_one_piece(spots: list[Spot], cells: dict[str, Cell]) -> None:
    groups = {spot.group: {cells[other.code] for other in spots if other.group == spot.group} for spot in spots}
    assert {group: _pieces(members) for group, members in groups.items()} == dict.fromkeys(groups, 1)
    assert _pieces(set(cells.values())) == 1


def test_each_subdistrict_alone_is_in_one_piece_too(spots: list[Spot]) -> None:
    for group in {spot.group for spot in spots}:
        assert _pieces(set(tiles.place([spot for spot in spots if spot.group == group]).values())) == 1


def test_the_order_of_the_list_changes_nothing(spots: list[Spot], cells: dict[str, Cell]) -> None:
    shuffled = list(spots)
    random.Random(7).shuffle(shuffled)
    assert tiles.place(shuffled) == cells


def test_north_stays_north_and_east_stays_east(spots: list[Spot], cells: dict[str, Cell]) -> None:
    """Villages that lie far apart keep their order; near ones may trade places."""
    for one in spots:
        for other in spots:
            x, y = tiles.centre(cells[one.code])
            ox, oy = tiles.centre(cells[other.code])
            if one.lat - other.lat > 0.2:
                assert y < oy, (one.code, other.code)
            if one.lon - other.lon > 0.2 and FAR_ISLAND not in (one.code, other.code):
                assert x > ox, (one.code, other.code)


def test_the_far_island_does_not_pull_the_map_apart(cells: dict[str, Cell]) -> None:
    q, r = cells[FAR_ISLAND]
    assert {(q + dq, r + dr) for dq, dr in AROUND} & set(cells.values()), "it touches the others"
    xs = [tiles.centre(cell)[0] for cell in cells.values()]
    assert max(xs) - min(xs) < 9


def test_the_drawing_begins_at_its_corner(cells: dict[str, Cell]) -> None:
    assert min(r for _, r in cells.values()) in (0, 1)
    assert 0 <= min(tiles.centre(cell)[0] for cell in cells.values()) < 1


@pytest.mark.parametrize("crowd", [
    [], [Spot("a", "g", -2.8, 108.1)], [Spot("a", "g", -2.8, 108.1), Spot("b", "g", -2.8, 108.1)],
    [Spot(f"{n:02}", "g", -2.8, 108.0 + n / 100) for n in range(12)],
    [Spot(f"{n:02}", str(n % 3), -2.8 + n % 5 / 50, 108.0 + n // 5 / 50) for n in range(30)]])
def test_any_list_of_villages_can_be_placed(crowd: list[Spot]) -> None:
    found = tiles.place(crowd)
    assert len(set(found.values())) == len(crowd)


def test_names_stand_on_free_cells_beside_their_subdistrict(spots: list[Spot], cells: dict[str, Cell]) -> None:
    groups = {spot.code: spot.group for spot in spots}
    captions = tiles.captions(cells, groups)
    assert captions.keys() == set(groups.values())
    assert len(set(captions.values())) == 7
    assert not set(captions.values()) & set(cells.values())
    for group, (q, r) in captions.items():
        beside = {(q + dq, r + dr) for dq, dr in AROUND}
        assert beside & {cell for code, cell in cells.items() if groups[code] == group}


def test_borders_part_subdistricts_and_nothing_else() -> None:
    cells, groups = {"a": (0, 0), "b": (1, 0), "c": (2, 0)}, {"a": "g", "b": "g", "c": "h"}
    found = Counter(cell for cell, _ in tiles.borders(cells, groups))
    assert found == {(0, 0): 5, (1, 0): 5, (2, 0): 6}
    assert ((1, 0), 0) in tiles.borders(cells, groups) and ((0, 0), 0) not in tiles.borders(cells, groups)
