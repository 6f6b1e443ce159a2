"""What forms declare about entity lists and what instances want done (PROTOCOL §6 "From submissions")."""

from __future__ import annotations

import pytest

from forms.convert import convert
from forms.entities import Action, Declaration, Fault, actions, declared, list_fault, property_fault, uuid_of
from forms.errors import FormError
from forms.instance import read
from forms.xform import parse
from tests.forms.conftest import table

ONE = "1c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"
TWO = "2c6cd3a0-8f5a-4b1e-9d7e-2f0a3b4c5d6e"
TREES = """
| survey   |           |      |       |           |
|          | type      | name | label | save_to   |
|          | text      | desa | Desa  | area_code |
|          | text      | jenis | Jenis | species  |
| settings | form_id   | version |    |           |
|          | pohon     | 1    |       |           |
| entities | list_name | label |      |           |
|          | pohon     | ${jenis} |   |           |
"""
UPDATES = TREES.replace("list_name | label", "list_name | label | entity_id | create_if | update_if").replace(
    "${jenis} |", "${jenis} | ${desa} | ${desa} = '' | ${desa} != '' |")
HOUSEHOLDS = """
| survey   |              |       |        |             |
|          | type         | name  | label  | save_to     |
|          | text         | alamat | Alamat | rumah#alamat |
|          | begin repeat | orang | Orang  |             |
|          | text         | nama  | Nama   | orang#nama  |
|          | end repeat   |       |        |             |
| settings | form_id      | version |      |             |
|          | sensus       | 1     |        |             |
| entities | list_name    | label |        |             |
|          | rumah        | ${alamat} |    |             |
|          | orang        | ${nama} |      |             |
"""


def form(text: str) -> tuple[Declaration, ...]:
    return declared(convert(table(text)))


def wanted(declarations: tuple[Declaration, ...], body: str) -> list[Action | Fault]:
    return actions(read(f'<data id="pohon" version="1">{body}</data>'.encode()), declarations)


def entity(attributes: str = f'dataset="pohon" id="{ONE}" create="1"', label: str = "Jati") -> str:
    return f"<meta><entity {attributes}><label>{label}</label></entity><instanceID>uuid:x</instanceID></meta>"


def test_a_form_without_entities_declares_nothing() -> None:
    assert form(TREES[:TREES.index("| entities")].replace("save_to", "hint")) == ()


def test_a_form_declares_its_list_and_the_properties_its_fields_are_saved_to() -> None:
    assert form(TREES) == (Declaration("", "pohon", True, False, {"/desa": "area_code", "/jenis": "species"}),)


def test_a_form_that_creates_or_updates_by_condition_declares_both() -> None:
    assert [(one.creates, one.updates) for one in form(UPDATES)] == [(True, True)]


def test_a_repeat_declares_a_list_of_its_own() -> None:
    assert form(HOUSEHOLDS) == (Declaration("", "rumah", True, False, {"/alamat": "alamat"}),
                                Declaration("/orang", "orang", True, False, {"/orang/nama": "nama"}))


@pytest.mark.parametrize(("old", "new", "said"), [
    ('dataset="pohon"', 'dataset="__pohon"', "the list cannot be named"),
    ('dataset="pohon"', 'dataset="po.hon"', "the list cannot be named"),
    ('dataset="pohon"', 'dataset=""', "the list cannot be named"),
    ('saveto="species"', 'saveto="label"', "a property cannot be named “label”"),
    ('saveto="species"', 'saveto="area_code"', "two fields are saved to the property area_code"),
    ('entities-version="2024.1.0"', 'entities-version="1999.1.0"', "its entities-version is “1999.1.0”"),
    (' entities:entities-version="2024.1.0"', "", "has no entities-version"),
])
def test_a_declaration_nobody_could_follow_is_refused_with_its_reason(old: str, new: str, said: str) -> None:
    xml = convert(table(TREES)).xml.decode()
    assert old in xml
    with pytest.raises(FormError) as refused:
        declared(parse(xml.replace(old, new).encode()))
    assert refused.value.code == "400.25"
    assert said in str(refused.value)


@pytest.mark.parametrize(("name", "in_lists", "in_properties"), [
    ("pohon", True, True), ("_p", True, True), (":p", True, False), ("p.q", False, True), ("p-9", True, True),
    ("9p", False, False), ("__p", False, False), ("Name", True, False), ("label", True, False), ("pohon é", False, False),
    ("pöhon", True, True), ("", False, False), ("p" * 256, False, False), ("p\n", False, False),
])
def test_names_follow_the_rules_of_the_protocol(name: str, in_lists: bool, in_properties: bool) -> None:
    assert (list_fault(name) is None, property_fault(name) is None) == (in_lists, in_properties)


