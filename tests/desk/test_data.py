"""The page that gives data away (PROTOCOL §5, EXPECTATIONS S14)."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable
from typing import Any


def test_the_page_counts_what_its_files_hold(send: Callable[..., str], reader: Callable[..., Any]) -> None:
    send("uuid:satu")
    send("uuid:dua", desa="19.06.02.2001")
    rahma = reader(area="19.06.01")
    page = html.unescape(rahma.page("data"))
    assert "Unduh data" in page and "1 kiriman" in page and "Manggar" in page
    actions = re.findall(r'action="(/v1/[^"]+)"', page)
    assert {action.partition("/submissions")[2] for action in actions} == {".xlsx", ".csv", ".csv.zip", ".geojson"}
    for action in actions:
        assert rahma.client.get(action).status_code == 200
    (row,) = csv.DictReader(io.StringIO(rahma.client.get(next(each for each in actions if each.endswith(".csv"))).text))
    assert row["KEY"] == "uuid:satu"
    assert re.search(r"<code>http://localhost/v1/projects/\d+/forms/pokja\.svc</code>", page)


def test_every_choice_of_the_page_is_a_filter_that_works(send: Callable[..., str], reader: Callable[..., Any]) -> None:
    record = send("uuid:satu")
    send("uuid:dua")
    rahma = reader()
    rahma.decide(record, "approved")
    page = html.unescape(rahma.page("data"))
    found = {}
    for choice in re.findall(r'<option value="([^"]*)">', page):
        text = rahma.client.get(f"/v1/projects/{rahma.project}/forms/pokja/submissions.csv", query_string={"$filter": choice}).text
        found[choice] = [row["KEY"] for row in csv.DictReader(io.StringIO(text))]
    assert list(found.values()) == [["uuid:dua", "uuid:satu"], ["uuid:satu"], ["uuid:dua"]]


def test_who_may_not_read_submissions_has_no_such_page(form: int, reader: Callable[..., Any]) -> None:
    assert reader(role="formfill").get("data").status_code == 403
