"""What the pages of scores say, and to whom (EXPECTATIONS P1–P5, S7, M2, M5)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from lxml import html

from tests.conftest import Person
from tests.desk.scores.conftest import BEFORE, FORM, GANTUNG, LALANG, PADANG, PERIOD, Case

VILLAGE = f"villages/{PADANG}?period={PERIOD}"


@pytest.fixture
def viewer(case: Case, reader: Callable[..., Any]) -> Any:
    return reader("bupati@b.id", role="viewer")


def text(page: str) -> str:
    """What a page says, without its markup."""
    main = html.document_fromstring(page).find(".//main")
    return re.sub(r"\s+", " ", main.text_content())


def test_the_answer_comes_first_with_class_score_and_direction(case: Case, viewer: Any) -> None:
    case.approved("uuid:dulu", periode=BEFORE, a1="1", tgl="2026-02-10")  # A = (75 + 50) ÷ 4 = 31,25; total 48,75
    case.approved()
    said = text(viewer.page(VILLAGE))
    assert "Pokja Desa Padang termasuk kelas “Tinggi” dengan skor 82,50 dari 100, naik 33,75 poin sejak Semester 1 2026." in said


def test_every_number_can_be_added_up_by_hand(case: Case, viewer: Any) -> None:
    case.approved()
    said = text(viewer.page(VILLAGE))
    assert "8.250,00 ÷ 100 = 82,50" in said  # 60 × 87,50 + 40 × 75,00
    assert "350,00 ÷ 4 = 87,50" in said  # 3 × 100 + 1 × 50
    assert "150,00 ÷ 2 = 75,00" in said


def test_the_provenance_line_is_never_missing(case: Case, viewer: Any) -> None:
    case.approved()
    said = text(viewer.page(VILLAGE))
    for part in ("Kunjungan 11 Agustus 2026", "diisi Siti Aminah", "disetujui Admin", "formulir 1", "metode 1", "100 % terjawab",
                 "usulan proyek, bukan angka resmi"):
        assert part in said, part


def test_from_the_indicator_to_the_answer_and_the_photo(case: Case, viewer: Any) -> None:
    case.approved()
    page = html.document_fromstring(viewer.page(VILLAGE))
    row = page.get_element_by_id("i-A1")
    answer, photo = (link.get("href") for link in row.iter("a"))
    record, _, anchor = answer.partition("#")
    assert html.document_fromstring(viewer.page(record)).get_element_by_id(anchor) is not None
    assert viewer.get(photo).get_data() == b"foto uuid:satu"


def test_a_gate_that_is_not_met_says_why(case: Case, viewer: Any) -> None:
    case.approved(a1="2", a2="4", b="4")  # A1 50 ≥ not 75; A = 62,50, B = 100: 77,50
    said = text(viewer.page(VILLAGE))
    assert "termasuk kelas “Sedang” dengan skor 77,50" in said
    assert "SK belum berlaku" in said and "Menurut skornya saja: “Tinggi”" in said


def test_too_little_data_gives_no_class_and_says_how_much_there_is(case: Case, viewer: Any) -> None:
    case.approved(a1="tt", foto="")
    said = text(viewer.page(VILLAGE))
    assert "belum cukup untuk skor dan kelas: “Kelembagaan” baru terjawab 25 %" in said
    assert not html.document_fromstring(viewer.page(VILLAGE)).xpath("//*[@class='verdict']"), "no class is given"
    table = text(viewer.page(f"scores?period={PERIOD}"))
    assert "Data belum cukup (A 25 %)" in table


def test_readiness_is_never_called_a_score_of_zero(case: Case, viewer: Any) -> None:
    case.approved(status="belum_ada", r1="tidak")
    said = text(viewer.page(VILLAGE))
    assert "belum punya Pokja: kesiapan pembentukan 0,00 dari 100" in said
    assert "dengan skor" not in said


def test_not_assessed_says_so_and_what_is_waiting(case: Case, viewer: Any) -> None:
    case.send()
    said = text(viewer.page(VILLAGE))
    assert "Desa Padang belum dinilai pada Semester 2 2026." in said
    assert "1 kiriman menunggu ditinjau" in said and "Belum dinilai bukan berarti skor 0." in said
    empty = text(viewer.page(f"villages/{LALANG}?period={PERIOD}"))
    assert "Belum ada kiriman" in empty


def test_a_rater_is_named_with_value_and_reason(case: Case, viewer: Any, rate: Callable[..., Any]) -> None:
    case.approved()
    rate("A1", value="25")
    rate("A1", who="dedi@b.id", value="75")
    said = text(viewer.page(VILLAGE))
    assert "Rahma menilai 25,00 : Dilihat di lapangan" in said.replace("25,00:", "25,00 :")
    assert "2 peninjau, selisih 50,00" in said


def test_the_kabupaten_page_holds_the_five_figures(case: Case, viewer: Any) -> None:
    case.approved("uuid:a")
    case.approved("uuid:b", desa=LALANG, a1="1")  # 48,75
    case.approved("uuid:c", desa=GANTUNG, status="belum_ada", r1="ya")
    case.send("uuid:d", desa=GANTUNG)
    page = viewer.page(f"scores?period={PERIOD}")
    said = text(page)
    assert "3 dari 3 desa sudah dinilai; 2 desa punya Pokja." in said
    assert "66,7 %" in said  # coverage 2 of 3
    assert "65,63 · 65,63 · 48,75" in said  # mean and median of 82,50 and 48,75, and the lowest
    assert "43,8 %" in said  # 131,25 ÷ 300
    assert re.search(r"Belum selesai ditinjau ?1 ?menunggu ditinjau", said)
    counts = html.document_fromstring(page).xpath("//ul[@class='class-counts']/li/b/text()")
    assert counts == ["1", "1", "0", "0", "1", "0"]  # tinggi, sedang, rendah, too little data, readiness, not assessed


def test_map_and_table_show_the_same_villages(case: Case, viewer: Any) -> None:
    case.approved()
    page = html.document_fromstring(viewer.page(f"scores?period={PERIOD}"))
    drawn = {link.get("href") for link in page.iterfind(".//svg//a")}
    listed = {link.get("href") for link in page.iterfind(".//table//th[@scope='row']/a")}
    assert drawn == listed and len(listed) == 3


def test_no_page_carries_an_inline_style_or_script(case: Case, viewer: Any) -> None:
    case.approved()
    for path in (VILLAGE, f"scores?period={PERIOD}", f"villages/{LALANG}"):
        page = html.document_fromstring(viewer.page(path))
        assert not page.xpath("//*[@style]") and not page.xpath("//style") and not page.xpath("//script[not(@src)]")


def test_outlines_are_offered_only_when_somebody_imported_them(case: Case, viewer: Any) -> None:
    from server.db import transaction
    from server.villages import store

    assert "peta=batas" not in viewer.page("scores")
    square = [[[108.26, -2.88], [108.28, -2.88], [108.28, -2.86], [108.26, -2.86], [108.26, -2.88]]]
    shape = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"village_code": PADANG},
                                                        "geometry": {"type": "Polygon", "coordinates": square}}]}
    with case.app.app_context(), transaction():
        store.import_geojson(json.dumps(shape).encode())
    assert "peta=batas" in viewer.page("scores")
    assert "Peta (batas indikatif)" in text(viewer.page("scores?peta=batas"))


def test_a_supervisor_sees_only_the_own_subdistrict(case: Case, reader: Callable[..., Any], person: Callable[..., Person]) -> None:
    case.approved("uuid:a")
    case.approved("uuid:c", desa=GANTUNG)
    own = reader("gantung@b.id", area="19.06.02")
    page = own.page(f"scores?period={PERIOD}")
    assert "Gantung" in page and "Padang" not in page and "Manggar" not in page
    assert "1 dari 1 desa" in text(page)
    assert own.get(VILLAGE).status_code == 404
    assert own.get(f"scores?period={PERIOD}&kecamatan=19.06.01").status_code == 404
    assert "Padang" not in own.get(f"scores.csv?period={PERIOD}").get_data(as_text=True)
    api = person("api@b.id", role="reviewer", project=case.project, area="19.06.02")
    for path in ("scores", "villages"):
        told = api.get(f"/v1/projects/{case.project}/{path}?period={PERIOD}").get_data(as_text=True)
        assert GANTUNG in told and PADANG not in told


def test_whoever_may_read_no_scores_gets_none(case: Case, person: Callable[..., Person]) -> None:
    case.approved()
    stranger = person("asing@b.id", role=None)
    for path in ("scores", "villages"):
        assert stranger.get(f"/v1/projects/{case.project}/{path}").status_code == 403
        assert case.phone.get(path).status_code in (403, 404)


def test_the_csv_carries_what_the_screen_shows(case: Case, viewer: Any) -> None:
    case.approved()
    answer = viewer.get(f"scores.csv?period={PERIOD}")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="skor-2026-S2.csv"'
    lines = answer.get_data(as_text=True).lstrip("﻿").splitlines()
    assert lines[0].startswith("Kode;Kecamatan;Desa;Periode")
    assert any(line.startswith("19.06.01.2001;Manggar;Padang;2026-S2;Berskor;Tinggi;tidak;82,50;82,50;82,50;;100,00") for line in lines)
    assert sum("Belum dinilai" in line for line in lines) == 2


def test_sorting_is_a_plain_link(case: Case, viewer: Any) -> None:
    case.approved("uuid:a", a1="1")
    case.approved("uuid:b", desa=GANTUNG)

    def order(by: str) -> list[str]:
        page = html.document_fromstring(viewer.page(f"scores?period={PERIOD}&urut={by}"))
        return [link.text_content() for link in page.iterfind(".//table//th[@scope='row']/a")]

    assert order("skor") == ["Gantung", "Padang", "Lalang"]
    assert order("desa") == ["Gantung", "Lalang", "Padang"]
    assert order("kecamatan") == ["Gantung", "Lalang", "Padang"]


def test_a_village_that_does_not_exist_is_not_there(viewer: Any) -> None:
    assert viewer.get("villages/19.06.09.2001").status_code == 404


def test_a_project_without_a_scored_form_says_what_to_do(app: Any, project: int, reader: Callable[..., Any]) -> None:
    assert "lembar scoring" in text(reader("a@b.id", role="viewer").page("scores"))


def test_short_addresses_lead_to_the_project(case: Case, viewer: Any) -> None:
    assert viewer.client.get(f"/desk/villages/{PADANG}?period={PERIOD}").headers["Location"] == (
        f"/desk/{case.project}/villages/{PADANG}?period={PERIOD}")
    assert viewer.client.get("/desk/scores").headers["Location"].startswith(f"/desk/{case.project}/scores")


def test_english_pages_speak_english(case: Case, viewer: Any) -> None:
    case.approved()
    viewer.client.set_cookie("language", "en")
    assert "The Pokja of Padang is in the class “Tinggi (English)” with a score of 82.50 of 100." in text(viewer.page(VILLAGE))


def test_a_project_of_examples_carries_the_banner_everywhere(case: Case, viewer: Any) -> None:
    from server.db import transaction
    from server.projects import store

    assert "example-banner" not in viewer.page(VILLAGE)
    with case.app.app_context(), transaction():
        store.change(store.get(case.project), {"name": "CONTOH Pokja"}, None)
    for path in (VILLAGE, "scores"):
        assert "example-banner" in viewer.page(path)


def test_the_form_is_chosen_when_several_are_scored(case: Case, viewer: Any) -> None:
    case.approved()
    page = viewer.page(f"scores?period={PERIOD}&form={FORM}")
    assert "82,5" in page


def test_scores_of_before_get_their_brief(app: Any, case: Case) -> None:
    from server import schema
    from server.db import db
    from server.villages.models import ScoreRow

    case.approved()
    with app.app_context():
        schema.migrate("0007")
        schema.migrate()
        row = db.session.query(ScoreRow).one()
        assert row.brief == {name: row.result[name] for name in ("class", "readiness", "rubric")} and row.brief["rubric"]["id"]
