"""OpenRosa documents: what Collect reads, escaped, and nothing it would reject (PROTOCOL §2.1–2.4)."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sync.openrosa import DocumentError, FileEntry, FormEntry, envelope, form_list, integrity, manifest

MD5 = "0123456789abcdef0123456789abcdef"
URL = "https://host/v1/key/abc/projects/1/forms/a%2Fb.xml"
FORM = FormEntry("kunjungan", "Kunjungan", "1", MD5, URL, URL[:-4] + "/manifest")
FILE = FileEntry("desa.csv", MD5, "https://host/desa.csv")


def shown(element: etree._Element) -> list[tuple[str, str | None]]:
    return [(child.tag, child.text) for child in element]


def test_the_envelope_carries_the_message_and_its_nature() -> None:
    document = envelope("Diterima", items=1)
    assert document == (
        b'<?xml version="1.0" encoding="UTF-8"?>\n'
        b'<OpenRosaResponse xmlns="http://openrosa.org/http/response" items="1"><message nature="">Diterima</message>'
        b"</OpenRosaResponse>"
    )
    assert b'nature="error"' in envelope("x", nature="error")


@given(st.text())
def test_any_message_makes_a_document_that_can_be_read(message: str) -> None:
    root = etree.fromstring(envelope(message, nature="error"))
    (said,) = root
    legal = all(c in "\t\n" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff" for c in message)
    assert not legal or (said.text or "") == message


def test_a_form_is_listed_with_everything_collect_asks_for() -> None:
    (form,) = etree.fromstring(form_list([FORM]))
    ns = "{http://openrosa.org/xforms/xformsList}"
    assert form.tag == ns + "xform"
    assert shown(form) == [
        (ns + "formID", "kunjungan"),
        (ns + "name", "Kunjungan"),
        (ns + "version", "1"),
        (ns + "hash", "md5:" + MD5),
        (ns + "downloadUrl", URL),
        (ns + "manifestUrl", URL[:-4] + "/manifest"),
    ]


def test_a_form_without_title_version_and_slots_is_still_whole() -> None:
    (form,) = etree.fromstring(form_list([FormEntry("f<&>", "  ", "", "md5:" + MD5, URL + "?a=1&b=2")]))
    assert [(tag.rpartition("}")[2], text) for tag, text in shown(form)] == [
        ("formID", "f<&>"),
        ("name", "f<&>"),
        ("version", None),
        ("hash", "md5:" + MD5),
        ("downloadUrl", URL + "?a=1&b=2"),
    ]


def test_empty_lists_are_documents_too() -> None:
    assert len(etree.fromstring(form_list([]))) == len(etree.fromstring(manifest([]))) == 0


def test_files_and_entity_lists_stand_in_the_manifest() -> None:
    entities = FileEntry("trees.csv", "v17", "https://host/trees.csv", "entityList", "https://host/integrity")
    plain, listed = etree.fromstring(manifest([FILE, entities]))
    ns = "{http://openrosa.org/xforms/xformsManifest}"
    assert plain.get("type") is None and listed.get("type") == "entityList"
    assert shown(plain) == [
        (ns + "filename", "desa.csv"),
        (ns + "hash", "md5:" + MD5),
        (ns + "downloadUrl", "https://host/desa.csv"),
    ]
    assert shown(listed)[1:] == [
        (ns + "hash", "md5:v17"),
        (ns + "downloadUrl", "https://host/trees.csv"),
        (ns + "integrityUrl", "https://host/integrity"),
    ]


def test_the_integrity_document_has_no_namespace() -> None:
    root = etree.fromstring(integrity([("u<1>", False), ("u2", True)]))
    assert [(e.tag, e.get("id"), e[0].tag, e[0].text) for e in root[0]] == [
        ("entity", "u<1>", "deleted", "false"),
        ("entity", "u2", "deleted", "true"),
    ]
    assert root.tag == "data" and root[0].tag == "entities"


WOULD_BREAK = [
    ("no form id", lambda: form_list([FORM, FormEntry("", "x", "1", MD5, URL)])),
    ("a blank form id", lambda: form_list([FormEntry(" ", "x", "1", MD5, URL)])),
    ("no address", lambda: form_list([FormEntry("f", "x", "1", MD5, "")])),
    ("a relative address", lambda: form_list([FormEntry("f", "x", "1", MD5, "/v1/forms/f.xml")])),
    ("a relative manifest", lambda: form_list([FormEntry("f", "x", "1", MD5, URL, "manifest")])),
    ("no hash", lambda: form_list([FormEntry("f", "x", "1", "", URL)])),
    ("a SHA-256", lambda: form_list([FormEntry("f", "x", "1", MD5 * 2, URL)])),
    ("a capital hash", lambda: form_list([FormEntry("f", "x", "1", MD5.upper(), URL)])),
    ("no file name", lambda: manifest([FileEntry("", MD5, URL)])),
    ("no file hash", lambda: manifest([FileEntry("a.csv", "", URL)])),
    ("no list token", lambda: manifest([FileEntry("a.csv", "", URL, "entityList")])),
    ("no file address", lambda: manifest([FileEntry("a.csv", MD5, "a.csv")])),
]


@pytest.mark.parametrize("build", [w[1] for w in WOULD_BREAK], ids=[w[0] for w in WOULD_BREAK])
def test_an_entry_that_would_break_the_whole_list_is_an_error(build: Callable[[], bytes]) -> None:
    with pytest.raises(DocumentError):
        build()
