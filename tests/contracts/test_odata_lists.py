"""python-odata, an OData 4 client, unmodified, reads an entity list of a running server (PROTOCOL §6)."""

from __future__ import annotations

import pytest
import requests
from odata import ODataService

from tests.conftest import PASSWORD

pytestmark = pytest.mark.slow


@pytest.fixture
def service(served: str) -> ODataService:
    """A list with seven trees."""
    session = requests.Session()
    session.auth = ("admin@contoh.id", PASSWORD)
    lists = f"{served}/v1/projects/1/datasets"
    trees = [{"label": f"pohon {number}", "data": {"jenis.kayu": "keras" if number % 2 else "lunak"}} for number in range(7)]
    for path, body in (("", {"name": "pohon"}), ("/pohon/properties", {"name": "jenis.kayu"}),
                       ("/pohon/entities", {"entities": trees, "source": {"name": "uji"}})):
        assert session.post(lists + path, json=body, timeout=30).status_code == 200
    return ODataService(f"{lists}/pohon.svc/", session=session, reflect_entities=True, quiet_progress=True)


def test_python_odata_learns_the_table_reads_filters_and_orders_it(service: ODataService) -> None:
    assert set(service.entities) == {"Entities"}
    table = service.entities["Entities"]
    rows = service.query(table).all()
    assert [row.label for row in rows] == [f"pohon {number}" for number in range(6, -1, -1)]
    assert {row.jenis_kayu for row in rows} == {"keras", "lunak"}
    hard = service.query(table).filter(table.jenis_kayu == "keras").order_by(table.label.asc()).limit(2).all()
    assert [row.label for row in hard] == ["pohon 1", "pohon 3"]
    assert [row.label for row in service.query(table).offset(5)] == ["pohon 1", "pohon 0"]
