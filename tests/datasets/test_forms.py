"""Lists and forms: born on publishing, filling slots, carried to phones with a token (PROTOCOL §2.3, §2.4, §3, §6)."""

from __future__ import annotations

import io
import random
from urllib.parse import urlsplit

import pytest
from flask import Flask
from lxml import etree

from forms.convert import convert
from forms.workbook import to_xlsx
from tests.arrivals import Phone, enrol
from tests.datasets.conftest import ONE, THREE, TWO, Keeper, code
from tests.forms.conftest import table

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TREES = """
| survey   |           |      |       |           |
|          | type      | name | label | save_to   |
|          | text      | desa | Desa  | desa      |
|          | text      | jenis | Jenis | jenis    |
| settings | form_id   | version | area_field |  |
|          | tanam     | 1    | desa  |           |
| entities | list_name | label |      |           |
|          | pohon     | ${jenis} |   |           |
"""
MEASURE = """
| survey   |                              |       |       |
|          | type                         | name  | label |
|          | select_one_from_file pohon.csv | pohon | Pohon |
| settings | form_id                      | version |     |
|          | ukur                         | 1     |       |
"""
HEAD = {"X-OpenRosa-Version": "1.0"}


def publish(keeper: Keeper, text: str, **query: str) -> str:
    """Publish a workbook; its form id."""
    asked = "&".join(f"{name}={value}" for name, value in ({"publish": "true", "ignoreWarnings": "true"} | query).items())
    answer = keeper.person.post(f"/v1/projects/{keeper.project}/forms?{asked}", data=to_xlsx(table(text)), content_type=XLSX)
    assert answer.status_code == 200, answer.text
    return answer.json["xmlFormId"]  # type: ignore[no-any-return]


def form(keeper: Keeper, tail: str, method: str = "GET", **more: object):  # type: ignore[no-untyped-def]
    return keeper.person.call(method, f"/v1/projects/{keeper.project}/forms/{tail}", **more)


def manifest(phone: Phone, form_id: str = "ukur") -> dict[str, dict[str, str]]:
    """The files of a form by name, as Collect reads them."""
    root = etree.fromstring(phone.get(f"forms/{form_id}/manifest").data)
    return {each.findtext("{*}filename"): {"type": each.get("type", ""), **{etree.QName(part).localname: part.text for part in each}}
            for each in root}


def rows(phone: Phone, form_id: str = "ukur", name: str = "pohon.csv") -> list[list[str]]:
    answer = phone.get(f"forms/{form_id}/attachments/{name}")
    assert answer.content_type == "text/csv; charset=utf-8"
    return [line.split(",") for line in answer.text.splitlines()]


def test_a_list_is_born_when_its_form_is_published_not_before(keeper: Keeper) -> None:
    publish(keeper, TREES, publish="false")
    assert keeper.get().json == []
    assert form(keeper, "tanam/draft/publish", "POST").status_code == 200
    (born,) = keeper.get().json
    assert (born["name"], born["areaProperty"]) == ("pohon", "desa"), "the form saves its area to that property"
    assert born["sourceForms"] == [{"name": "tanam", "xmlFormId": "tanam"}]
    assert [(each["name"], each["forms"]) for each in born["properties"]] == [
        ("desa", born["sourceForms"]), ("jenis", born["sourceForms"])]
    pyodk = keeper.get(headers={"User-Agent": "pyodk/1.3.0 x"}).json[0]
    assert [each["forms"] for each in pyodk["properties"]] == [["tanam"], ["tanam"]]


def test_a_new_version_adds_properties_and_says_what_it_writes_now(keeper: Keeper) -> None:
    publish(keeper, TREES)
    second = TREES.replace("| tanam     | 1 ", "| tanam     | 2 ").replace("| jenis    |", "| tinggi   |")
    draft = keeper.person.post(f"/v1/projects/{keeper.project}/forms/tanam/draft", data=to_xlsx(table(second)), content_type=XLSX)
    assert draft.status_code == 200
    assert form(keeper, "tanam/draft/dataset-diff").json == [{"name": "pohon", "isNew": False, "properties": [
        {"name": "desa", "inForm": True, "isNew": False}, {"name": "jenis", "inForm": False, "isNew": False},
        {"name": "tinggi", "inForm": True, "isNew": True}]}]
    assert form(keeper, "tanam/draft/publish", "POST").status_code == 200
    assert [(each["name"], len(each["forms"])) for each in keeper.get("/pohon").json["properties"]] == [("desa", 1), ("jenis", 0), ("tinggi", 1)]
    assert form(keeper, "tanam/dataset-diff").json == [{"name": "pohon", "properties": [
        {"name": "desa", "inForm": True}, {"name": "jenis", "inForm": False}, {"name": "tinggi", "inForm": True}]}]


