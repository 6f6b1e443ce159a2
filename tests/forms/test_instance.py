"""Instances are read within bounds, and nothing but InstanceError comes out (PROTOCOL §2.6 "XML")."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.errors import InstanceError
from forms.instance import read
from forms.xmlsafe import MAX_DEPTH

PLAIN = (
    b'<data id="kunjungan" version="2026-S1" xmlns:orx="http://openrosa.org/xforms"><nama>Sari</nama>'
    b"<orx:meta><orx:instanceID>uuid:1</orx:instanceID><orx:deprecatedID>uuid:0</orx:deprecatedID>"
    b"<orx:instanceName>Padang, Sari</orx:instanceName></orx:meta></data>"
)


def test_an_instance_says_what_it_is_whatever_its_prefixes() -> None:
    for xml in (PLAIN, PLAIN.replace(b"orx:", b""), PLAIN.replace(b"orx", b"x")):
        instance = read(xml)
        assert (instance.xml_form_id, instance.version) == ("kunjungan", "2026-S1")
        assert (instance.instance_id, instance.deprecated_id) == ("uuid:1", "uuid:0")
        assert instance.instance_name == "Padang, Sari"
        assert instance.xml == xml


def test_what_is_absent_is_none_and_an_absent_version_is_empty() -> None:
    instance = read(b'<data id="f"><a/><meta><instanceID> </instanceID></meta></data>')
    assert (instance.version, instance.instance_id, instance.deprecated_id, instance.instance_name) == ("", None, None, None)


def test_attributes_may_have_prefixes_but_plain_ones_come_first() -> None:
    assert read(b'<data xmlns:x="u" x:id="f" x:version="2"/>').version == "2"
    for xml in (b'<d xmlns:x="u" id="f" x:id="g"/>', b'<d xmlns:x="u" x:id="g" id="f"/>'):
        assert read(xml).xml_form_id == "f"


def test_entities_in_ids_are_decoded() -> None:
    instance = read(b'<data id="a&amp;b&#x20;c"><meta><instanceID>uuid:&lt;1&gt;</instanceID></meta></data>')
    assert (instance.xml_form_id, instance.instance_id) == ("a&b c", "uuid:<1>")


def test_letters_of_a_document_type_inside_an_answer_are_harmless() -> None:
    instance = read(b'<!-- c --><?p i?><data id="f"><a><![CDATA[<!DOCTYPE a>]]></a></data>')
    assert instance.root[0].text == "<!DOCTYPE a>"


def _nested(name: bytes, inside: bytes, levels: int) -> bytes:
    return b"<%s>" % name * levels + inside + b"</%s>" % name * levels


ENCODINGS = [
    ("UTF-8 with a byte order mark", '\ufeff<data id="é"/>'.encode()),
    ("UTF-8 declared", '<?xml version="1.0" encoding="utf-8"?><data id="é"/>'.encode()),
    ("UTF-16 with a byte order mark", '<?xml version="1.0" encoding="utf-16"?><data id="é"/>'.encode("utf-16")),
    ("UTF-16 undeclared with a byte order mark", '<data id="é"/>'.encode("utf-16")),
    ("Latin-1 declared", '<?xml version="1.0" encoding="ISO-8859-1"?><data id="é"/>'.encode("latin-1")),
    ("Windows declared", "<?xml version='1.0' encoding='windows-1252' standalone='yes'?><data id='é'/>".encode("cp1252")),
]


@pytest.mark.parametrize("xml", [e[1] for e in ENCODINGS], ids=[e[0] for e in ENCODINGS])
def test_a_declared_encoding_is_honoured(xml: bytes) -> None:
    assert read(xml).xml_form_id == "é"


REFUSED = [
    ("nothing", b"", "notXml"),
    ("no XML", b"hello", "notXml"),
    ("cut off", PLAIN[:-9], "notXml"),
    ("something behind the root", PLAIN + b"x", "notXml"),
    ("two roots", PLAIN + PLAIN, "notXml"),
    ("no form id", b"<data><a/></data>", "noFormId"),
    ("a blank form id", b'<data id=" "><a/></data>', "noFormId"),
    ("a document type", b"<!DOCTYPE data>" + PLAIN, "doctype"),
    ("a document type behind a comment", b"<!-- a --><?p q?> <!DOCTYPE data>" + PLAIN, "doctype"),
    ("a document type in UTF-16", '<!DOCTYPE data><data id="f"/>'.encode("utf-16"), "doctype"),
    ("ten laughs", b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><d id="f">&b;</d>', "doctype"),
    ("a file from the server", b'<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]><d id="f">&a;</d>', "doctype"),
    ("an entity nobody declared", b'<data id="f"><a>&rahasia;</a></data>', "notXml"),
    ("bytes that are no UTF-8", b'<data id="f"><a>caf\xe9</a></data>', "encoding"),
    ("an overlong slash", b'<data id="f"><a>\xc0\xaf</a></data>', "encoding"),
    ("half a surrogate pair", b'<data id="f"><a>\xed\xa0\x80</a></data>', "encoding"),
    ("a NUL", b'<data id="f"><a>\0</a></data>', "nul"),
    ("a NUL as a reference", b'<data id="f"><a>&#0;</a></data>', "notXml"),
    ("a control character", b'<data id="f"><a>\x07</a></data>', "notXml"),
    ("an encoding nobody asked for", b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><data id="f"/>', "encoding"),
    ("UTF-7", b'<?xml version="1.0" encoding="utf-7"?><data id="f"/>', "encoding"),
    ("UTF-16 that is UTF-8", b'<?xml version="1.0" encoding="utf-16"?><data id="f"/>', "encoding"),
    ("UTF-8 that is UTF-16", '<?xml version="1.0" encoding="utf-8"?><data id="f"/>'.encode("utf-16"), "encoding"),
    ("ASCII with an accent", '<?xml version="1.0" encoding="us-ascii"?><data id="é"/>'.encode(), "encoding"),
    ("a malformed declaration", b'<?xml encoding="utf-16" version="1.0"?><data id="f"/>', "notXml"),
    ("an attribute twice", b'<data id="f" id="g"/>', "notXml"),
    ("an undeclared prefix", b'<data id="f"><q:a/></data>', "notXml"),
    ("too deep", b'<data id="f">' + b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH + b"</data>", "tooDeep"),
    ("far too deep", b"<a>" * 200_000, "notXml"),
    ("a million elements", b'<data id="f">' + b"<a/>" * 1_000_000 + b"</data>", "tooLarge"),
    ("paths that would fill the memory", b'<d id="f">' + _nested(b"a" * 1000, b"<b/>" * 50_000, 190) + b"</d>", "tooLarge"),
    ("paths just too long", b'<d id="f">' + _nested(b"a" * 50, b"<b/>" * 2_000, 190) + b"</d>", "tooLarge"),
    ("an instanceID too long", b'<d id="f"><meta><instanceID>' + b"x" * 256 + b"</instanceID></meta></d>", "idTooLong"),
]


@pytest.mark.parametrize(("xml", "reason"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_what_cannot_be_trusted_is_refused_with_a_reason(xml: bytes, reason: str) -> None:
    with pytest.raises(InstanceError) as caught:
        read(xml)
    assert caught.value.reason == reason
    assert caught.value.code == ("400.13" if reason == "idTooLong" else "400.2")


def test_an_undeclared_prefix_in_meta_is_told_not_guessed() -> None:
    with pytest.raises(InstanceError, match="orx"):
        read(b'<data id="f"><orx:meta/></data>')


def test_a_hundred_levels_pass() -> None:
    assert read(b'<data id="f">' + b"<a>" * 120 + b"x" + b"</a>" * 120 + b"</data>").xml_form_id == "f"


def test_a_large_survey_of_many_repeats_passes() -> None:
    household = b"<anggota>" + b"".join(b"<pertanyaan_%d>1</pertanyaan_%d>" % (n, n) for n in range(100)) + b"</anggota>"
    assert read(b'<data id="f">' + household * 1000 + b"</data>").xml_form_id == "f"


def test_the_size_limit_is_the_callers() -> None:
    assert read(PLAIN, limit=len(PLAIN)).xml_form_id == "kunjungan"
    with pytest.raises(InstanceError) as caught:
        read(PLAIN, limit=len(PLAIN) - 1)
    assert caught.value.reason == "tooLarge"


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_instance_errors(data: bytes) -> None:
    with pytest.raises(InstanceError):
        read(data)


pieces = st.sampled_from(
    [b"<a>", b"</a>", b"<data id='f'>", b"</data>", b"<!DOCTYPE a>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?xml",
     b"&#0;", b"&amp;", b"&x;", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"xmlns:a='b'", b"<?p", b"?>", b" ", b"\xed\xa0\x80"]
)  # fmt: skip


@given(at=st.lists(st.tuples(st.integers(0, len(PLAIN)), st.integers(0, 9), pieces), min_size=1, max_size=6))
@settings(max_examples=300)
def test_mutated_instances_are_read_or_refused(at: list[tuple[int, int, bytes]]) -> None:
    xml = PLAIN
    for start, length, piece in at:
        xml = xml[:start] + piece + xml[start + length :]
    try:
        assert read(xml).xml_form_id
    except InstanceError as error:
        assert error.message
