"""A supervisor of one sub-district never sees a byte of another (EXPECTATIONS S7)."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.desk.conftest import jpeg

HIDDEN = ("Gantung", "19.06.02", "uuid:gantung", "Rahasia", "Hendra")


@pytest.fixture
def two_areas(app: Any, project: int, send: Callable[..., str]) -> str:
    """A submission in each sub-district, the second with a secret note and the first one's photo; the second's page."""
    from tests import arrivals

    send("uuid:padang", {"sk.jpg": jpeg()}, desa="19.06.01.2001", foto="sk.jpg")
    return send("uuid:gantung", {"sk.jpg": jpeg()}, desa="19.06.02.2001", foto="sk.jpg", lokasi="-2.97 108.17 0 5",
                more="<catatan>Rahasia</catatan>", sender=arrivals.enrol(app, project, "Hendra"))


@pytest.mark.parametrize("path", [
    "queue", "queue?state=all", "queue?q=Gantung", "queue?q=uuid:gantung", "queue?q=Hendra", "queue?area=19.06.02",
    "queue?kecamatan=19.06.02", "queue?desa=19.06.02.2001", "queue?area=19.06", "queue?area=19.06.0", "queue?page=2",
    "records/pokja/uuid:padang", "records/pokja/uuid:padang?view=everything", "records/pokja/uuid:padang?area=19.06.02"])
def test_no_page_of_the_neighbour_shows_anything_of_it(reader: Callable[..., Any], two_areas: str, path: str) -> None:
    page = reader(area="19.06.01").page(path)
    shown = re.sub(r'(value|href|action)="[^"]*"', "", page)  # what was typed into the search comes back
    assert [word for word in HIDDEN if word in shown] == []
    assert not re.search(r'/(records|files)/[^"?]*gantung', page)


def test_the_neighbour_is_there_for_whoever_may_see_it(reader: Callable[..., Any], two_areas: str) -> None:
    page = reader(role="manager").page("queue")
    assert "Gantung" in page and "Padang" in page
    assert "Rahasia" in reader("b@b.id", area="19.06.02").page(two_areas)


def version_of(admin_page: str) -> str:
    return re.findall(r"/files/(\d+)/", admin_page)[0]


@pytest.mark.parametrize("tail", ["", "?view=everything", "?version=2", "/decide?choice=hasIssues", "/comment?path=/isi/foto",
                                  "/rate?indicator=A1"])
def test_a_guessed_address_answers_like_an_unknown_one(
        reader: Callable[..., Any], two_areas: str, tail: str, caplog: pytest.LogCaptureFixture) -> None:
    near = reader(area="19.06.01")
    with caplog.at_level(logging.WARNING, "pokja"):
        answer = near.get(two_areas + tail)
    unknown = near.get("records/pokja/uuid:tidakada" + tail)
    assert answer.status_code == unknown.status_code == 404
    text = answer.get_data(as_text=True).replace("gantung", "tidakada").replace("%2Fgantung", "%2Ftidakada")
    assert text == unknown.get_data(as_text=True)
    assert any("outside the own area" in record.message for record in caplog.records)


def test_photos_of_the_neighbour_are_not_there_under_any_address(reader: Callable[..., Any], two_areas: str) -> None:
    version = version_of(reader("m@b.id", role="manager").page(two_areas))
    near = reader(area="19.06.01")
    own = version_of(near.page("records/pokja/uuid:padang"))
    assert near.get(f"records/pokja/uuid:padang/files/{own}/sk.jpg").status_code == 200
    for record in (two_areas, "records/pokja/uuid:padang"):  # also not through a record that one may see
        for size in ("", "?size=small"):
            assert near.get(f"{record}/files/{version}/sk.jpg{size}").status_code == 404


@pytest.mark.parametrize(("path", "data"), [
    ("/decide", {"choice": "approved", "version": "2", "seen": ""}), ("/comment", {"path": "/isi/foto", "body": "x"}),
    ("/rate", {"indicator": "A1", "value": "50", "reason": "x", "version": "2"})])
def test_nothing_of_the_neighbour_can_be_changed(app: Any, reader: Callable[..., Any], two_areas: str, path: str, data: Any) -> None:
    assert reader(area="19.06.01").post(two_areas + path, **data).status_code == 404
    with app.app_context():
        from server.reviews import store
        from server.submissions import store as submissions

        assert store.history(submissions.find(1, "uuid:gantung").id) == []  # type: ignore[union-attr]


def test_a_photo_shared_with_the_neighbour_is_told_without_its_name(reader: Callable[..., Any], two_areas: str) -> None:
    page = reader(area="19.06.01").page("queue")
    assert "1 foto juga dipakai di wilayah lain" in page
    assert "1 foto juga dipakai di Gantung" in reader("m@b.id", role="manager").page("queue")


def test_an_observer_reads_but_finds_no_button(reader: Callable[..., Any], two_areas: str) -> None:
    observer = reader(role="viewer", area="19.06.01")
    page = observer.page("records/pokja/uuid:padang")
    assert "Hanya baca" in page and "Setujui <kbd>" not in page
    assert observer.post("records/pokja/uuid:padang/decide", choice="approved").status_code == 403


@pytest.mark.parametrize("path", ["phones", "forms", "people"])
def test_a_reviewer_has_no_business_with_phones_forms_and_people(reader: Callable[..., Any], form: int, path: str) -> None:
    near = reader(area="19.06.01")
    assert near.get(path).status_code == 403
    assert f'/{path}"' not in near.page("queue")