def test_the_diff_of_a_first_draft_says_that_all_is_new(keeper: Keeper) -> None:
    publish(keeper, TREES, publish="false")
    (found,) = form(keeper, "tanam/draft/dataset-diff").json
    assert (found["isNew"], [each["isNew"] for each in found["properties"]]) == (True, [True, True])


@pytest.mark.parametrize(("make", "number"), [("Pohon", 409.16), ("pohon", 409.17)])
def test_names_that_differ_by_case_from_known_ones_stop_the_publishing(keeper: Keeper, make: str, number: float) -> None:
    keeper.has(make, "JENIS")
    publish(keeper, TREES, publish="false")
    assert code(form(keeper, "tanam/draft/publish", "POST")) == number
    assert [each["name"] for each in keeper.get(f"/{make}").json["properties"]] == ["JENIS"], "nothing half-made"


def test_a_form_whose_declaration_nobody_could_follow_is_refused(keeper: Keeper) -> None:
    xml = convert(table(TREES)).xml.replace(b'dataset="pohon"', b'dataset="__pohon"')
    answer = keeper.person.post(f"/v1/projects/{keeper.project}/forms", data=xml, content_type="application/xml")
    assert code(answer) == 400.25


def test_an_empty_slot_is_filled_by_the_list_of_its_name_whichever_comes_first(keeper: Keeper) -> None:
    publish(keeper, MEASURE)
    (slot,) = form(keeper, "ukur/attachments").json
    assert (slot["exists"], slot["datasetExists"], slot["hash"]) == (False, False, None)
    keeper.has("pohon")
    (slot,) = form(keeper, "ukur/attachments").json
    assert (slot["exists"], slot["blobExists"], slot["datasetExists"]) == (True, False, True)
    assert len(slot["hash"]) == 32
    assert keeper.get("/pohon").json["linkedForms"] == [{"name": "ukur", "xmlFormId": "ukur"}]
    second = MEASURE.replace("ukur  ", "ukur2 ")
    publish(keeper, second)
    assert [each["xmlFormId"] for each in keeper.get("/pohon").json["linkedForms"]] == ["ukur", "ukur2"]


def test_a_slot_is_linked_and_unlinked_and_a_file_takes_the_lists_place(keeper: Keeper) -> None:
    publish(keeper, MEASURE, publish="false")
    at = "ukur/draft/attachments/pohon.csv"
    assert code(form(keeper, at, "PATCH", json={"dataset": True})) == 404.7
    keeper.has("pohon")
    assert form(keeper, at, "POST", data=b"name,label\n").json["blobExists"] is True
    linked = form(keeper, at, "PATCH", json={"dataset": True}).json
    assert (linked["blobExists"], linked["datasetExists"]) == (False, True)
    assert form(keeper, at).text == "name,label,__version\r\n"
    unlinked = form(keeper, at, "PATCH", json={"dataset": False}).json
    assert (unlinked["exists"], unlinked["datasetExists"], unlinked["hash"]) == (False, False, None)
    assert form(keeper, at, "PATCH", json={"dataset": True}).status_code == 200
    filled = form(keeper, at, "POST", data=b"name,label\n").json
    assert (filled["blobExists"], filled["datasetExists"]) == (True, False)
    assert code(form(keeper, at, "PATCH", json={})) == 400.2


