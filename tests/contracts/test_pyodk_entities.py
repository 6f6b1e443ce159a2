"""pyodk, unmodified, against a running server: entity lists, properties, entities, merge (PROTOCOL §6, appendix A)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyodk.client import Client
from pyodk.errors import PyODKError

from forms.workbook import to_xlsx
from tests.contracts.test_pyodk_forms import config
from tests.datasets.conftest import ONE, TWO
from tests.datasets.test_forms import TREES
from tests.forms.conftest import table

pytestmark = pytest.mark.slow


@pytest.fixture
def client(served: str, tmp_path: Path) -> Iterator[Client]:
    with Client(config=config(served), cache_path=tmp_path / "cache.toml") as client:
        client.entity_lists.create(entity_list_name="pohon")
        client.entity_lists.default_entity_list_name = client.entities.default_entity_list_name = "pohon"
        client.entity_lists.add_property(name="jenis")
        client.entity_lists.add_property(name="tinggi")
        yield client


def rows(client: Client) -> dict[str, dict[str, str]]:
    """The list by label, without what the system says."""
    return {row["label"]: {name: row[name] for name in row if name not in ("__id", "__system", "label")}
            for row in client.entities.get_table()["value"]}


def test_pyodk_makes_and_reads_lists(client: Client) -> None:
    made = client.entity_lists.create(approval_required=True, entity_list_name="rumah")
    assert (made.name, made.projectId, made.approvalRequired, made.properties) == ("rumah", 1, True, [])
    assert [each.name for each in client.entity_lists.list()] == ["pohon", "rumah"]
    found = client.entity_lists.get()
    assert [(each.name, each.odataName, each.forms) for each in found.properties or []] == [("jenis", "jenis", []), ("tinggi", "tinggi", [])]
    with pytest.raises(PyODKError) as refused:
        client.entity_lists.create(entity_list_name="rumah")
    assert refused.value.is_central_error(409.3)


def test_pyodk_reads_a_list_that_a_form_made(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "tanam.xlsx"
    path.write_bytes(to_xlsx(table(TREES.replace("pohon", "kebun"))))
    client.forms.create(definition=path)
    (made,) = [each for each in client.entity_lists.list() if each.name == "kebun"]
    assert [(each.name, each.forms) for each in made.properties or []] == [("desa", ["tanam"]), ("jenis", ["tanam"])]


def test_pyodk_creates_updates_lists_and_deletes_entities(client: Client) -> None:
    made = client.entities.create(label="Jati", data={"jenis": "keras"}, uuid=ONE)
    assert (made.uuid, made.currentVersion.version, made.currentVersion.data) == (ONE, 1, {"jenis": "keras"})
    assert made.currentVersion.userAgent.startswith("pyodk")
    assert client.entities.create(label="Sono", data={}).uuid != ONE, "pyodk makes a uuid itself"
    changed = client.entities.update(uuid=ONE, data={"tinggi": "3"}, base_version=1)
    assert (changed.currentVersion.version, changed.currentVersion.data) == (2, {"jenis": "keras", "tinggi": "3"})
    with pytest.raises(PyODKError) as refused:
        client.entities.update(uuid=ONE, label="x", base_version=1)
    assert refused.value.is_central_error(409.15)
    assert client.entities.update(uuid=ONE, label="Jati tua", force=True).currentVersion.label == "Jati tua"
    assert [each.currentVersion.label for each in client.entities.list()] == ["Sono", "Jati tua"]
    assert client.entities.delete(uuid=ONE) is True
    assert [each.currentVersion.label for each in client.entities.list()] == ["Sono"]
    with pytest.raises(PyODKError) as refused:
        client.entities.delete(uuid=ONE)
    assert refused.value.is_central_error(404.1)


def test_pyodk_creates_many_and_reads_them_as_a_table(client: Client) -> None:
    many = [{"label": f"pohon {number}", "jenis": "keras" if number % 2 else "lunak"} for number in range(30)]
    assert client.entities.create_many(data=many, create_source="uji", source_size="30") is True
    assert client.entities.get_table(top=0, count=True)["@odata.count"] == 30
    page = client.entities.get_table(top=2, skip=1, filter="jenis eq 'keras'", select="label", count=True)
    assert ([row["label"] for row in page["value"]], page["@odata.count"]) == (["pohon 27", "pohon 25"], 15)
    with pytest.raises(PyODKError) as refused:
        client.entities.create_many(data=[{"label": "x", "warna": "merah"}])
    assert refused.value.is_central_error(400.28)


def test_pyodk_merges_a_table_into_a_list(client: Client) -> None:
    client.entities.create_many(data=[{"label": "Jati", "jenis": "keras"}, {"label": "Sono", "jenis": "keras"}, {"label": "Randu", "jenis": "lunak"}])
    done = client.entities.merge(
        data=[{"label": "Jati", "jenis": "sangat keras", "asal": "Jawa"}, {"label": "Sono", "jenis": "keras"}, {"label": "Ulin", "jenis": "besi", "asal": "Kalimantan"}],
        add_new_properties=True, delete_not_matched=True)
    assert (len(done.to_insert), len(done.to_delete)) == (1, 1)
    assert rows(client) == {"Ulin": {"jenis": "besi", "tinggi": "", "asal": "Kalimantan"},
                            "Sono": {"jenis": "keras", "tinggi": "", "asal": ""},
                            "Jati": {"jenis": "sangat keras", "tinggi": "", "asal": "Jawa"}}
    again = client.entities.merge(data=[{"label": "Jati", "jenis": "sangat keras"}])
    assert (again.to_insert, again.to_update) == ({}, {})


def test_pyodk_merges_by_other_keys_and_only_what_it_is_told_to(client: Client) -> None:
    where = {"entity_list_name": "pohon", "project_id": 1}
    assert client.entities.create_many(data=[{"label": "Jati", "jenis": "keras"}, {"label": "Sono", "jenis": "keras"}], **where) is True
    told = [{"nama": "Jati", "jenis": "keras", "tinggi": "3", "warna": "coklat"}, {"nama": "Ulin", "jenis": "besi", "tinggi": "9", "warna": "hitam"}]
    done = client.entities.merge(data=told, match_keys=["label", "jenis"], add_new_properties=False, update_matched=False,
                                 source_label_key="nama", source_keys=["nama", "jenis", "tinggi", "warna"], create_source="pohon.csv", source_size="99", **where)
    assert (len(done.to_insert), len(done.to_update), len(done.to_delete)) == (1, 1, 1)
    assert rows(client) == {"Ulin": {"jenis": "besi", "tinggi": "9"}, "Sono": {"jenis": "keras", "tinggi": ""}, "Jati": {"jenis": "keras", "tinggi": ""}}
    (ulin,) = [each for each in client.entities.list(**where) if each.currentVersion.label == "Ulin"]
    versions = client.get(f"projects/1/datasets/pohon/entities/{ulin.uuid}/versions").json()
    assert versions[0]["source"] == {"name": "pohon.csv", "size": "99"}
    assert client.entities.update(uuid=ulin.uuid, data={"tinggi": "10"}, base_version=1, **where).currentVersion.version == 2
    assert client.entities.create(label="Waru", data={}, **where).currentVersion.label == "Waru"
    assert client.entities.delete(uuid=ulin.uuid, **where) is True
    assert [each.name for each in client.entity_lists.list(project_id=1)] == [client.entity_lists.get(**where).name]


def test_pyodk_is_told_what_is_wrong(client: Client) -> None:
    with pytest.raises(PyODKError) as refused:
        client.entities.create(label="Jati", data={"tinggi": 3}, uuid=TWO)
    assert refused.value.is_central_error(400.11)
    with pytest.raises(PyODKError) as refused:
        client.entity_lists.get(entity_list_name="tidak_ada")
    assert refused.value.is_central_error(404.1)
