"""Every trap of the form engine, and that src/engine.ts hides it (WEBFORMS §3.2, §3.3, §7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.browser

Bench = Callable[..., Any]

PLAIN = """
| survey |
|        | type    | name  | label | relevant      | calculation | parameters |
|        | start   | mulai |       |               |             |            |
|        | end     | akhir |       |               |             |            |
|        | deviceid| hp    |       |               |             |            |
|        | username| siapa |       |               |             |            |
|        | text    | nama  | Nama  |               |             |            |
|        | text    | rinci | Rinci | ${nama} = 'x' |             |            |
|        | image   | foto  | Foto  |               |             | max-pixels=900 |
| settings |
|        | form_id | version | instance_name |
|        | uji     | 7       | concat('Desa ', ${nama}) |
"""


def test_a_new_instance_knows_phone_worker_title_and_form_version(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """await t.open('new'); await t.set('/nama', 'Lilangan'); const s = await t.session.save()
        return {...s, hp: await t.text('/hp'), siapa: await t.text('/siapa'), mulai: await t.text('/mulai')}""",
    )
    assert got["hp"] == "pokja:uji" and got["siapa"] == "Petugas"
    assert got["title"] == "Desa Lilangan"
    assert got["instanceId"].startswith("uuid:")
    assert 'version="7"' in got["xml"] and 'id="uji"' in got["xml"]
    assert got["mulai"].endswith("+07:00")


def test_without_an_instance_name_the_title_is_the_forms_name(bench: Bench) -> None:
    table = """
| survey |
|        | type | name | label |
|        | text | nama | Nama  |
"""
    assert bench(table, "await t.open('new'); return (await t.session.save()).title") == "Formulir"


def test_a_draft_comes_back_with_its_answers_and_its_instance_id(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """await t.open('new'); await t.set('/nama', 'x'); await t.set('/rinci', 'isi'); const a = await t.session.save()
        const mulai = await t.text('/mulai')
        await t.open('draft', {xml: a.xml}); const b = await t.session.save()
        return {same: a.instanceId === b.instanceId, nama: await t.text('/nama'), rinci: await t.text('/rinci'),
                mulai: mulai === await t.text('/mulai'), deprecated: b.xml.includes('deprecatedID')}""",
    )
    assert got == {"same": True, "nama": "x", "rinci": "isi", "mulai": True, "deprecated": False}


def test_an_edit_has_a_new_id_and_names_the_old_one_in_every_later_draft(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """await t.open('new'); await t.set('/nama', 'x'); const first = await t.session.save()
        const edit = {xml: first.xml, deprecatedId: first.instanceId}
        await t.open('edit', edit); await t.set('/nama', 'y'); const a = await t.session.save()
        await t.open('draft', {xml: a.xml, deprecatedId: first.instanceId}); const b = await t.session.save()
        await t.open('draft', {xml: b.xml, deprecatedId: first.instanceId}); const c = await t.session.save()
        return [a, b, c].map((s) => ({
            fresh: s.instanceId !== first.instanceId, kept: s.instanceId === a.instanceId,
            deprecated: s.xml.split(`deprecatedID>${first.instanceId}</`).length - 1,
            beside: /instanceID>[^<]*<\\/(orx:)?instanceID><(orx:)?deprecatedID/.test(s.xml)}))""",
    )
    assert got == [{"fresh": True, "kept": True, "deprecated": 1, "beside": True}] * 3


def test_an_edit_carries_the_version_of_the_form_it_was_edited_with(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """await t.open('new'); const old = (await t.session.save()).xml.replace('version="7"', 'version="3"')
        await t.open('edit', {xml: old, deprecatedId: 'uuid:lama'}); return (await t.session.save()).xml""",
    )
    assert 'version="7"' in got


def test_control_characters_never_reach_the_instance(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """await t.open('new'); await t.set('/nama', 'a\\u0007b\\u0000c\\u000bd\\tE\\ud800f')
        const saved = await t.session.save(); await t.open('draft', {xml: saved.xml}); return await t.text('/nama')""",
    )
    assert got == "abcd\tEf"


def test_a_photos_name_survives_restoring_and_clearing_it_empties_the_answer(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """await t.open('new'); t.session.attach(t.at('/foto'), '1-foto.jpg'); const a = await t.session.save()
        await t.open('draft', {xml: a.xml}); const kept = await t.text('/foto')
        t.session.detach(t.at('/foto')); const b = await t.session.save(); const cleared = await t.text('/foto')
        await t.open('draft', {xml: b.xml}); const reopened = await t.text('/foto')
        t.session.attach(t.at('/foto'), '2-foto.jpg')
        return {kept, cleared, reopened, again: await t.text('/foto'),
                pixels: t.at('/foto').maxPixels}""",
    )
    assert got == {
        "kept": "1-foto.jpg",
        "cleared": "",
        "reopened": "",
        "again": "2-foto.jpg",
        "pixels": 900,
    }


def test_a_required_photo_that_is_cleared_after_restoring_is_missing_again(bench: Bench) -> None:
    table = """
