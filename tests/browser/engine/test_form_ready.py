"""A form made ready at rest opens the same as any other, and for a fraction of the work (WEBFORMS §3.3i, §5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from forms.convert import convert
from forms.workbook import read_folder
from scoring import calculates, rubric
from tests.browser.engine.conftest import WEB

pytestmark = pytest.mark.browser

TABLE = """
| survey  |              |         |                     |                |
|         | type         | name    | label               | calculation    |
|         | integer      | usia    | Usia                |                |
|         | calculate    | ganda   |                     | ${usia} * 2    |
| settings |             |         |                     |                |
|         | form_id      | version |                     |                |
|         | siap         | 1       |                     |                |
"""
READY = "await lab.engine.makeReady('stempel', xml, async () => null, async () => true)"


def test_two_records_after_one_preparation_share_nothing(bench: Callable[..., Any]) -> None:
    body = f"""{READY}
        const first = await t.open('new'), second = lab.bench(xml, given)
        await t.set('/usia', '7')
        const other = await second.open('new')
        await second.set('/usia', '9')
        return [await t.text('/ganda'), await second.text('/ganda'), first.root.value !== other.root.value,
                (await first.save()).instanceId !== (await other.save()).instanceId]"""
    assert bench(TABLE, body, form={"stamp": "stempel"}) == ["14", "18", True, True]


def test_a_draft_is_restored_on_a_form_made_ready(bench: Callable[..., Any]) -> None:
    body = f"""await t.open('new'); await t.set('/usia', '7')
        const saved = await t.session.save()
        {READY}
        await t.open('draft', {{ xml: saved.xml }})
        return [await t.text('/ganda'), (await t.session.save()).instanceId === saved.instanceId]"""
    assert bench(TABLE, body, form={"stamp": "stempel"}) == ["14", True]


def test_under_another_stamp_the_form_is_read_anew(bench: Callable[..., Any]) -> None:
    body = f"""{READY}
        const other = lab.bench(xml.replace('* 2', '* 3'), {{ form: {{ stamp: 'stempel lain' }} }})
        await other.open('new'); await other.set('/usia', '7')
        return await other.text('/ganda')"""
    assert bench(TABLE, body) == "21"


def test_a_form_the_engine_refuses_is_refused_when_it_is_opened(bench: Callable[..., Any]) -> None:
    body = """const bad = xml.replace('* 2', '* (2')
        await lab.engine.makeReady('buruk', bad, async () => null, async () => true).catch(() => null)
        return lab.bench(bad, { form: { stamp: 'buruk' } }).open('new').then(() => 'opened', error => error.code)"""
    assert bench(TABLE, body) == "formUnsupported"


@pytest.mark.slow
def test_the_shipped_form_made_ready_opens_for_half_the_work(chromium: Browser, lab_url: str) -> None:
    source = read_folder(WEB.parent / "instruments/pokja-kampung-kb")
    scored = rubric.read(source.sheets["scoring"], convert(source))
    xml = convert(calculates.add(source, scored)).xml.decode()
    at_once = min(opening(chromium, lab_url, xml, ready=False) for _ in range(2))
    prepared = min(opening(chromium, lab_url, xml, ready=True) for _ in range(2))
    assert prepared < at_once / 2, f"{prepared:.0f} of {at_once:.0f} ms"


def opening(chromium: Browser, url: str, xml: str, *, ready: bool) -> float:
    """Milliseconds of processor time that one opening takes on a page that opened none before."""
    page: Page = chromium.new_page()
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached")
    if ready:
        page.evaluate(f"async xml => {{ {READY} }}", xml)
    before = spent(session)
    page.evaluate("async xml => { await lab.bench(xml, { form: { stamp: 'stempel' } }).open('new') }", xml)
    found = spent(session) - before
    page.close()
    return found


def spent(session: Any) -> float:
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(1000 * float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")
