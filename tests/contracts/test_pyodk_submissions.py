"""pyodk, unmodified, against a running server: submissions, their files, comments, reviews, edits, tables (PROTOCOL appendix A)."""

from __future__ import annotations

import gzip
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyodk.client import Client
from pyodk.errors import PyODKError

from tests.contracts import scene
from tests.contracts.test_pyodk_forms import config

pytestmark = pytest.mark.slow
CSV = "name,label\n19.06.01.2001,Lenggang\n"


@pytest.fixture
def client(served: str, tmp_path: Path) -> Iterator[Client]:
    """With the form published and set as the one meant."""
    book, desa = tmp_path / "kunjungan.xlsx", tmp_path / "desa.csv"
    book.write_bytes(scene.workbook())
    desa.write_text(CSV, encoding="utf-8")
    with Client(config=config(served), cache_path=tmp_path / "cache.toml") as client:
        client.forms.create(definition=book, attachments=[desa])
        client.submissions.default_form_id = scene.FORM
        yield client


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "foto.jpg"
    path.write_bytes(scene.PHOTO * 4000)  # several of pyodk's chunks
    return path


def xml(*given: str) -> str:
    return scene.xml(*given).decode()


def test_pyodk_creates_a_submission_with_its_photo(client: Client, photo: Path) -> None:
    made = client.submissions.create(xml(), device_id="hp-1", attachments=[photo])
    assert (made.instanceId, made.deviceId, made.reviewState) == (scene.INSTANCE, "hp-1", None)
    assert [(each.name, each.exists) for each in made.attachments or []] == [("foto.jpg", True)]
    answer = client.get("projects/1/forms/kunjungan%20rumah/submissions/uuid%3Asatu/attachments/foto.jpg")
    assert answer.content == photo.read_bytes()


def test_pyodk_names_project_form_and_encoding_itself(client: Client) -> None:
    where = {"form_id": scene.FORM, "project_id": 1}
    written = xml().replace("Siti", "Désa").replace("<data", '<?xml version="1.0" encoding="ISO-8859-1"?><data', 1)
    assert client.submissions.create(written, encoding="iso-8859-1", **where).instanceId == scene.INSTANCE
    assert client.submissions.get_table(**where)["value"][0]["nama"] == "Désa"
    client.submissions.edit(scene.INSTANCE, xml("uuid:dua", scene.INSTANCE), encoding="utf-8", **where)
    client.submissions.review(scene.INSTANCE, "approved", **where)
    client.submissions.add_comment(scene.INSTANCE, "Baik.", **where)
    assert [each.body for each in client.submissions.list_comments(scene.INSTANCE, **where)] == ["Baik."]
    assert [each.reviewState for each in client.submissions.list(**where)] == [client.submissions.get(scene.INSTANCE, **where).reviewState] == ["approved"]


def test_pyodk_is_told_which_files_are_still_missing(client: Client) -> None:
    made = client.submissions.create(xml())
    assert [(each.name, each.exists) for each in made.attachments or []] == [("foto.jpg", False)]


def test_a_gzip_file_that_pyodk_labels_as_an_encoding_is_kept_as_it_is(client: Client, tmp_path: Path) -> None:
    packed = tmp_path / "foto.jpg.gz"
    packed.write_bytes(gzip.compress(scene.PHOTO))
    client.submissions.create(xml().replace("foto.jpg", "foto.jpg.gz"), attachments=[packed])
    answer = client.get("projects/1/forms/kunjungan%20rumah/submissions/uuid%3Asatu/attachments/foto.jpg.gz", stream=True)
    assert answer.raw.read(decode_content=False) == packed.read_bytes()


def test_pyodk_lists_and_reads_submissions(client: Client) -> None:
    for number in ("uuid:satu", "uuid:dua", "uuid:tiga dengan spasi"):
        client.submissions.create(xml(number))
    assert [each.instanceId for each in client.submissions.list()] == ["uuid:tiga dengan spasi", "uuid:dua", "uuid:satu"]
    found = client.submissions.get("uuid:tiga dengan spasi")
    assert found.instanceId == "uuid:tiga dengan spasi" and isinstance(found.submitterId, int)
    with pytest.raises(PyODKError) as refused:
        client.submissions.get("uuid:tidak-ada")
    assert refused.value.is_central_error(404.1)


def test_pyodk_is_refused_a_second_submission_of_the_same_id(client: Client) -> None:
    client.submissions.create(xml())
    with pytest.raises(PyODKError) as refused:
        client.submissions.create(xml())
    assert refused.value.is_central_error(409.3)