def test_the_link_goes_along_to_the_next_version_and_ends_with_the_list(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon")
    publish(keeper, MEASURE)
    assert form(keeper, "ukur/draft", "POST").status_code == 200
    assert form(keeper, "ukur/draft/publish?version=2", "POST").status_code == 200
    phone = enrol(app, keeper.project)
    assert "pohon.csv" in manifest(phone)
    assert keeper.call("DELETE", "/pohon").status_code == 200
    assert manifest(phone) == {}
    assert phone.get("forms/ukur/attachments/pohon.csv").status_code == 404


def test_phones_get_the_list_as_collect_reads_it(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon", "jenis").holds(ONE, 'Jati "besar"', jenis="keras")
    keeper.holds(TWO, "Sono")
    keeper.patch(f"/pohon/entities/{TWO}?force=true", json={"label": "Sono é"})
    publish(keeper, MEASURE)
    phone = enrol(app, keeper.project)
    (entry,) = manifest(phone).values()
    assert (entry["type"], entry["filename"]) == ("entityList", "pohon.csv")
    assert entry["hash"].startswith("md5:")
    assert entry["integrityUrl"].endswith(f"/projects/{keeper.project}/datasets/pohon/integrity")
    answer = phone.get("forms/ukur/attachments/pohon.csv")
    assert answer.text == ('name,label,__version,jenis\r\n'
                           f'{ONE},"Jati ""besar""",1,keras\r\n{TWO},Sono é,2,\r\n')
    assert 'filename="pohon.csv"' in answer.headers["Content-Disposition"]
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    again = phone.get("forms/ukur/attachments/pohon.csv", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    keeper.patch("/pohon", json={"approvalRequired": True})
    assert manifest(phone)["pohon.csv"] == {**entry, "type": "approvalEntityList"}


def test_the_token_changes_with_the_content_and_only_then(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon", "jenis")
    publish(keeper, MEASURE)
    phone = enrol(app, keeper.project)
    seen: dict[str, str] = {}  # token -> file

    def look(changed: bool) -> None:
        token, file = manifest(phone)["pohon.csv"]["hash"], phone.get("forms/ukur/attachments/pohon.csv").text
        assert (token in seen) is not changed
        assert seen.setdefault(token, file) == file, "the same token means the same file"

    look(True)
    keeper.holds(ONE)
    look(True)
    keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"data": {"jenis": "x"}})
    look(True)
    keeper.post("/pohon/properties", json={"name": "tinggi"})
    look(True)
    for quiet in (keeper.patch(f"/pohon/entities/{ONE}?force=true", json={}), keeper.get("/pohon"), keeper.patch("/pohon", json={"approvalRequired": True}),
                  keeper.post("/pohon/entities", json={"uuid": ONE, "label": "x", "data": {}})):
        assert quiet.status_code in (200, 400, 409)
        look(False)
    keeper.post("/pohon/entities", json={"entities": [{"uuid": TWO, "label": "b", "data": {}}], "source": {"name": "x"}})
    look(True)
    keeper.call("DELETE", f"/pohon/entities/{TWO}")
    look(False)  # what it was before that upload
    keeper.post(f"/pohon/entities/{TWO}/restore")
    look(False)
    keeper.call("DELETE", "/pohon")
    keeper.has("pohon", "jenis")
    look(False)  # empty, with one property: as at the beginning


def test_a_phone_with_an_area_sees_its_rows_and_a_token_of_its_own(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon", "desa")
    keeper.patch("/pohon", json={"areaProperty": "desa"})
    publish(keeper, MEASURE)
    one, two, all_of_it = enrol(app, keeper.project, "HP 1", "19.06.01"), enrol(app, keeper.project, "HP 2", "19.06.02.2001"), enrol(app, keeper.project)
    keeper.holds(ONE, "a", desa="19.06.01.2001")
    keeper.holds(TWO, "b", desa="19.06.02.2001")
    keeper.holds(THREE, "c")
    assert [row[0] for row in rows(one)[1:]] == [ONE]
    assert [row[0] for row in rows(two)[1:]] == [TWO]
    assert [row[0] for row in rows(all_of_it)[1:]] == [ONE, TWO, THREE]
    before = [manifest(phone)["pohon.csv"]["hash"] for phone in (one, two, all_of_it)]
    keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"label": "A"})
    after = [manifest(phone)["pohon.csv"]["hash"] for phone in (one, two, all_of_it)]
    assert [old == new for old, new in zip(before, after, strict=True)] == [False, True, False], "the other area's phone need not fetch"
    keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"data": {"desa": "19.06.02.2001"}})
    assert [[row[0] for row in rows(phone)[1:]] for phone in (one, two)] == [[], [ONE, TWO]], "it moved"
    keeper.patch("/pohon", json={"areaProperty": None})
    assert len(rows(one)) == 4, "without a rule everybody sees all"
    keeper.patch("/pohon", json={"areaProperty": "desa"})
    assert manifest(two)["pohon.csv"]["hash"] != manifest(one)["pohon.csv"]["hash"]


