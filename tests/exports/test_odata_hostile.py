"""Whatever is written into the options of OData, the answer is rows or a refusal with its reason (PROTOCOL §4)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import Person
from tests.exports.conftest import FULL

pytestmark = pytest.mark.slow
PATHS = ["__id", "__system/submissionDate", "__system/updatedAt", "__system/submitterId", "__system/reviewState", "__system/deletedAt",
         "desa", "anggota", "luas", "tanggal", "mulai", "jam", "foto", "ling_kungan/titik", "ling_kungan/tema", "meta/instanceID",
         "$root/Submissions/__id", "ling_kungan", "ling_kungan/kegiatan/nama", "tidak"]
LITERALS = ["null", "true", "false", "0", "-1", "5", "9223372036854775807", "9223372036854775808", "-1.5E7", "1e308", "1e-308", "'x'", "''",
            "'5'", "'it''s'", "'%'", "'2026-01-01'", "'2026-01-01T00:00:00Z'", "'\U0001f600'", "2026-01-01", "2026-12-31T23:59:59.999999Z",
            "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "0001-01-01", "9999-12-31", "now()", "'" + "9" * 400 + "'"]
PARTS = ["year", "month", "day", "hour", "minute", "second"]
ODD = ("<desa>d</desa><anggota>1e400</anggota><luas>NaN</luas><tanggal>2026-02-31</tanggal><mulai>0000-00-00T99:99:99+99:99</mulai>"
       "<ling.kungan><titik>x</titik></ling.kungan>")
values = st.one_of(st.sampled_from(PATHS), st.sampled_from(LITERALS),
                   st.builds("{}({})".format, st.sampled_from(PARTS), st.sampled_from([*PATHS, *LITERALS])))
comparisons = st.builds("{} {} {}".format, values, st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"]), values)
filters = st.recursive(comparisons, lambda inner: st.one_of(
    st.builds("not ({})".format, inner), st.builds("({}) and {}".format, inner, inner), st.builds("{} or ({})".format, inner, inner),
    st.builds("({}) eq {}".format, inner, st.sampled_from(["true", "false", "null"]))), max_leaves=6)
HARD = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def ask(send: Callable[..., str], admin: Person, svc: str) -> Callable[..., int]:
    """Asks and holds the answer to what an answer may be; the status."""
    send("uuid:satu", FULL)
    send("uuid:dua", ODD)
    send("uuid:tiga", "<desa>d</desa><anggota> 7 </anggota><mulai>9999-12-31T23:59:59-14</mulai>")

    def one(table: str = "Submissions", **query: str) -> int:
        answer = admin.get(f"{svc}/{table}", query_string={f"${name}": value for name, value in query.items()})
        if answer.status_code == 200:
            assert isinstance(answer.json["value"], list)  # the body was read to its end
        else:
            assert answer.json["code"] in (400.8, 400.11, 400.18, 400.23, 400.35, 501.4, 501.5, 501.6, 501.11), answer.text
            assert answer.json["message"]
        return int(answer.status_code)

    return one


@HARD
@given(written=filters)
def test_any_filter_is_answered_or_refused(ask: Callable[..., int], written: str) -> None:
    ask(filter=written)


@HARD
@given(written=st.text())
def test_any_text_as_an_option_is_answered_or_refused(ask: Callable[..., int], written: str) -> None:
    for name in ("filter", "orderby", "select", "skiptoken", "top", "skip", "expand"):
        ask(**{name: written})


@HARD
@given(order=st.lists(st.builds("{}{}".format, st.sampled_from(PATHS), st.sampled_from(["", " asc", " desc", " up"])), max_size=3).map(",".join),
       select=st.lists(st.sampled_from(["__id", "__system", "desa", "ling_kungan/tema", "x"]), max_size=3).map(",".join),
       top=st.integers(0, 4), skip=st.integers(0, 4))
def test_any_order_and_part_is_answered_or_refused(ask: Callable[..., int], order: str, select: str, top: int, skip: int) -> None:
    ask(orderby=order, select=select, top=str(top), skip=str(skip), count="true")


def test_every_pair_of_a_path_and_a_literal_is_answered_or_refused(ask: Callable[..., int]) -> None:
    statuses = [ask(filter=f"{path} {operator} {literal}") for path in PATHS for literal in LITERALS for operator in ("eq", "gt")]
    assert statuses.count(200) > len(statuses) // 3


@HARD
@given(at=st.sampled_from(["2026-01-01T00:00:00.000Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x", "2026-01-01"]),
       numbers=st.lists(st.one_of(st.integers(-5, 2**65), st.none(), st.text(max_size=2)), max_size=4))
def test_forged_tokens_are_refused_or_answered(ask: Callable[..., int], at: str, numbers: list[object]) -> None:
    import base64

    import orjson

    forged = [at, *(number if not isinstance(number, int) or abs(number) < 2**63 else str(number) for number in numbers)]
    token = base64.urlsafe_b64encode(orjson.dumps(forged)).decode().rstrip("=")
    for table in ("Submissions", "Submissions.ling_kungan.kegiatan"):
        for more in ({}, {"orderby": "$root/Submissions/__id"}):
            ask(table, skiptoken=token, top="1", **more)