| survey |
|        | type  | name | label | required |
|        | image | foto | Foto  | yes      |
"""
    got = bench(
        table,
        """await t.open('new'); const before = t.problems().length
        t.session.attach(t.at('/foto'), '1-foto.jpg'); const a = await t.session.save(); const full = t.problems().length
        await t.open('draft', {xml: a.xml}); const restored = t.problems().length
        t.session.detach(t.at('/foto')); return [before, full, restored, t.problems().length]""",
    )
    assert got == [1, 0, 0, 1]


def test_the_engine_alone_would_keep_a_cleared_files_name(bench: Bench) -> None:
    """Fails when an engine release fixes it: `detach` can then be `setValue(null)`."""
    got = bench(
        PLAIN,
        """await t.open('new'); t.session.attach(t.at('/foto'), '1-foto.jpg'); const a = await t.session.save()
        await t.open('draft', {xml: a.xml}); t.at('/foto').setValue(null); return await t.text('/foto')""",
    )
    assert got == "1-foto.jpg"


REPEAT = """
| survey |
|        | type         | name   | label        | repeat_count |
|        | integer      | jumlah | Berapa anak? |              |
|        | begin repeat | anak   | Anak         | ${jumlah}    |
|        | text         | nama   | Nama         |              |
|        | end repeat   |        |              |              |
|        | integer      | lain   | Lain         |              |
"""


def test_lowering_a_repeat_count_asks_before_it_deletes_answers(bench: Bench) -> None:
    got = bench(
        REPEAT,
        """await t.open('new'); const asked = []
        t.session.confirmDrop = async (rows) => { asked.push(rows); return false }
        await t.set('/jumlah', '3'); await t.set('/anak[3]/nama', 'Cici')
        const done = await t.set('/jumlah', '2')
        return {asked, done, jumlah: await t.text('/jumlah'), rows: (await t.session.save()).xml.split('<anak>').length - 1,
                third: t.at('/anak[3]/nama').currentState.value}""",
    )
    assert got == {
        "asked": [[{"label": "Anak", "before": 3, "after": 2}]],
        "done": False,
        "jumlah": "3",
        "rows": 3,
        "third": "Cici",
    }


def test_lowering_a_repeat_count_over_empty_rows_does_not_ask(bench: Bench) -> None:
    got = bench(
        REPEAT,
        """await t.open('new'); let asked = 0; t.session.confirmDrop = async () => { asked++; return false }
        await t.set('/jumlah', '3'); await t.set('/anak[1]/nama', 'Ani'); const done = await t.set('/jumlah', '1')
        return {asked, done, jumlah: await t.text('/jumlah'), sources: [t.session.decidesRows(t.at('/jumlah')),
                t.session.decidesRows(t.at('/lain'))]}""",
    )
    assert got == {"asked": 0, "done": True, "jumlah": "1", "sources": [True, False]}


def test_agreeing_deletes_the_rows(bench: Bench) -> None:
    got = bench(
        REPEAT,
        """await t.open('new'); t.session.confirmDrop = async () => true
        await t.set('/jumlah', '2'); await t.set('/anak[2]/nama', 'Budi'); await t.set('/jumlah', '1')
        return (await t.session.save()).xml.includes('Budi')""",
    )
    assert got is False


MESSAGES = """
| survey |
|        | type    | name | label | required | required_message | constraint | constraint_message |
|        | integer | a    | A     | yes      |                  | . < 5      |                    |
|        | integer | b    | B     | yes      | Isi B dahulu     | . < 5      | B kurang dari 5    |
"""


def test_problems_carry_the_authors_words_and_never_english_sentinels(bench: Bench) -> None:
    got = bench(
        MESSAGES,
        """await t.open('new'); const blank = t.problems()
        await t.set('/a', '9'); await t.set('/b', '9')
        return [...blank, ...t.problems()]""",
    )
    assert got == [
        ["/data/a", "required", None],
        ["/data/b", "required", "Isi B dahulu"],
        ["/data/a", "constraint", None],
        ["/data/b", "constraint", "B kurang dari 5"],
    ]


TEXTS = """
| survey |
|        | type    | name | label::Indonesia (id) | label::English (en) | hint::Indonesia (id) | guidance_hint::Indonesia (id) | image::Indonesia (id) | big-image::Indonesia (id) |
|        | text    | nama | Nama                  | Name                | Sesuai KTP           | Lihat **KTP** asli            | a.png        | b.png            |
|        | text    | dua  | Dua                   | Two                 |                      | Hanya panduan                 |              |                  |
|        | text    | tiga | Halo ${nama}          | Hello ${nama}       |                      |                               |              |                  |
"""


def test_hint_guidance_and_pictures_are_told_apart(bench: Bench) -> None:
    got = bench(
        TEXTS,
        """await t.open('new'); const parts = (p) => { const h = t.at(p).currentState.hint
            return h && h.asString.split('\\u2063\\u2063\\n\\n\\u2063\\u2063') }
        return {hint: parts('/nama'), only: parts('/dua'), label: t.at('/nama').currentState.label.asString,
                image: t.at('/nama').currentState.label.imageSource.href}""",
    )
    assert got["hint"] == ["Sesuai KTP", "Lihat **KTP** asli"]
    assert got["only"] == ["", "Hanya panduan"]
    assert got["label"] == "Nama"
    assert got["image"] == "jr://images/a.png"


def test_languages_switch_and_labels_follow_answers(bench: Bench) -> None:
    got = bench(
        TEXTS,
        """await t.open('new', {language: 'en'}); await t.set('/nama', 'Ani')
        const en = t.at('/tiga').currentState.label.asString.trim(); t.session.setLanguage('Indonesia (id)')
        return [t.session.languages, en, t.at('/tiga').currentState.label.asString.trim(), t.session.language]""",
    )
    assert got == [["Indonesia (id)", "English (en)"], "Hello Ani", "Halo Ani", "Indonesia (id)"]


CASCADE = """
| survey |
|        | type                          | name | label | choice_filter |
|        | select_one_from_file desa.csv | desa | Desa  |               |
"""

CSVS = [
    pytest.param({"desa.csv": "name,label\n1,Satu\n2,Dua\n"}, ["1", "2"], [], id="plain"),
    pytest.param({"desa.csv": "\ufeffname,label\n1,Satu\n"}, ["1"], [], id="byte order mark"),
    pytest.param({"desa.csv": ""}, [], [], id="empty"),
    pytest.param({}, [], ["desa.csv"], id="not on this phone"),
]


@pytest.mark.parametrize(("media", "values", "missing"), CSVS)
def test_lists_of_every_state_open(bench: Bench, media: dict[str, str], values: list[str], missing: list[str]) -> None:
    got = bench(
        CASCADE,
        """await t.open('new'); return [t.at('/desa').currentState.valueOptions.map((o) => o.value), t.session.missingLists]""",
        media=media,
    )
    assert got == [values, missing]


FAULTS = [
    pytest.param({"desa.csv": "name,label,2023 total\n1,Satu,5\n"}, "formLists", id="column that is no XML name"),
    pytest.param({"desa.csv": "name,label\n1,Satu,zuviel\n2\n"}, "formLists", id="ragged"),
]


@pytest.mark.parametrize(("media", "code"), FAULTS)
def test_a_broken_list_becomes_a_named_fault(bench: Bench, media: dict[str, str], code: str) -> None:
    body = "try { await t.open('new'); return 'opened' } catch (e) { return [e.constructor.name, e.code, e.detail] }"
    got = bench(CASCADE, body, media=media)
    assert got[1] == code and got[2]


def test_broken_forms_and_instances_become_named_faults(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """const codes = []; const attempt = async (f) => { try { await f(); codes.push('opened') } catch (e) { codes.push(e.code) } }
        await attempt(() => t.open('draft', {xml: '<data'}))
        await attempt(() => t.open('draft', {xml: '<x id="lain"><meta/></x>'}))
        await attempt(() => lab.bench('<h:html', {}).open('new'))
        await attempt(() => lab.bench('<html/>', {}).open('new'))
        return codes""",
    )
    assert got == ["instanceBroken", "otherForm", "formBroken", "formBroken"]


def test_every_opening_is_a_form_of_its_own(bench: Bench) -> None:
    got = bench(
        PLAIN,
        """const a = await t.open('new'); await t.set('/nama', 'satu'); const ta = a.root.value
        const b = await t.open('new'); return [a.root.value !== b.root.value, await t.text('/nama'),
            (await a.save()).xml.includes('satu'), ta === a.root.value]""",
    )
    assert got == [True, "", True, True]


def test_the_village_is_read_from_the_area_field(bench: Bench) -> None:
    table = """
| survey |
|        | type        | name      | label |
|        | begin group | identitas | I     |
|        | text        | desa      | Desa  |
|        | end group   |           |       |
"""
    body = "await t.open('new'); await t.set('/identitas/desa', '19.06.01.2001'); return (await t.session.save()).village"
    assert bench(table, body, form={"areaField": "/identitas/desa"}) == "19.06.01.2001"


def test_what_the_engine_blanks_silently_is_still_so(bench: Bench) -> None:
    """The reason for src/fill/numbers.ts and times.ts; fails when a release starts to accept these."""
    table = """
| survey |
|        | type     | name | label |
|        | integer  | i    | I     |
|        | decimal  | d    | D     |
|        | time     | w    | W     |
|        | dateTime | s    | S     |
"""
    got = bench(
        table,
        """await t.open('new'); const out = []
        for (const [p, v] of [['/i', '2147483648'], ['/i', '1.5'], ['/d', '61,5'], ['/d', '6'], ['/w', '13:45'], ['/s', '2026-11-24T10:00']]) {
            await t.set(p, v); out.push(await t.text(p)) }
        return out""",
    )
    assert got == ["", "1", "", "6.0", "", ""]
