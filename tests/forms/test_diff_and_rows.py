"""What an edit changed, and answers as tables."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from forms.answers import flatten
from forms.diff import IDENTITY, Change, diff
from forms.form import Form
from forms.instance import read
from forms.rows import ROOT, rows

FormOf = Callable[[str], Form]

FORM = """
| survey |              |        |        |
|        | type         | name   | label  |
|        | begin_group  | g      | G      |
|        | text         | nama   | Nama   |
|        | begin_repeat | poktan | Poktan |
|        | text         | ada    | Ada    |
|        | begin_repeat | kader  | Kader  |
|        | text         | k      | K      |
|        | end_repeat   |        |        |
|        | end_repeat   |        |        |
|        | end_group    |        |        |
"""


def test_changes_come_in_document_order_with_removed_answers_where_they_stood() -> None:
    old = {"/a": "1", "/b": "2", "/c": "3", "/d": "4", "/meta/instanceID": "uuid:1"}
    new = {"/a": "1", "/c": "x", "/e": "5", "/d": "4", "/meta/instanceID": "uuid:2", "/meta/deprecatedID": "uuid:1"}
    assert diff(old, new, ignore=IDENTITY) == [
        Change("/b", "2", None),
        Change("/c", "3", "x"),
        Change("/e", None, "5"),
    ]
    assert [c.path for c in diff(old, new)][-2:] == ["/meta/instanceID", "/meta/deprecatedID"]


def test_an_added_repeat_instance_is_a_change() -> None:
    assert diff({"/r[1]": ""}, {"/r[1]": "", "/r[2]": ""}) == [Change("/r[2]", None, "")]


answers = st.dictionaries(st.sampled_from(["/a", "/b", "/c", "/r[1]", "/r[2]", "/r[1]/x"]), st.sampled_from(["", "1", "2"]))


@given(old=answers, new=answers)
def test_changes_applied_to_the_old_answers_give_the_new(old: dict[str, str], new: dict[str, str]) -> None:
    changed = dict(old)
    for change in diff(old, new):
        assert changed.get(change.path) == change.old
        if change.new is None:
            del changed[change.path]
        else:
            changed[change.path] = change.new
    assert changed == new
    assert diff(old, old) == []


def tables(form: Form, inside: str) -> dict[str, list[dict[str, str | int]]]:
    return rows(flatten(read(f'<data id="f">{inside}</data>'.encode()), form), form)


def test_each_repeat_is_a_table_whose_rows_know_their_parent(form_of: FormOf) -> None:
    found = tables(
        form_of(FORM),
        "<g><nama>Sari</nama><poktan><ada>ya</ada><kader><k>1</k></kader><kader/></poktan>"
        "<poktan><kader><k>2</k></kader></poktan></g>",
    )
    assert found == {
        ROOT: [{"__key": "", "__parent": "", "__position": 1, "/g/nama": "Sari"}],
        "/g/poktan": [
            {"__key": "/g/poktan[1]", "__parent": "", "__position": 1, "/g/poktan/ada": "ya"},
            {"__key": "/g/poktan[2]", "__parent": "", "__position": 2},
        ],
        "/g/poktan/kader": [
            {"__key": "/g/poktan[1]/kader[1]", "__parent": "/g/poktan[1]", "__position": 1, "/g/poktan/kader/k": "1"},
            {"__key": "/g/poktan[1]/kader[2]", "__parent": "/g/poktan[1]", "__position": 2},
            {"__key": "/g/poktan[2]/kader[1]", "__parent": "/g/poktan[2]", "__position": 1, "/g/poktan/kader/k": "2"},
        ],
    }


def test_a_repeat_without_instances_is_an_empty_table(form_of: FormOf) -> None:
    assert tables(form_of(FORM), "")["/g/poktan/kader"] == []


def test_elements_that_repeat_against_the_form_keep_their_position_as_a_column(form_of: FormOf) -> None:
    found = tables(form_of(FORM), "<x>1</x><x>2</x><g><poktan><y><z>3</z></y><y><z>4</z></y></poktan></g>")
    assert found[ROOT][0] == {"__key": "", "__parent": "", "__position": 1, "/x[1]": "1", "/x[2]": "2"}
    (poktan,) = found["/g/poktan"]
    assert (poktan["/g/poktan/y[1]/z"], poktan["/g/poktan/y[2]/z"]) == ("3", "4")


names = st.sampled_from(["g", "nama", "poktan", "ada", "kader", "k", "x"])
trees = st.recursive(st.just(""), lambda inner: st.lists(st.tuples(names, inner), max_size=4).map(
    lambda pairs: "".join(f"<{n}>{i or n}</{n}>" for n, i in pairs)), max_leaves=20)  # fmt: skip


@given(inside=trees)
def test_no_answer_is_missing_from_the_tables(form_of: FormOf, inside: str) -> None:
    form = form_of(FORM)
    flat = flatten(read(f'<data id="f">{inside}</data>'.encode()), form)
    found = [
        value for table in rows(flat, form).values() for row in table for column, value in row.items() if column[:2] != "__"
    ]
    assert sorted(v for v in found if v) == sorted(v for v in flat.values() if v)
