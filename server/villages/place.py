"""Where a point lies with respect to a village: metres to its point, inside its outline (DESIGN §6)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Any

EARTH = 6_371_008.8  # mean radius in metres (IUGG)


def distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres between two points in degrees, along a great circle (haversine)."""
    a = sin(radians(other_lat - lat) / 2) ** 2
    b = cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH * asin(sqrt(min(1.0, a + b)))


def outside_m(lat: float, lon: float, outline: dict[str, Any]) -> float:
    """Metres from a point to a GeoJSON outline; 0 inside it."""
    polygons = [outline["coordinates"]] if outline["type"] == "Polygon" else outline["coordinates"]
    if any(_inside(lon, lat, polygon) for polygon in polygons):
        return 0.0
    return min(_to_ring(lat, lon, ring) for polygon in polygons for ring in polygon)


def _inside(lon: float, lat: float, polygon: Sequence[Sequence[Sequence[float]]]) -> bool:
    """Even-odd rule over all rings, so that holes are outside."""
    return sum(_crossings(lon, lat, ring) for ring in polygon) % 2 == 1


def _crossings(lon: float, lat: float, ring: Sequence[Sequence[float]]) -> int:
    count = 0
    for (x1, y1, *_), (x2, y2, *_) in itertools.pairwise(ring):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            count += 1
    return count


def _to_ring(lat: float, lon: float, ring: Sequence[Sequence[float]]) -> float:
    """Metres to the nearest edge, on a plane that touches the globe at the point: exact enough below 100 km."""
    east, north = radians(1) * EARTH * cos(radians(lat)), radians(1) * EARTH
    flat = [((x - lon) * east, (y - lat) * north) for x, y, *_ in ring]
    return min(_to_edge(a, b) for a, b in itertools.pairwise(flat))


def _to_edge(a: tuple[float, float], b: tuple[float, float]) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    along = 0.0 if length == 0 else max(0.0, min(1.0, -(a[0] * dx + a[1] * dy) / length))
    return hypot(a[0] + along * dx, a[1] + along * dy)


def spread_m(point: tuple[float, float], others: Iterable[tuple[float, float]]) -> float:
    """How wide a village is without its outline: the distance from its point to the nearest other village's.

    Points are (lat, lon). A submission farther away than this is nearer to some neighbour.
    """
    return min((distance_m(*point, *other) for other in others if other != point), default=10_000.0)
