"""XForm XML given directly: what is read from it, its slots, and what is refused (PROTOCOL §3)."""

from collections.abc import Callable

import pytest

from forms.errors import FormError
from forms.fields import walk
from forms.form import Form, Slot
from forms.validate import validate
from forms.xform import parse

META = "<meta><instanceID/></meta>"


def xform(data: str, model: str = "", body: str = "", head: str = "<h:title>Kunjungan</h:title>") -> bytes:
    return (
        '<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" '
        'xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms" '
        'xmlns:odk="http://www.opendatakit.org/xforms" xmlns:entities="http://www.opendatakit.org/xforms/entities">'
        f"<h:head>{head}<model><instance>{data}</instance>{model}</model></h:head><h:body>{body}</h:body></h:html>"
    ).encode()


def test_a_handwritten_form_with_relative_references_is_understood() -> None:
    form = parse(
        xform(
            f'<d id="f" version="3"><g><r jr:template=""><a/></r></g><b/>{META}</d>',
            '<bind nodeset="/d/g/r/a" type="xsd:integer" required="true()"/><bind id="bb" nodeset="/d/b" type="select1"/>',
            '<group ref="/d/g"><label>Grup</label><repeat nodeset="r"><input ref="a"><label>Jumlah <output value="/d/b"/>'
            "</label></input></repeat></group>"
            '<select1 bind="bb"><item><label>Ya</label><value>ya</value></item></select1>',
        )
    )
    assert [(f.path, f.type, f.label) for f in walk(form.fields)][:4] == [
        ("/g", "structure", {"": "Grup"}),
        ("/g/r", "repeat", {}),
        ("/g/r/a", "int", {"": "Jumlah ${b}"}),
        ("/b", "string", {}),
    ]
    b = form.field("b")
    assert b is not None and b.select == "one" and b.choices == "/b"
    assert [c.value for c in form.choices["/b"]] == ["ya"]
    assert (form.xml_form_id, form.version, form.title, form.settings) == ("f", "3", "Kunjungan", {})
    assert form.needed == ("/g/r/a",)


def test_the_bytes_of_the_form_are_kept_as_they_are() -> None:
    data = xform(f'<d id="f"><a/>{META}</d>').replace(b"<a/>", b"<a  />\r\n<!-- hm -->")
    assert parse(data).xml == data


def test_an_upload_is_a_file_even_without_a_type() -> None:
    field = parse(xform(f'<d id="f"><a/>{META}</d>', body='<upload ref="/d/a" mediatype="audio/*"/>')).field("a")
    assert field is not None and (field.type, field.binary, field.media) == ("binary", True, "audio")


def test_meta_may_stand_in_the_namespace_of_openrosa() -> None:
    form = parse(xform('<d id="f"><a/><orx:meta><orx:instanceID/><orx:audit/></orx:meta></d>'))
    assert [f.path for f in walk(form.fields)] == ["/a", "/meta", "/meta/instanceID", "/meta/audit"]


def test_a_form_without_id_attribute_is_named_by_its_namespace() -> None:
    assert parse(xform('<d xmlns="http://example.org/f1"><a/><meta/></d>')).xml_form_id == "http://example.org/f1"


REFUSED = [
    ("no XML", b"type,name", "notXml", "400.2"),
    ("cut off", xform(f'<d id="f"><a/>{META}</d>')[:-20], "notXml", "400.2"),
    ("other XML", b"<svg/>", "notXForm", "400.2"),
    ("no model", b"<html><head/></html>", "notXForm", "400.2"),
    ("no questions", xform(""), "notXForm", "400.2"),
    ("no id", xform(f"<d><a/>{META}</d>"), "noFormId", "400.2"),
    ("an id like a file", xform(f'<d id="a.xml"><a/>{META}</d>'), "badFormId", "400.8"),
    ("no meta", xform('<d id="f"><a/></d>'), "noMeta", "400.27"),
    ("a broken condition", xform(f'<d id="f"><a/>{META}</d>', '<bind nodeset="/d/a" relevant="(("/>'), "xpath", "400.15"),
    ("a document type", b"<!DOCTYPE h [<!ENTITY a 'b'>]>" + xform(f'<d id="f"><a/>{META}</d>'), "doctype", "400.2"),
    ("an unknown entity", xform(f'<d id="f"><a>&x;</a>{META}</d>'), "notXml", "400.2"),
    ("too deep", xform(f'<d id="f">{"<a>" * 220}{"</a>" * 220}{META}</d>'), "tooDeep", "400.2"),
]


