"""A map without borders: one equal hexagon a village, near its point, together with its sub-district (DESIGN §6).

Pure and deterministic. Cells are axial coordinates (q, r) of pointy-topped hexagons; r grows to the south.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, floor, hypot, radians, sqrt

Cell = tuple[int, int]
Point = tuple[float, float]
AROUND: tuple[Cell, ...] = ((1, 0), (1, -1), (0, -1), (-1, 0), (-1, 1), (0, 1))  # from east, against the clock
ROOT3 = sqrt(3)
CROWDED = 1.6  # cells of room for each village
ALONE = 2.5  # times the middle distance between neighbours: whoever is farther off is drawn nearer
TOGETHER = 1.1  # what a neighbour of one's own sub-district is worth, in squared cells
ROUNDS = 40
FAR = 5.0  # cells: villages farther apart never change places


@dataclass(frozen=True, slots=True)
class Spot:
    """A village to be placed: degrees WGS84, and the group it should touch."""

    code: str
    group: str
    lat: float
    lon: float


def place(spots: Sequence[Spot]) -> dict[str, Cell]:
    """Give each village a cell of its own, close to where it lies, sub-districts in one piece where that is possible."""
    spots = sorted(spots, key=lambda spot: spot.code)
    if not spots:
        return {}
    wanted = _wanted(spots)
    cells = _settle(spots, wanted)
    _improve(spots, wanted, cells)
    for group in sorted({spot.group for spot in spots}):
        _join([index for index, spot in enumerate(spots) if spot.group == group], cells)
    _join(range(len(spots)), cells)
    return _from_corner({spot.code: cells[index] for index, spot in enumerate(spots)})


def _wanted(spots: Sequence[Spot]) -> list[Point]:
    """Where each village would lie, in hexagon widths, on a plane that is as crowded as the drawing may be."""
    narrow = cos(radians(sum(spot.lat for spot in spots) / len(spots)))
    points = _gathered([(spot.lon * narrow, -spot.lat) for spot in spots])
    xs, ys = [x for x, _ in points], [y for _, y in points]
    area = max(max(xs) - min(xs), 1e-6) * max(max(ys) - min(ys), 1e-6)
    unit = sqrt(area / (len(points) * CROWDED * ROOT3 / 2))
    return [((x - min(xs)) / unit, (y - min(ys)) / unit) for x, y in points]


def _gathered(points: list[Point]) -> list[Point]:
    """Far islands come nearer, so that they do not make everything else small."""
    near = [_nearest(index, points) for index in range(len(points))]
    reach = ALONE * sorted(distance for distance, _ in near)[len(near) // 2]
    found = []
    for (x, y), (distance, other) in zip(points, near, strict=True):
        share = 1.0 if distance <= reach or other is None else reach / distance
        ox, oy = points[other] if other is not None else (x, y)
        found.append((ox + (x - ox) * share, oy + (y - oy) * share))
    return found


def _nearest(index: int, points: Sequence[Point]) -> tuple[float, int | None]:
    x, y = points[index]
    others = ((hypot(x - ox, y - oy), other) for other, (ox, oy) in enumerate(points) if other != index)
    return min(others, default=(0.0, None))


def centre(cell: Cell) -> Point:
    """The middle of a cell, in hexagon widths."""
    q, r = cell
    return q + r / 2, r * ROOT3 / 2


def _settle(spots: Sequence[Spot], wanted: Sequence[Point]) -> list[Cell]:
    """The nearest free cell for each, the most crowded first."""
    order = sorted(range(len(spots)), key=lambda index: (_nearest(index, wanted)[0], spots[index].code))
    free = _grid(wanted)
    cells: dict[int, Cell] = {}
    for index in order:
        best = min(free, key=lambda cell: (_off(cell, wanted[index]), cell))
        free.remove(best)
        cells[index] = best
    return [cells[index] for index in range(len(spots))]


def _grid(wanted: Sequence[Point]) -> set[Cell]:
    wide, high = max(x for x, _ in wanted), max(y for _, y in wanted)
    spare = 2 + round(sqrt(len(wanted)) / 2)
    rows = range(-spare, round(high / (ROOT3 / 2)) + spare + 1)
    return {(q, r) for r in rows for q in range(-spare - r // 2, round(wide) + spare - r // 2 + 1)}


def _off(cell: Cell, point: Point) -> float:
    x, y = centre(cell)
    return (x - point[0]) ** 2 + (y - point[1]) ** 2


def _improve(spots: Sequence[Spot], wanted: Sequence[Point], cells: list[Cell]) -> None:
    """Move and swap while that brings villages nearer to their points and to their sub-district."""
    free = _grid(wanted) - set(cells)
    for _ in range(ROUNDS):
        moved = False
        for index in range(len(spots)):
            moved |= _move(index, spots, wanted, cells, free)
            for other in range(index):
                if _apart(wanted[index], wanted[other]) < FAR:
                    moved |= _swap(index, other, spots, wanted, cells)
        if not moved:
            return


def _apart(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _cost(index: int, cell: Cell, spots: Sequence[Spot], wanted: Sequence[Point], held: dict[Cell, int]) -> float:
    mates = sum(1 for q, r in AROUND if (near := held.get((cell[0] + q, cell[1] + r))) is not None and near != index
                and spots[near].group == spots[index].group)
    return _off(cell, wanted[index]) - TOGETHER * min(mates, 3)


def _whole(spots: Sequence[Spot], wanted: Sequence[Point], cells: Sequence[Cell], near: set[int]) -> float:
    held = {cell: index for index, cell in enumerate(cells)}
    return sum(_cost(index, cells[index], spots, wanted, held) for index in near)


def _touched(spots: Sequence[Spot], *indexes: int) -> set[int]:
    groups = {spots[index].group for index in indexes}
    return {index for index, spot in enumerate(spots) if spot.group in groups}


def _move(index: int, spots: Sequence[Spot], wanted: Sequence[Point], cells: list[Cell], free: set[Cell]) -> bool:
    near = _touched(spots, index)
    before, old, best = _whole(spots, wanted, cells, near), cells[index], cells[index]
    for cell in sorted(free, key=lambda cell: (_off(cell, wanted[index]), cell))[:12]:
        cells[index] = cell
        now = _whole(spots, wanted, cells, near)
        if now < before - 1e-9:
            before, best = now, cell
    cells[index] = best
    if best != old:
        free.remove(best)
        free.add(old)
    return best != old


def _swap(index: int, other: int, spots: Sequence[Spot], wanted: Sequence[Point], cells: list[Cell]) -> bool:
    near = _touched(spots, index, other)
    before = _whole(spots, wanted, cells, near)
    cells[index], cells[other] = cells[other], cells[index]
    if _whole(spots, wanted, cells, near) < before - 1e-9:
        return True
    cells[index], cells[other] = cells[other], cells[index]
    return False


def _join(members: Sequence[int], cells: list[Cell]) -> None:
    """Move pieces that lie apart up to the largest one, each as a whole and by the shortest way that is free."""
    while len(found := _pieces(members, cells)) > 1:
        main, *others = found
        taken = set(cells)
        edge = {(q + dq, r + dr) for q, r in (cells[index] for index in main) for dq, dr in AROUND} - taken
        ways = [(_length(way), way, piece) for piece in others for q, r in (cells[index] for index in piece)
                for eq, er in edge if _free(way := (eq - q, er - r), piece, cells)]
        if not ways:
            return
        _, (dq, dr), piece = min(ways)
        for index in piece:
            cells[index] = (cells[index][0] + dq, cells[index][1] + dr)


def _pieces(members: Sequence[int], cells: Sequence[Cell]) -> list[list[int]]:
    """The members in pieces that touch, the largest first."""
    left = {cells[index]: index for index in members}
    found = []
    while left:
        reached = [left.pop(next(iter(left)))]
        for index in reached:
            q, r = cells[index]
            reached += [left.pop(near) for dq, dr in AROUND if (near := (q + dq, r + dr)) in left]
        found.append(sorted(reached))
    return sorted(found, key=lambda piece: (-len(piece), piece))


def _length(way: Cell) -> float:
    x, y = centre(way)
    return round(hypot(x, y), 6)


def _free(way: Cell, piece: Sequence[int], cells: Sequence[Cell]) -> bool:
    own = {cells[index] for index in piece}
    goal = {(q + way[0], r + way[1]) for q, r in own}
    return not goal & (set(cells) - own)


def _from_corner(cells: dict[str, Cell]) -> dict[str, Cell]:
    """Shift everything so that the drawing begins at its left upper corner; by whole pairs of rows, which are not slanted."""
    top = min(r for _, r in cells.values()) // 2 * 2
    left = floor(min(q + r / 2 for q, r in cells.values()))
    return {code: (q + top // 2 - left, r - top) for code, (q, r) in cells.items()}


def borders(cells: dict[str, Cell], groups: dict[str, str]) -> list[tuple[Cell, int]]:
    """Edges between villages of different groups, or to the outside: (cell, side), side as in AROUND."""
    held = {cell: code for code, cell in cells.items()}
    found = []
    for cell, code in sorted(held.items()):
        for side, (q, r) in enumerate(AROUND):
            near = held.get((cell[0] + q, cell[1] + r))
            if near is None or groups[near] != groups[code]:
                found.append((cell, side))
    return found


def captions(cells: dict[str, Cell], groups: dict[str, str]) -> dict[str, Cell]:
    """A free cell beside each group where its name can stand: touching the group, and others as little as possible."""
    held = {cell: groups[code] for code, cell in cells.items()}
    found: dict[str, Cell] = {}
    for group in sorted(set(groups.values()), key=lambda name: (sum(one == name for one in groups.values()), name)):
        beside = {(q + dq, r + dr) for (q, r), name in held.items() if name == group for dq, dr in AROUND} - held.keys()
        free = beside - set(found.values())
        if free:
            found[group] = max(free, key=lambda cell: (_touching(cell, held, group), -cell[1], -cell[0]))
    return found


def _touching(cell: Cell, held: dict[Cell, str], group: str) -> int:
    near = [held.get((cell[0] + q, cell[1] + r)) for q, r in AROUND]
    return 2 * near.count(group) - 3 * sum(name not in (group, None) for name in near)
