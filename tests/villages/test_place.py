"""Distances on the globe and to outlines."""

from __future__ import annotations

import pytest

from server.villages import place

SQUARE = {"type": "Polygon", "coordinates": [[[108.0, -3.0], [108.1, -3.0], [108.1, -2.9], [108.0, -2.9], [108.0, -3.0]]]}
HOLED = {"type": "Polygon", "coordinates": [*SQUARE["coordinates"], [[108.04, -2.96], [108.06, -2.96], [108.06, -2.94], [108.04, -2.94], [108.04, -2.96]]]}


def test_one_degree_of_latitude_is_111_km() -> None:
    assert place.distance_m(-3, 108, -2, 108) == pytest.approx(111_195, abs=1)


def test_the_same_point_is_no_distance() -> None:
    assert place.distance_m(-2.8, 108.2, -2.8, 108.2) == 0


@pytest.mark.parametrize(("lat", "lon", "metres"), [
    (-2.95, 108.05, 0), (-2.95, 108.11, 1110.5), (-2.89, 108.05, 1112), (-2.89, 108.11, 1571.6),
])
def test_metres_to_an_outline(lat: float, lon: float, metres: float) -> None:
    assert place.outside_m(lat, lon, SQUARE) == pytest.approx(metres, abs=2)


def test_a_hole_is_outside() -> None:
    assert place.outside_m(-2.95, 108.05, HOLED) == pytest.approx(1110, abs=3)


def test_without_an_outline_a_village_is_as_wide_as_its_nearest_neighbour_is_far() -> None:
    assert place.spread_m((-2.9, 108.0), [(-2.9, 108.0), (-2.9, 108.1), (-3.9, 108.0)]) == pytest.approx(11_105, abs=10)