@pytest.mark.parametrize(("data", "reason", "code"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_is_no_form_is_refused_with_the_protocols_number(data: bytes, reason: str, code: str) -> None:
    with pytest.raises(FormError) as caught:
        parse(data)
    assert (caught.value.reason, caught.value.code) == (reason, code)


SLOTS = [
    ("a select from a file", "| | select_one_from_file desa.csv | q | Q | | |", [("desa.csv", "file")]),
    ("a GeoJSON file", "| | select_one_from_file peta.geojson | q | Q | | |", [("peta.geojson", "file")]),
    ("csv-external", "| | csv-external | harga | | | |", [("harga.csv", "file")]),
    ("pulldata", "| | calculate | q | | | pulldata('harga', 'a', 'b', '1') |", [("harga.csv", "file")]),
    ("a label's image", "| | text | q | Q | peta.png | |", [("peta.png", "image")]),
    ("the same image twice", "| | text | q | Q | peta.png | |\n| | text | r | R | peta.png | |", [("peta.png", "image")]),
]


@pytest.mark.parametrize(("row", "expected"), [s[1:] for s in SLOTS], ids=[s[0] for s in SLOTS])
def test_files_a_form_needs_are_its_slots(form_of: Callable[[str], Form], row: str, expected: list[tuple[str, str]]) -> None:
    form = form_of(f"""
        | survey |      |       |        |              |             |
        |        | type | name  | label  | media::image | calculation |
        |        | text | depan | Depan  |              |             |
        {row}
    """)
    assert form.slots == tuple(Slot(*slot) for slot in expected)


XML_SLOTS = [
    ("audio and video in labels",
     '<itext><translation lang="id"><text id="a"><value form="audio">jr://audio/a.mp3</value>'
     '<value form="video">jr://video/b.mp4</value><value form="big-image">jr://images/c.jpg</value></text></translation></itext>',
     "", "", [("a.mp3", "audio"), ("b.mp4", "video"), ("c.jpg", "image")]),
    ("search() of Collect", "", "", '<select1 ref="/d/a" appearance="minimal search(\'desa\')"/>', [("desa.csv", "file")]),
    ("an external select", "", "", '<input ref="/d/a" query="instance(\'x\')/root/item[a=1]"/>', [("itemsets.csv", "file")]),
    ("a default image", "", "jr://images/d.png", "", [("d.png", "image")]),
    ("the last saved instance is no file", '<instance id="l" src="jr://instance/last-saved"/>', "", "", []),
    ("one name for two types", '<instance id="l" src="jr://file/d.png"/>', "jr://images/d.png", "", [("d.png", "file")]),
    ("a file given as file-csv", '<instance id="l" src="jr://file-csv/l.csv"/>', "", "", [("l.csv", "file")]),
]  # fmt: skip


@pytest.mark.parametrize(("model", "default", "body", "expected"), [s[1:] for s in XML_SLOTS], ids=[s[0] for s in XML_SLOTS])
def test_slots_are_found_wherever_the_standard_puts_them(
    model: str, default: str, body: str, expected: list[tuple[str, str]]
) -> None:
    form = parse(xform(f'<d id="f"><a>{default}</a>{META}</d>', model, body))
    assert form.slots == tuple(Slot(*slot) for slot in expected)


def test_selects_whose_choices_are_elsewhere_name_no_list() -> None:
    form = parse(
        xform(
            f'<d id="f"><a/><b/><c/>{META}</d>',
            '<instance id="l" src="jr://file-csv/l.csv"/>',
            '<select ref="/d/a" appearance="search(\'x\')"><item><label>l</label><value>v</value></item></select>'
            '<select1 ref="/d/b"><itemset nodeset="instance(\'l\')/root/item"><value ref="name"/><label ref="label"/></itemset></select1>'
            '<input ref="/d/c" query="instance(\'k\')/root/item"/>',
        )
    )
    found = {name: form.field(name) for name in "abc"}
    assert {name: (f.select, f.choices) for name, f in found.items() if f} == {
        "a": ("many", None), "b": ("one", None), "c": ("one", None),
    }  # fmt: skip
    assert form.choices == {}


@pytest.mark.slow
def test_odk_validate_opens_our_forms_and_tells_what_it_dislikes(form_of: Callable[[str], Form]) -> None:
    form = form_of("""
        | survey |         |      |       |
        |        | type    | name | label |
        |        | integer | a    | A     |
    """)
    complaints = validate(form.xml)
    if complaints is None:
        pytest.skip("There is no Java on this machine, so ODK Validate was not asked.")
    assert complaints == []
    broken = validate(form.xml.replace(b'type="int"', b'type="int" relevant="tak_ada(1)"'))
    assert broken and any("tak_ada" in line for line in broken)
    assert not any("form.xml" in line or "more" in line for line in broken)
