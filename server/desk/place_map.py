"""A small drawing of where a submission was made: the village, the phone's place, the neighbours; no tiles (DESIGN §6)."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians

from server.desk.places import Places
from server.villages import store as villages
from server.villages.models import Village

WIDTH, HEIGHT, MARGIN = 320.0, 220.0, 34.0
LEAST_M = 1500.0  # half the width that is shown at least
M_PER_DEGREE = 111_195.0
STEPS = (100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


@dataclass(frozen=True, slots=True)
class Mark:
    """A point of the drawing."""

    x: float
    y: float
    name: str

    @property
    def left(self) -> bool:
        """Whether its name must stand to its left: to the right it would leave the drawing."""
        return self.x + 10 + 6.5 * len(self.name) > WIDTH


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the template draws, in its own units. `metres` from the phone's place to the village; `far` says it is odd."""

    gps: Mark
    village: Mark | None
    neighbours: list[Mark]
    metres: float | None
    far: bool
    accuracy: float | None
    ring: float
    scale_m: int
    scale_width: float


def draw(village: Village | None, point: tuple[float, float, float | None] | None, places: Places) -> Drawing | None:
    """The drawing, or None when no place was recorded."""
    if point is None:
        return None
    lat, lon, accuracy = point
    home = (village.lat, village.lon) if village and village.lat is not None and village.lon is not None else None
    view = _View([(lat, lon), home] if home else [(lat, lon)])
    metres, far = villages.away_m(village, lat, lon) if village and home else (None, False)
    near = [view.mark(other.lat, other.lon, other.name) for code, other in places.villages.items()
            if other.lat is not None and other.lon is not None and (village is None or code != village.code)]
    step = next((step for step in STEPS if step * view.per_m > 50), STEPS[-1])
    return Drawing(view.mark(lat, lon, ""), view.mark(*home, village.name) if village and home else None,
                   [mark for mark in near if 4 < mark.x < WIDTH - 4 and 10 < mark.y < HEIGHT - 8], metres, far, accuracy,
                   max(3.0, (accuracy or 0) * view.per_m), step, step * view.per_m)


class _View:
    """From degrees to the drawing: equal scale both ways, north up."""

    def __init__(self, points: list[tuple[float, float]]) -> None:
        lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
        self.lat, self.lon = (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2
        self.narrow = cos(radians(self.lat))
        half_x = max((max(lons) - min(lons)) / 2 * M_PER_DEGREE * self.narrow, LEAST_M)
        half_y = max((max(lats) - min(lats)) / 2 * M_PER_DEGREE, LEAST_M)
        self.per_m = min((WIDTH / 2 - MARGIN) / half_x, (HEIGHT / 2 - MARGIN) / half_y)

    def mark(self, lat: float, lon: float, name: str) -> Mark:
        x = WIDTH / 2 + (lon - self.lon) * M_PER_DEGREE * self.narrow * self.per_m
        y = HEIGHT / 2 - (lat - self.lat) * M_PER_DEGREE * self.per_m
        return Mark(round(x, 1), round(y, 1), name)
