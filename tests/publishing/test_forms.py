"""Forms through HTTP: create, look, list, open and close, trash (PROTOCOL §3 "Form")."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

import pytest

from forms.workbook import read
from tests.publishing.conftest import VISIT, XLS, XLSX, Author, xform, xls, xlsx

KEYS = {"projectId", "xmlFormId", "state", "enketoId", "enketoOnceId", "createdAt", "updatedAt", "keyId", "version", "hash",
        "sha", "sha256", "draftToken", "publishedAt", "name"}


def test_an_xform_becomes_a_draft_with_all_keys(author: Author) -> None:
    xml = xform()
    made = author.create(xml)
    assert made.status_code == 200, made.text
    assert set(made.json) == KEYS
    assert made.json["hash"] == hashlib.md5(xml).hexdigest()
    assert made.json["sha256"] == hashlib.sha256(xml).hexdigest()
    assert (made.json["xmlFormId"], made.json["version"], made.json["name"]) == ("kunjungan", "1", "Kunjungan")
    assert made.json["publishedAt"] is None and made.json["enketoId"] is None and made.json["keyId"] is None
    assert len(made.json["draftToken"]) == 64


def test_publish_true_in_any_case_publishes_at_once(author: Author) -> None:
    made = author.create(xlsx(), publish="True", ignoreWarnings="TRUE")
    assert made.json["publishedAt"] is not None and made.json["draftToken"] is None
    assert author.get("/kunjungan/draft").status_code == 404


def test_the_xml_comes_back_byte_for_byte(author: Author) -> None:
    xml = xform().replace(b"<h:body>", b"<!-- catatan penyusun -->\n  <h:body>")
    author.create(xml, publish="true")
    answer = author.get("/kunjungan.xml")
    assert answer.data == xml
    assert answer.content_type.startswith("application/xml")
    again = author.get("/kunjungan.xml", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_the_workbook_comes_back_byte_for_byte(author: Author) -> None:
    book = xlsx()
    author.create(book)
    answer = author.get("/kunjungan.xlsx")
    assert answer.data == book and answer.content_type == XLSX
    assert 'filename="kunjungan.xlsx"' in answer.headers["Content-Disposition"]
    assert author.get("/kunjungan.xls").status_code == 404


def test_a_workbook_of_excel_97_is_a_form_and_comes_back_byte_for_byte(author: Author) -> None:
    book = xls()
    made = author.send("", book, XLS)
    assert made.status_code == 200 and made.json["xmlFormId"] == "kunjungan", made.text
    assert author.get("", headers={"X-Extended-Metadata": "true"}).json[0]["excelContentType"] == XLS
    assert [field["path"] for field in author.get("/kunjungan/fields").json][:2] == ["/nama", "/umur"]
    for tail in ("", "/draft"):
        answer = author.get(f"/kunjungan{tail}.xls")
        assert (answer.data, answer.content_type) == (book, XLS)
        assert 'filename="kunjungan.xls"' in answer.headers["Content-Disposition"]
        assert author.get(f"/kunjungan{tail}.xlsx").status_code == 404
    assert author.post("/kunjungan/draft/publish").status_code == 200
    assert author.get("/kunjungan/versions/1.xls").data == book
    assert author.get("/kunjungan.xml").data == author.person.get(author.url("/kunjungan/versions/1.xml")).data


def test_both_kinds_of_workbook_are_the_same_form(author: Author) -> None:
    assert author.send("", xls(), XLS).status_code == 200
    old = author.get("/kunjungan.xml").data
    assert author.send("/kunjungan/draft", xlsx()).status_code == 200
    assert author.get("/kunjungan/draft.xml").data == old


def test_a_form_given_as_xml_has_no_workbook(author: Author) -> None:
    author.published()
    answer = author.get("/kunjungan.xlsx")
    assert (answer.status_code, answer.json["code"]) == (404, 404.1)


def test_a_workbook_without_form_id_takes_the_percent_encoded_fallback(author: Author) -> None:
    name = "kunjungan rumah/é"
    made = author.send("", xlsx(version=None), headers={"X-XlsForm-FormId-Fallback": quote(name, safe="")})
    assert made.json["xmlFormId"] == name
    assert author.get("/" + quote(name, safe="")).json["xmlFormId"] == name
    assert author.get("/" + quote(name, safe="") + ".xml").status_code == 200


def test_a_form_id_may_hold_dots(author: Author) -> None:
    book = xlsx(VISIT + "\n| settings | form_id | version |\n| | a.b.c | 1 |\n", version=None)
    author.create(book, publish="true")
    assert author.get("/a.b.c").json["xmlFormId"] == "a.b.c"
    assert author.get("/a.b.c.xml").status_code == 200
    assert author.get("/a.b.c/versions/1.xml").status_code == 200


BROKEN = {
    "an unknown type": (xlsx("| survey | | | |\n| | type | name | label |\n| | teks | nama | Nama |\n"), 400.15, "row 2"),
    "two questions of one name": (
        xlsx("| survey | | | |\n| | type | name | label |\n| | text | nama | Nama |\n| | text | nama | Lagi |\n"), 400.15, "row 3"),
    "not a workbook": (b"PK\x03\x04 nothing", 400.15, "damaged"),
    "a damaged Excel 97 file": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 400.15, "xlsx"),
    "not XML": (b"<h:html><h:head>", 400.2, "damaged"),
    "XML that is no XForm": (b"<data/>", 400.2, "not an XForm"),
    "no meta group": (xform().replace(b"<meta>", b"<mata>").replace(b"</meta>", b"</mata>"), 400.27, "meta"),
    "an id that ends in .xml": (xform().replace(b'id="kunjungan"', b'id="kunjungan.xml"'), 400.8, "kunjungan.xml"),
    "nothing": (b"", 400.2, "missing"),
    "a document type": (b'<!DOCTYPE a [<!ENTITY b "c">]><a/>', 400.2, "document type"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_form_is_refused_in_words_and_leaves_nothing(author: Author, case: str) -> None:
    data, code, says = BROKEN[case]
    answer = author.create(data)
    assert answer.json["code"] == code, answer.text
    assert says in answer.json["message"], answer.text
    assert author.get().json == []


def test_an_xlsform_error_names_sheet_row_and_column_for_programs(author: Author) -> None:
    answer = author.create(BROKEN["two questions of one name"][0])
    details = answer.json["details"]
    assert details["sheet"] == "survey" and details["row"] == 3 and details["error"]


def test_an_id_in_use_is_refused(author: Author) -> None:
    author.published()
    answer = author.create(xform())
    assert answer.json["code"] == 409.3
    assert answer.json["details"]["values"] == [author.project, "kunjungan"]


SCORED = VISIT + """
| scoring | kind      | code | value |
|         | {kind}    | {code} | {value} |
"""


def test_a_wrong_scoring_sheet_names_row_column_and_nothing_is_published(author: Author) -> None:
    book = xlsx(SCORED.format(kind="indikator", code="A1", value="umur"))
    answer = author.create(book, publish="true")
    assert answer.json["code"] == 400.41
    assert answer.json["details"] | {"error": ""} == {"error": "", "sheet": "scoring", "row": 2, "column": "kind", "field": None}
    assert "scoring, row 2, column kind" in answer.json["message"]
    assert author.get().json == []


@pytest.mark.slow
def test_the_shipped_form_with_a_rubric_naming_an_unknown_field_names_it(author: Author) -> None:
    from forms.workbook import read_folder, to_xlsx
    from server.shipped import instrument

    book = read_folder(instrument())
    row = next(row for row in book.sheets["scoring"] if row.get("value") == "a2_inti" or "a2_inti" in str(row))
    column = next(name for name, text in row.items() if "a2_inti" in text)
    row[column] = row[column].replace("a2_inti", "a2_salah")
    answer = author.create(to_xlsx(book), ignoreWarnings="true")
    assert answer.json["code"] == 400.41, answer.text
    assert answer.json["details"]["field"] == "a2_salah"
    assert answer.json["details"]["row"] == book.sheets["scoring"].index(row) + 2


def test_warnings_hold_a_form_back_until_they_are_ignored(author: Author) -> None:
    book = xlsx("| survey | | | |\n| | type | name | label::Indonesia |\n| | text | nama | Nama |\n")
    answer = author.create(book)
    assert answer.json["code"] == 400.16
    assert answer.json["details"]["warnings"]["xlsFormWarnings"]
    assert author.create(book, ignoreWarnings="True").status_code == 200


def test_a_form_in_the_trash_of_the_same_id_is_a_warning(author: Author) -> None:
    author.published()
    author.call("DELETE", "/kunjungan")
    answer = author.create(xform())
    assert answer.json["details"]["warnings"]["workflowWarnings"] == [
        {"type": "deletedFormExists", "details": {"xmlFormId": "kunjungan"}}]


def test_forms_are_listed_with_what_a_list_costs(author: Author) -> None:
    author.published()
    author.create(xlsx(VISIT + "\n| settings | form_id | version |\n| | draf | 1 |\n", version=None))
    listed = author.get().json
    assert [(each["xmlFormId"], each["publishedAt"] is not None) for each in listed] == [("draf", False), ("kunjungan", True)]
    assert all(set(each) == KEYS for each in listed)
    assert [each["xmlFormId"] for each in author.get("?limit=1&offset=1").json] == ["kunjungan"]
    assert author.get("?limit=banyak").json["code"] == 400.11


def test_extended_forms_tell_submissions_states_and_maker(author: Author) -> None:
    author.create(xlsx(), publish="true")
    more = author.get("/kunjungan", headers={"X-Extended-Metadata": "true"}).json
    assert more["submissions"] == 0 and more["lastSubmission"] is None
    assert more["reviewStates"] == {"received": 0, "hasIssues": 0, "edited": 0}
    assert more["excelContentType"] == XLSX and more["entityRelated"] is False and more["publicLinks"] == 0
    assert more["createdBy"]["id"] == author.person.id and more["createdBy"]["type"] == "user"
    assert set(more) >= KEYS


@pytest.mark.parametrize("state", ["open", "closing", "closed"])
def test_a_form_is_opened_and_closed(author: Author, state: str) -> None:
    author.published()
    assert author.call("PATCH", "/kunjungan", json={"state": state}).json["state"] == state
    assert author.get("/kunjungan").json["state"] == state


@pytest.mark.parametrize(("body", "code"), [({"state": "tutup"}, 400.11), ({}, 400.2), ([], 400.11)])
def test_a_wrong_state_is_refused(author: Author, body: object, code: float) -> None:
    author.published()
    assert author.call("PATCH", "/kunjungan", json=body).json["code"] == code


def test_a_deleted_form_is_in_the_trash_and_comes_back_by_number(author: Author) -> None:
    author.published()
    assert author.call("DELETE", "/kunjungan").json == {"success": True}
    assert author.get("/kunjungan").status_code == 404 and author.get().json == []
    trash = author.get("?deleted=True").json
    assert trash[0]["xmlFormId"] == "kunjungan" and trash[0]["deletedAt"]
    assert author.post(f"/{trash[0]['id']}/restore").json == {"success": True}
    assert author.get("/kunjungan").status_code == 200
    assert author.post(f"/{trash[0]['id']}/restore").json["code"] == 404.1


def test_the_forms_of_a_deleted_project_are_gone_for_administrators_too(author: Author) -> None:
    author.published()
    assert author.person.call("DELETE", f"/v1/projects/{author.project}").json == {"success": True}
    for tail in ("", "/kunjungan", "/kunjungan.xml", "/kunjungan.svc/Submissions", "/kunjungan/submissions", "/kunjungan/submissions.csv"):
        answer = author.person.get(author.url(tail))
        assert (answer.status_code, answer.json and answer.json["code"]) == (404, 404.1), tail


def test_a_form_is_not_restored_over_one_that_took_its_id(author: Author) -> None:
    author.published()
    author.call("DELETE", "/kunjungan")
    number = author.get("?deleted=true").json[0]["id"]
    author.create(xform(version="2"), ignoreWarnings="true")
    assert author.post(f"/{number}/restore").json["code"] == 409.3


def test_fields_come_depth_first_with_types(author: Author) -> None:
    made = author.create(xlsx("""
        | survey |                       |             |        |
        |        | type                  | name        | label  |
        |        | begin_group           | diri        | Diri   |
        |        | file                  | foto-1      | Foto   |
        |        | select_multiple hobi  | hobi        | Hobi   |
        |        | end_group             |             |        |
        |        | begin_repeat          | anak        | Anak   |
        |        | integer               | umur        | Umur   |
        |        | end_repeat            |             |        |
        | choices| list_name             | name        | label  |
        |        | hobi                  | baca        | Baca   |
        """))
    assert made.status_code == 200, made.text
    told = [(f["path"], f["type"], f["binary"], f["selectMultiple"]) for f in author.get("/kunjungan/fields").json]
    assert told[:6] == [("/diri", "structure", None, None), ("/diri/foto-1", "binary", True, None),
                        ("/diri/hobi", "string", None, True), ("/anak", "repeat", None, None),
                        ("/anak/umur", "int", None, None), ("/meta", "structure", None, None)]
    assert author.get("/kunjungan/fields?odata=True").json[1]["path"] == "/diri/foto_1"


@pytest.mark.slow
def test_the_shipped_form_is_published_with_its_rubric_and_its_score_page(author: Author) -> None:
    from forms.workbook import read_folder, to_xlsx
    from server.shipped import instrument

    answer = author.create(to_xlsx(read_folder(instrument())), publish="true")
    assert answer.status_code == 200, answer.text
    names = {field["name"] for field in author.get("/pokja_kampung_kb/fields").json}
    assert {"skor_total", "skor_kelas", "a1", "f6_d"} <= names
    assert "scoring" in read(author.get("/pokja_kampung_kb.xlsx").data, "x.xlsx").sheets