def test_in_a_list_of_owners_a_phone_sees_what_it_made(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon", ownerOnly=True).holds(ONE)
    publish(keeper, MEASURE)
    phone = enrol(app, keeper.project)
    assert rows(phone) == [["name", "label", "__version"]]
    empty = manifest(phone)["pohon.csv"]["hash"]
    keeper.patch(f"/pohon/entities/{ONE}?force=true", json={"label": "x"})
    assert manifest(phone)["pohon.csv"]["hash"] == empty
    assert len(keeper.get("/pohon/entities").json) == 1, "a manager sees all"


def test_integrity_tells_of_what_exists_or_existed(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon", "desa")
    keeper.patch("/pohon", json={"areaProperty": "desa"})
    publish(keeper, MEASURE)
    keeper.holds(ONE, desa="19.06.01.2001")
    keeper.holds(TWO, desa="19.06.02.2001")
    keeper.call("DELETE", f"/pohon/entities/{ONE}")
    phone = enrol(app, keeper.project)
    path = urlsplit(manifest(phone)["pohon.csv"]["integrityUrl"]).path
    answer = app.test_client().get(f"{path}?id={ONE},{TWO},{THREE},x&deviceID=hp", headers=HEAD)
    assert answer.content_type == "text/xml; charset=utf-8"
    root = etree.fromstring(answer.data)
    assert (root.tag, [(each.get("id"), each.findtext("deleted")) for each in root.iter("entity")]) == (
        "data", [(ONE, "true"), (TWO, "false")])
    narrow = enrol(app, keeper.project, "HP 2", "19.06.02")
    assert ONE not in narrow.get(f"datasets/pohon/integrity?id={ONE},{TWO}").text, "outside its area"
    assert narrow.get("datasets/lain/integrity?id=x").status_code == 404
    assert app.test_client().get(path).status_code == 400, "without the header"
    keeper.has("rumah")
    assert phone.get(f"datasets/rumah/integrity?id={ONE}").status_code == 403, "no form of this phone uses it"


def test_the_phones_feed_names_the_list_with_its_token(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon")
    publish(keeper, MEASURE)
    phone = enrol(app, keeper.project)
    first = phone.get("changes").json
    (file,) = first["forms"][0]["attachments"]
    assert {**file, "downloadUrl": ""} == {"name": "pohon.csv", "type": "entityList", "size": None, "downloadUrl": "",
                                           "hash": manifest(phone)["pohon.csv"]["hash"].removeprefix("md5:")}
    assert app.test_client().get(file["downloadUrl"]).status_code == 200
    assert "forms" not in phone.get(f"changes?since={first['cursor']}").json
    keeper.holds(ONE)
    later = phone.get(f"changes?since={first['cursor']}").json
    assert later["forms"][0]["attachments"][0]["hash"] != file["hash"]


def test_a_draft_on_trial_carries_the_list(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon").holds(ONE)
    publish(keeper, MEASURE, publish="false")
    token = form(keeper, "ukur/draft").json["draftToken"]
    base = f"/v1/test/{token}/projects/{keeper.project}/forms/ukur/draft"
    listed = etree.fromstring(app.test_client().get(f"{base}/manifest", headers=HEAD).data)
    (url,) = [each.text for each in listed.iterfind(".//{*}downloadUrl")]
    assert ONE in app.test_client().get(urlsplit(str(url)).path).text
    assert listed.find(".//{*}integrityUrl") is None, "nobody without an account may ask there"
    known = etree.fromstring(keeper.person.get(f"/v1/projects/{keeper.project}/forms/ukur/draft/manifest", headers=HEAD).data)
    assert known.find(".//{*}integrityUrl") is not None


def test_sums_stay_right_whatever_happens_in_whatever_order(keeper: Keeper, app: Flask) -> None:
    from server.datasets import digest_store
    from server.datasets.models import Digest
    from server.datasets.store import find_list
    from server.db import db, transaction

    chance = random.Random(7)
    keeper.has("pohon", "desa")
    keeper.patch("/pohon", json={"areaProperty": "desa"})
    uuids = [f"{number}c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e" for number in range(6)]
    for _ in range(60):
        uuid, area = chance.choice(uuids), chance.choice(["", "19.06.01", "19.06.02"])
        chance.choice([
            lambda uuid=uuid, area=area: keeper.post("/pohon/entities", json={"uuid": uuid, "label": "x", "data": {"desa": area}}),
            lambda uuid=uuid, area=area: keeper.patch(f"/pohon/entities/{uuid}?force=true", json={"data": {"desa": area}}),
            lambda uuid=uuid: keeper.call("DELETE", f"/pohon/entities/{uuid}"),
            lambda uuid=uuid: keeper.post(f"/pohon/entities/{uuid}/restore")])()
    with app.app_context(), transaction():
        def sums() -> dict[tuple[str, int], tuple[str, int]]:
            return {(row.area, row.creator_id): (row.total, row.rows) for row in db.session.query(Digest) if row.rows}

        kept = sums()
        found = find_list(keeper.project, "pohon")
        assert found is not None
        digest_store.rebuild(found.id)
        db.session.expire_all()
        assert kept == sums() != {}


def test_a_large_list_is_written_without_holding_it(keeper: Keeper, app: Flask) -> None:
    keeper.has("pohon", "catatan")
    publish(keeper, MEASURE)
    many = [{"label": f"pohon {number}", "data": {"catatan": "x" * 500}} for number in range(4000)]
    assert keeper.post("/pohon/entities", json={"entities": many, "source": {"name": "x"}}).status_code == 200
    answer = enrol(app, keeper.project).get("forms/ukur/attachments/pohon.csv")
    assert io.BytesIO(answer.data).read().count(b"\r\n") == 4001
