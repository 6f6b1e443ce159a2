"""A map without borders: one equal hexagon a village, near its point, together with its sub-district (DESIGN §6).

Pure and deterministic. Cells are axial coordinates (q, r) of pointy-topped hexagons; r grows to the south.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
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
MOST_MATES = 9  # a village in another place can have three mates more, and be one more to six others
LEAST = 1e-9  # squared cells that a change must bring


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
    grid = _grid(wanted)
    nearest = [sorted(grid, key=lambda cell, point=point: (_off(cell, point), cell)) for point in wanted]  # type: ignore[misc]
    board = _Board([spot.group for spot in spots], wanted, _settle(spots, wanted, nearest))
    _improve(board, nearest)
    cells = board.cells
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


def _settle(spots: Sequence[Spot], wanted: Sequence[Point], nearest: Sequence[Sequence[Cell]]) -> list[Cell]:
    """The nearest free cell for each, the most crowded first."""
    order = sorted(range(len(spots)), key=lambda index: (_nearest(index, wanted)[0], spots[index].code))
    taken: dict[Cell, int] = {}
    for index in order:
        taken[next(cell for cell in nearest[index] if cell not in taken)] = index
    return sorted(taken, key=lambda cell: taken[cell])


def _grid(wanted: Sequence[Point]) -> set[Cell]:
    wide, high = max(x for x, _ in wanted), max(y for _, y in wanted)
    spare = 2 + round(sqrt(len(wanted)) / 2)
    rows = range(-spare, round(high / (ROOT3 / 2)) + spare + 1)
    return {(q, r) for r in rows for q in range(-spare - r // 2, round(wide) + spare - r // 2 + 1)}


def _off(cell: Cell, point: Point) -> float:
    x, y = centre(cell)
    return (x - point[0]) ** 2 + (y - point[1]) ** 2


class _Board:
    """Which village stands where, and how well: the less the cost, the better.

    A village costs the square of its distance from its point, less something for each neighbour of its own group. Moving
    it changes what it and its old and new neighbours cost, nobody else, so only those are counted again.
    """

    def __init__(self, groups: Sequence[str], wanted: Sequence[Point], cells: list[Cell]) -> None:
        self.groups, self.wanted, self.cells = groups, wanted, cells
        self.held = {cell: index for index, cell in enumerate(cells)}

    def put(self, *places: tuple[int, Cell]) -> None:
        """Take these villages up and put them down there."""
        for index, _ in places:
            del self.held[self.cells[index]]
        for index, cell in places:
            self.cells[index] = cell
            self.held[cell] = index

    def gain(self, *places: tuple[int, Cell]) -> float:
        """How much less it would cost with these villages there; they stay where they are."""
        old = [(index, self.cells[index]) for index, _ in places]
        farther = sum(_off(cell, self.wanted[index]) - _off(self.cells[index], self.wanted[index]) for index, cell in places)
        if farther >= MOST_MATES * len(places) * TOGETHER:
            return -farther
        near = {mate for spots in (old, places) for index, cell in spots for mate in (index, *self._mates(index, cell))}
        before = sum(self._together(index) for index in near)
        self.put(*places)
        after = sum(self._together(index) for index in near)
        self.put(*old)
        return (after - before) * TOGETHER - farther

    def _mates(self, index: int, cell: Cell) -> list[int]:
        """The villages of its own group around a cell."""
        (q, r), held, groups, own = cell, self.held, self.groups, self.groups[index]
        return [near for dq, dr in AROUND if (near := held.get((q + dq, r + dr))) is not None and near != index and groups[near] == own]

    def _together(self, index: int) -> int:
        return min(len(self._mates(index, self.cells[index])), 3)


def _improve(board: _Board, nearest: Sequence[Sequence[Cell]]) -> None:
    """Move and swap while that brings villages nearer to their points and to their sub-district."""
    wanted = board.wanted
    close = [[other for other in range(index) if _apart(wanted[index], wanted[other]) < FAR] for index in range(len(wanted))]
    for _ in range(ROUNDS):
        moved = False
        for index in range(len(wanted)):
            free = islice((cell for cell in nearest[index] if cell not in board.held), 12)
            gain, cell = max(((board.gain((index, cell)), cell) for cell in free), key=lambda pair: pair[0])
            if gain > LEAST:
                board.put((index, cell))
                moved = True
            for other in close[index]:
                swapped = (index, board.cells[other]), (other, board.cells[index])
                if board.gain(*swapped) > LEAST:
                    board.put(*swapped)
                    moved = True
        if not moved:
            return


def _apart(one: Point, other: Point) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


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
