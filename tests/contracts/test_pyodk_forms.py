"""pyodk, unmodified, against a running server: projects, app users, forms (PROTOCOL appendix A)."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyodk._utils.config import CentralConfig, Config
from pyodk.client import Client
from pyodk.errors import PyODKError

from forms.workbook import to_xlsx
from tests.conftest import PASSWORD
from tests.forms.conftest import table

pytestmark = pytest.mark.slow
VISIT = """
| survey   |                                |        |        |
|          | type                           | name   | label  |
|          | text                           | nama   | Nama   |
|          | select_one_from_file desa.csv  | desa   | Desa   |
| settings | form_id                        | version | form_title |
|          | kunjungan rumah                | 1       | Kunjungan  |
"""
CSV = "name,label\n19.06.01.2001,Desa é\n"


def config(address: str, password: str = PASSWORD) -> Config:
    return Config(CentralConfig(address, "admin@contoh.id", password, 1))


@pytest.fixture
def client(served: str, tmp_path: Path) -> Iterator[Client]:
    with Client(config=config(served), cache_path=tmp_path / "cache.toml") as client:
        yield client


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    path = tmp_path / "kunjungan.xlsx"
    path.write_bytes(to_xlsx(table(VISIT)))
    return path


@pytest.fixture
def desa(tmp_path: Path) -> Path:
    path = tmp_path / "desa.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_pyodk_logs_in_keeps_its_token_and_is_refused_with_a_wrong_password(client: Client, served: str, tmp_path: Path) -> None:
    token = (tmp_path / "cache.toml").read_text()
    with Client(config=config(served), cache_path=tmp_path / "cache.toml") as again:
        assert again.projects.list()[0].id == 1
    assert (tmp_path / "cache.toml").read_text() == token, "the cached token still holds"
    with pytest.raises(PyODKError) as refused, Client(config=config(served, "salah-sekali"), cache_path=tmp_path / "other.toml"):
        pass
    assert "401" in str(refused.value)


def test_pyodk_reads_projects(client: Client) -> None:
    assert [(each.id, each.name) for each in client.projects.list()] == [(1, "Pokja Kampung KB")]
    assert client.projects.get(1).archived is False
    with pytest.raises(PyODKError):
        client.projects.get(999)


def test_pyodk_creates_a_form_with_its_file_and_publishes_it(client: Client, workbook: Path, desa: Path) -> None:
    form = client.forms.create(definition=workbook, attachments=[desa])
    assert (form.xmlFormId, form.version, form.name, form.state) == ("kunjungan rumah", "1", "Kunjungan", "open")
    assert client.forms.get("kunjungan rumah").publishedAt is not None
    assert [each.xmlFormId for each in client.forms.list()] == ["kunjungan rumah"]
    assert '<data id="kunjungan rumah" version="1"' in client.forms.get_xml("kunjungan rumah")
    answer = client.get("projects/1/forms/kunjungan%20rumah/attachments/desa.csv")
    assert answer.content.decode() == CSV


def test_pyodk_sends_forms_from_memory_to_any_project_and_names_one_that_has_no_id(client: Client, desa: Path) -> None:
    other = client.post("projects", json={"name": "Lain"}).json()["id"]
    nameless = to_xlsx(table(VISIT.replace("| form_id  ", "| author   ").replace("kunjungan rumah", "Siti           ")))
    made = client.forms.create(definition=nameless, form_id="nama bébas/1", ignore_warnings=False, project_id=other, attachments=[str(desa)])
    assert (made.xmlFormId, made.projectId) == ("nama bébas/1", other)
    xml = client.forms.get_xml("nama bébas/1", project_id=other, encoding=None)
    assert isinstance(xml, bytes) and client.forms.get_xml("nama bébas/1", other) == xml.decode()
    client.forms.update("nama bébas/1", project_id=other, definition=xml.decode().replace('version="1"', 'version="2"'), attachments=[desa])
    assert client.forms.get("nama bébas/1", project_id=other).version == "2"
    assert ([each.version for each in client.forms.list(project_id=other)], client.forms.list()) == (["2"], [])
    (phone,) = client.projects.create_app_users(["HP"], project_id=other)
    assert (phone.projectId, phone.type) == (other, "field_key")


def test_pyodk_updates_by_definition_by_files_and_by_version(client: Client, workbook: Path, desa: Path, tmp_path: Path) -> None:
    client.forms.create(definition=workbook, attachments=[desa])
    second = tmp_path / "kedua.xlsx"
    second.write_bytes(to_xlsx(table(VISIT.replace("| 1  ", "| 2  "))))
    client.forms.update("kunjungan rumah", definition=second)
    assert client.forms.get("kunjungan rumah").version == "2"
    desa.write_text(CSV + "19.06.01.2002,Lain\n", encoding="utf-8")
    client.forms.update("kunjungan rumah", attachments=[desa], version_updater=lambda version: f"{version}-b")
    assert client.forms.get("kunjungan rumah").version == "2-b"
    client.forms.update("kunjungan rumah", attachments=[desa])
    assert client.forms.get("kunjungan rumah").version.startswith("20"), "a moment, as pyodk writes it"
    answer = client.get("projects/1/forms/kunjungan%20rumah/attachments/desa.csv")
    assert answer.content.decode().endswith("19.06.01.2002,Lain\n")


def test_pyodk_is_told_the_code_of_what_it_cannot_do(client: Client, workbook: Path) -> None:
    client.forms.create(definition=workbook)
    with pytest.raises(PyODKError) as refused:
        client.forms.create(definition=workbook)
    assert refused.value.is_central_error("409.3")
    with pytest.raises(PyODKError) as refused:
        client.forms.update("kunjungan rumah", definition=workbook)
    assert refused.value.is_central_error("409.6")


def test_pyodk_makes_app_users_for_a_form(client: Client, workbook: Path, served: str) -> None:
    client.forms.create(definition=workbook)
    made = list(client.projects.create_app_users(["HP 1", "HP 2"], forms=["kunjungan rumah"]))
    assert [each.displayName for each in made] == ["HP 1", "HP 2"]
    assert list(client.projects.create_app_users(["HP 1"])) == [], "names in use are passed over"
    request = urllib.request.Request(f"{served}/v1/key/{made[0].token}/projects/1/formList", headers={"X-OpenRosa-Version": "1.0"})
    with urllib.request.urlopen(request) as answer:
        assert b"<formID>kunjungan rumah</formID>" in answer.read()
