"""From answers by name to the flat answers of the published form: paths, evidence, place, times, the phone's own figures."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from math import cos, radians

from forms import Form, compose
from scoring import score as scores
from scoring.expressions import Ref
from scoring.figures import half_up
from scoring.model import Indicator, Rubric
from server.demo.answers import Named, named
from server.demo.draws import Draw
from server.demo.photos import photo
from server.demo.plan import FIRST, Case
from server.villages.models import Village

KM = 1 / 111.195  # degrees


@dataclass(slots=True)
class Filled:
    """One filled form: its answers and its photos by name."""

    instance_id: str
    answers: dict[str, str]
    photos: dict[str, bytes] = field(default_factory=dict)

    def xml(self, form: Form, deprecated_id: str | None = None) -> bytes:
        return compose.compose(form, self.answers, instance_id=self.instance_id, deprecated_id=deprecated_id)


def instance_id(case: Case, version: int = 1) -> str:
    """The same at every start, so that a demo made twice would be recognised."""
    return f"uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'contoh/{case.village}/{case.period}/{case.kind}/{version}')}"


def fill(case: Case, village: Village, form: Form, rubric: Rubric) -> Filled:
    """The submission of a case as a phone would send it."""
    draw = Draw(f"{case.village} {case.period} {case.kind}", case.level, form)
    values, rows = named(case, draw)
    filled = Filled(instance_id(case), _placed(values, rows, form))
    filled.answers["/identitas/lokasi"] = _point(case, village, draw)
    if case.formed:
        _prove(filled, case, village, form, rubric, draw)
    _times(filled, case, draw)
    _phone_figures(filled.answers, form, rubric, case)
    half = {"1": "Semester 1", "2": "Semester 2"}[case.period[-1]]
    filled.answers["/meta/instanceName"] = f"{village.name} ({village.subdistrict}), {half} {case.period[:4]}"
    return filled


def _placed(values: Named, rows: list[Named], form: Form) -> dict[str, str]:
    answers = {path_of(form, name): value for name, value in values.items() if value}
    if rows:
        answers["/poktan_count"] = str(len(rows))
    for position, row in enumerate(rows, start=1):
        at = f"/poktan[{position}]"
        answers[at] = ""
        answers |= {path_of(form, name).replace("/poktan", at, 1): value for name, value in row.items() if value}
    return answers


def path_of(form: Form, name: str) -> str:
    found = form.field(name)
    assert found is not None, f"the form has no field {name}"
    return found.path


def _point(case: Case, village: Village, draw: Draw) -> str:
    """A place near the village's point; for one case 24 km off, so that the review sees the warning."""
    assert village.lat is not None and village.lon is not None
    away = 24.0 if "far" in case.special else 0.4
    lat = village.lat + away * KM * draw.dice.uniform(0.5, 0.9) * (1 if "far" in case.special else draw.dice.choice((-1, 1)))
    lon = village.lon - away * KM * draw.dice.uniform(0.4, 0.8) / cos(radians(village.lat))
    return f"{lat:.6f} {lon:.6f} {draw.dice.uniform(4, 30):.1f} {draw.dice.uniform(4, 18):.1f}"


def _prove(filled: Filled, case: Case, village: Village, form: Form, rubric: Rubric, draw: Draw) -> None:
    """Evidence for what scores, more of it in better Pokjas: files, links and places, as the rubric asks."""
    result = scores.score(filled.answers, rubric, on=case.visit, files=())
    for indicator in rubric.indicators.values():
        standing = result.standings[indicator.code]
        must = _is_commented(case, indicator)
        if (must or draw.chance(0.74 + 0.24 * case.level)) and standing.own == "answered" and (standing.uncapped or 0) > 0:
            for group in indicator.evidence_refs:
                _give(filled, group[1] if len(group) > 2 and draw.chance(0.3) else group[0], indicator, case, village, draw)


def _is_commented(case: Case, indicator: Indicator) -> bool:
    return (indicator.code in ("B1", "E1") and case.outcome in ("returned", "edited")) or (
        indicator.code in ("C8", "D1") and "evidence" in case.special)


def _give(filled: Filled, ref: Ref, indicator: Indicator, case: Case, village: Village, draw: Draw) -> None:
    path = ref.path
    if ref.rows is not None:
        kinds = {value: key.rpartition("/")[0] for key, value in filled.answers.items() if key.endswith("/" + ref.rows.key)}
        path = kinds[ref.rows.code] + ref.path.removeprefix(ref.rows.path)
    if not ref.binary:
        link = f"https://kampungkb.example/contoh/{case.village}"
        filled.answers[path] = _point(case, village, draw) if ref.type == "geopoint" else link
        return
    name = f"{ref.name}-{draw.token()}.jpg"
    filled.answers[path] = name
    # Of the first period, which is closed, one photo stands for a whole dimension: it keeps the first start short.
    title = f"{indicator.code} {next(iter(indicator.label.values()))}" if case.period != FIRST else f"{indicator.code[0]} – berkas bukti"
    filled.photos[name] = photo(title, f"Desa {village.name}", case.visit.strftime("%d/%m/%Y"), title + case.village + case.period)


def _times(filled: Filled, case: Case, draw: Draw) -> None:
    """The phone's start and end on the day of the visit; one is suspiciously quick."""
    begun = datetime.combine(case.visit, time(8, 30)) + timedelta(minutes=draw.between(0, 300))
    ended = begun + timedelta(minutes=4 if "quick" in case.special else draw.between(38, 95) if case.formed else draw.between(11, 22))
    for name, moment in (("start", begun), ("end", ended)):
        filled.answers[f"/{name}"] = moment.isoformat(timespec="milliseconds") + "+07:00"


def _phone_figures(answers: dict[str, str], form: Form, rubric: Rubric, case: Case) -> None:
    """The provisional figures that the form computes on the phone."""
    found = scores.score(answers, rubric, on=case.visit)
    figures: dict[str, float | None] = {"skor_kesiapan": found.readiness} if found.kind == "readiness" else {
        "skor_total": found.total.score, "skor_bawah": found.total.lower, "skor_atas": found.total.upper,
        "skor_kelengkapan": 100 * found.total.completeness,
        **{f"skor_{dimension.code.lower()}": part.score for dimension, part in zip(found.dimensions, found.parts, strict=True)}}
    answers |= {path_of(form, name): f"{half_up(value):.2f}" for name, value in figures.items() if value is not None}
    if found.standard is not None:
        answers[path_of(form, "skor_kelas")] = found.standard.band.code
