"""Flat answers: every text under its path, positions in repeats, files in document order."""

from collections.abc import Callable
from xml.sax.saxutils import escape

from hypothesis import given, settings
from hypothesis import strategies as st

from forms.answers import attachment_names, flatten
from forms.form import Form
from forms.instance import read

FormOf = Callable[[str], Form]

POKTAN = """
| survey |              |           |           |
|        | type         | name      | label     |
|        | audit        | audit     |           |
|        | begin_group  | identitas | Identitas |
|        | text         | desa      | Desa      |
|        | end_group    |           |           |
|        | begin_repeat | poktan    | Poktan    |
|        | text         | ada       | Ada?      |
|        | image        | bukti     | Bukti     |
|        | begin_repeat | kader     | Kader     |
|        | image        | foto      | Foto      |
|        | end_repeat   |           |           |
|        | end_repeat   |           |           |
"""


def flat(form: Form, inside: str) -> dict[str, str]:
    return flatten(read(f'<data id="kunjungan" xmlns:orx="http://openrosa.org/xforms">{inside}</data>'.encode()), form)


def test_answers_stand_under_their_paths_as_they_are(form_of: FormOf) -> None:
    answers = flat(
        form_of(POKTAN),
        "<identitas><desa> 19.06.01.2001\n</desa></identitas><orx:meta><orx:instanceID>uuid:1</orx:instanceID></orx:meta>",
    )
    assert answers == {"/identitas/desa": " 19.06.01.2001\n", "/meta/instanceID": "uuid:1"}


def test_every_repeat_instance_has_its_position_and_its_own_key(form_of: FormOf) -> None:
    answers = flat(
        form_of(POKTAN),
        "<poktan><ada>ya</ada><kader/><kader><foto>a.jpg</foto></kader></poktan><identitas/><poktan><ada/></poktan>",
    )
    assert list(answers.items()) == [
        ("/poktan[1]", ""),
        ("/poktan[1]/ada", "ya"),
        ("/poktan[1]/kader[1]", ""),
        ("/poktan[1]/kader[2]", ""),
        ("/poktan[1]/kader[2]/foto", "a.jpg"),
        ("/poktan[2]", ""),
    ]


def test_a_single_repeat_instance_is_number_one(form_of: FormOf) -> None:
    assert flat(form_of(POKTAN), "<poktan><ada>ya</ada></poktan>") == {"/poktan[1]": "", "/poktan[1]/ada": "ya"}


def test_empty_elements_are_left_out(form_of: FormOf) -> None:
    assert flat(form_of(POKTAN), "<identitas><desa/></identitas><x>\n  </x>") == {}


def test_elements_the_form_does_not_know_are_kept(form_of: FormOf) -> None:
    answers = flat(
        form_of(POKTAN),
        "<lain><a>1</a></lain><dobel>2</dobel><dobel>3</dobel><identitas><desa>4</desa><desa>5</desa></identitas>",
    )
    assert answers == {
        "/lain/a": "1",
        "/dobel[1]": "2",
        "/dobel[2]": "3",
        "/identitas/desa[1]": "4",
        "/identitas/desa[2]": "5",
    }


def test_comments_and_cdata_do_not_cut_an_answer(form_of: FormOf) -> None:
    answers = flat(form_of(POKTAN), "<identitas><desa>Pa<!-- x --><![CDATA[<da>]]><?p i?>ng</desa></identitas>")
    assert answers == {"/identitas/desa": "Pa<da>ng"}


def test_text_between_elements_is_not_lost(form_of: FormOf) -> None:
    assert flat(form_of(POKTAN), "a<identitas>b<desa>c</desa>d</identitas>e<poktan>f</poktan>") == {
        "/": "ae",
        "/identitas": "bd",
        "/identitas/desa": "c",
        "/poktan[1]": "f",
    }


def test_files_are_named_once_in_document_order(form_of: FormOf) -> None:
    form = form_of(POKTAN)
    answers = flat(
        form,
        "<poktan><ada>bukan.jpg</ada><bukti> b.jpg </bukti><kader><foto>a.jpg</foto></kader></poktan>"
        "<poktan><bukti>a.jpg</bukti><kader><foto>c.jpg</foto></kader></poktan><meta><audit>audit.csv</audit></meta>",
    )
    assert attachment_names(answers, form) == ["b.jpg", "a.jpg", "c.jpg", "audit.csv"]


def test_an_audit_is_a_file_even_if_the_form_does_not_know_it(form_of: FormOf) -> None:
    form = form_of("""
        | survey |      |      |       |
        |        | type | name | label |
        |        | text | a    | A     |
    """)
    assert attachment_names(flat(form, "<meta><audit>audit.csv</audit></meta>"), form) == ["audit.csv"]


def test_a_deep_document_does_not_exhaust_the_stack(form_of: FormOf) -> None:
    assert flat(form_of(POKTAN), "<a>" * 190 + "x" + "</a>" * 190) == {"/a" * 190: "x"}


def test_a_wide_document_of_strangers_is_flattened_in_linear_time(form_of: FormOf) -> None:
    answers = flat(form_of(POKTAN), "<a>1</a><b>2</b>" * 60_000)
    assert len(answers) == 120_000 and answers["/b[60000]"] == "2"


names = st.sampled_from(["identitas", "desa", "poktan", "ada", "kader", "foto", "meta", "x", "y"])
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=6)


@st.composite
def elements(draw: st.DrawFn, depth: int = 0) -> tuple[str, list[str]]:
    """An element and the texts in it: leaves with a text, containers with text between their children."""
    name = draw(names)
    if depth == 4 or draw(st.booleans()):
        text = draw(texts)
        return f"<{name}>{escape(text)}</{name}>", [text]
    xml, said = f"<{name}>", []
    for inner, inner_said in draw(st.lists(elements(depth + 1), max_size=4)):
        loose = draw(texts)
        xml += escape(loose) + inner
        said += [loose, *inner_said]
    return xml + f"</{name}>", said


@given(children=st.lists(elements(), max_size=5))
@settings(max_examples=100, deadline=None)
def test_flatten_loses_no_text(form_of: FormOf, children: list[tuple[str, list[str]]]) -> None:
    said = [text for _, texts in children for text in texts if text and not text.isspace()]
    answers = flat(form_of(POKTAN), "".join(xml for xml, _ in children))
    kept = "".join(answers.values())
    assert sorted(kept) == sorted("".join(said))
    for text in said:
        assert any(text in value for value in answers.values())