def test_pyodk_edits_with_a_comment(client: Client, photo: Path) -> None:
    client.submissions.create(xml(), attachments=[photo])
    client.submissions.edit(scene.INSTANCE, xml("uuid:dua", scene.INSTANCE), comment="Jumlah jiwa diperbaiki.")
    found = client.submissions.get(scene.INSTANCE)
    assert (found.instanceId, found.reviewState) == (scene.INSTANCE, "edited") and found.updatedAt is not None
    assert [each.body for each in client.submissions.list_comments(scene.INSTANCE)] == ["Jumlah jiwa diperbaiki."]
    answer = client.get("projects/1/forms/kunjungan%20rumah/submissions/uuid%3Asatu/attachments")
    assert answer.json() == [{"name": "foto.jpg", "exists": True}], "the photo is carried over"
    with pytest.raises(PyODKError) as refused:
        client.submissions.edit(scene.INSTANCE, xml("uuid:tiga", scene.INSTANCE))
    assert refused.value.is_central_error(409.9)


def test_pyodk_reviews_and_comments(client: Client) -> None:
    client.submissions.create(xml())
    client.submissions.review(scene.INSTANCE, "hasIssues", comment="Foto kabur.")
    assert client.submissions.get(scene.INSTANCE).reviewState == "hasIssues"
    made = client.submissions.add_comment(scene.INSTANCE, "Sudah dihubungi.")
    assert (made.body, isinstance(made.actorId, int)) == ("Sudah dihubungi.", True)
    assert client.submissions.list_comments(scene.INSTANCE)[0].body == "Sudah dihubungi."
    client.submissions.review(scene.INSTANCE, "approved")
    assert client.submissions.get(scene.INSTANCE).reviewState == "approved"
    with pytest.raises(PyODKError):
        client.submissions.review(scene.INSTANCE, "bagus")


def test_pyodk_reads_tables(client: Client) -> None:
    for number in ("uuid:satu", "uuid:dua"):
        client.submissions.create(xml(number))
    found = client.submissions.get_table(count=True, top=1)
    assert found["@odata.count"] == 2 and [row["__id"] for row in found["value"]] == ["uuid:dua"]
    assert found["value"][0]["jiwa"] == 4
    children = client.submissions.get_table(table_name="Submissions.anak")["value"]
    assert sorted(row["sebut"] for row in children) == ["Ani", "Ani", "Budi", "Budi"]
    client.submissions.review("uuid:satu", "approved")
    approved = client.submissions.get_table(filter="__system/reviewState eq 'approved'", expand="*")["value"]
    assert [(row["__id"], [child["sebut"] for child in row["anak"]]) for row in approved] == [("uuid:satu", ["Ani", "Budi"])]
    assert client.submissions.get_table(select="nama", skip=1, wkt=True)["value"] == [{"nama": "Siti"}]


def test_pyodk_calls_any_address_by_its_verbs(client: Client) -> None:
    made = client.post("projects", json={"name": "Lain"}).json()
    assert client.patch(f"projects/{made['id']}", json={"archived": True}).json()["archived"] is True
    person = client.post("users", json={"email": "a@contoh.id", "displayName": "A"}).json()
    assert client.put(f"users/{person['id']}/password", json={"new": "sepuluh-huruf"}).json() == {"success": True}
    assert client.delete(f"projects/{made['id']}").json() == {"success": True}
    assert client.get(f"projects/{made['id']}").status_code == 404


def test_every_method_and_argument_of_pyodk_is_driven_by_some_test() -> None:
    told = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    services = {name: made for name, made in vars(Client(config=config("http://127.0.0.1:1"))).items()
                if type(made).__module__.startswith("pyodk._endpoints") and not name.startswith("_")}
    assert {"projects", "forms", "submissions", "entities", "entity_lists"} <= services.keys()
    calls = {f"{service}.{name}" for service, made in services.items()
             for name, _ in inspect.getmembers(type(made), inspect.isfunction) if not name.startswith("_")}
    calls |= {"get", "post", "put", "patch", "delete"}
    assert {call for call in calls if not re.search(rf"client\.{re.escape(call)}\(", told)} == set()
    optional = {name for made in services.values() for method in vars(type(made)).values() if inspect.isfunction(method)
                for name, parameter in inspect.signature(method).parameters.items()
                if not method.__name__.startswith("_") and parameter.default is not parameter.empty}
    assert {name for name in optional if not re.search(rf"\b{name}=|\"{name}\":", told)} == set()