@pytest.mark.parametrize(("text", "read_as"), [
    (ONE, ONE), (f"uuid:{ONE.upper()}", ONE), (f" {ONE} ", ONE), (ONE.replace("-", ""), None), (f"{{{ONE}}}", None),
    (ONE.replace("4b1e", "1b1e"), None), (ONE.replace("9d7e", "cd7e"), None), ("satu", None), ("", None),
])
def test_ids_are_uuids_of_version_4_in_one_spelling(text: str, read_as: str | None) -> None:
    assert uuid_of(text) == read_as


def test_an_instance_wants_an_entity_created_with_what_it_gives() -> None:
    found = wanted(form(TREES), f"<desa>19.06</desa><jenis/>{entity()}")
    assert found == [Action("", "pohon", ONE, True, False, "Jati", {"area_code": "19.06", "species": ""})]


def test_what_is_not_in_the_instance_is_not_given() -> None:
    (found,) = wanted(form(TREES), f"<jenis>Jati</jenis>{entity()}")
    assert isinstance(found, Action)
    assert found.data == {"species": "Jati"}


def test_an_offline_update_names_its_branch() -> None:
    attributes = f'dataset="pohon" id="{ONE}" update="1" create="" baseVersion="3" trunkVersion="2" branchId="uuid:{TWO}"'
    (found,) = wanted(form(UPDATES), f"<desa>x</desa>{entity(attributes, '')}")
    assert found == Action("", "pohon", ONE, False, True, "", {"area_code": "x"}, 3, 2, TWO)


def test_every_repeat_makes_its_own_entity() -> None:
    people = "".join(
        f'<orang><nama>{name}</nama><meta><entity dataset="orang" id="{own}" create="1"><label>{name}</label></entity></meta></orang>'
        for name, own in (("Siti", ONE), ("Budi", TWO)))
    found = wanted(form(HOUSEHOLDS), f"<alamat>Jl. 1</alamat>{people}" + entity(f'dataset="rumah" id="{ONE}" create="1"', "Jl. 1"))
    assert [(one.place, one.dataset, dict(one.data)) for one in found if isinstance(one, Action)] == [
        ("", "rumah", {"alamat": "Jl. 1"}), ("/orang[1]", "orang", {"nama": "Siti"}), ("/orang[2]", "orang", {"nama": "Budi"})]


@pytest.mark.parametrize("attributes", [f'dataset="pohon" id="{ONE}"', f'dataset="pohon" id="{ONE}" create="0"',
                                        f'dataset="pohon" id="{ONE}" create="false" update="1"'])
def test_nothing_is_wanted_unless_the_form_and_the_instance_say_so(attributes: str) -> None:
    assert wanted(form(TREES), entity(attributes)) == []


@pytest.mark.parametrize(("attributes", "code"), [
    ('dataset="pohon" id="satu" create="1"', "400.11"),
    ('dataset="pohon" create="1"', "400.2"),
    (f'dataset="lain" id="{ONE}" create="1"', "404.7"),
    (f'dataset="pohon" id="{ONE}" update="1"', "400.2"),
    (f'dataset="pohon" id="{ONE}" update="1" baseVersion="-1"', "400.11"),
    (f'dataset="pohon" id="{ONE}" update="1" baseVersion="1" branchId="x"', "400.11"),
    (f'dataset="pohon" id="{ONE}" update="1" baseVersion="1" trunkVersion="1"', "400.2"),
    (f'dataset="pohon" id="{ONE}" update="1" baseVersion="99999999999999999999"', "400.11"),
])
def test_an_entity_that_cannot_be_used_is_a_fault_with_its_code(attributes: str, code: str) -> None:
    (found,) = wanted(form(UPDATES), entity(attributes))
    assert isinstance(found, Fault)
    assert found.code == code


def test_a_record_cannot_flood_the_lists() -> None:
    many = f'<orang><nama>x</nama><meta><entity dataset="orang" id="{ONE}" create="1"><label>x</label></entity></meta></orang>' * 2100
    found = wanted(form(HOUSEHOLDS), many)
    assert len(found) == 2001
    assert isinstance(found[-1], Fault)
