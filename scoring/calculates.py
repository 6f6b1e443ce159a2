"""Compiles the rubric to XLSForm rows, so that any phone shows the server's provisional score (DESIGN §7, P12).

All rows go into a last page, the group `skor`. What the phone cannot know is left out: reviewers' ratings,
rejected evidence, files that got lost; evidence counts as present when its question is answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from forms.workbook import Row, Workbook
from scoring.errors import RubricError
from scoring.expressions import Call, Ref
from scoring.improve import TRIFLE, levels
from scoring.model import Band, Dimension, Indicator, Rubric
from scoring.page import STEPS, Page
from scoring.rules import TABLES
from scoring.xpath import Compiler, all_of, any_of, fixed, half_up, line, literal, lookup, number, stair

GROUP = "skor"
NOT_APPLICABLE = "'tb'"
"""What a stored indicator holds when it does not apply; '' is unanswered, anything else its score."""


def add(workbook: Workbook, rubric: Rubric) -> Workbook:
    """Return the workbook with the rubric's page after the survey. Raises RubricError for a name taken."""
    survey = workbook.sheets.get("survey", [])
    sheet = _Sheet(rubric)
    rows = sheet.page(_label_columns(workbook))
    taken = {row.get("name", "").strip() for row in survey}
    if clash := [row["name"] for row in rows if row.get("name") in taken]:
        raise RubricError(f"The survey has a question {clash[0]}, a name the score's page needs; rename the question.")
    names = [row["name"] for row in rows if "name" in row]
    if twice := [name for name in names if names.count(name) > 1]:
        raise RubricError(f"Two codes of the rubric both need the name {twice[0]} on the phone; change one of them.")
    sheets = {**workbook.sheets, "survey": [*survey, *rows]}
    return Workbook(sheets, workbook.name, dict(workbook.headers))


def _label_columns(workbook: Workbook) -> dict[str, str]:
    """Return the survey's label columns, by the language each is in ("" for a plain `label`)."""
    columns = [c for c in workbook.columns("survey") if c == "label" or c.startswith("label::")]
    return {column: column.partition("::")[2].strip() for column in columns or ["label"]}


@dataclass
class _Sheet:
    """Gathers calculate rows; each step may use the names of those before it."""

    rubric: Rubric
    rows: list[Row] = field(default_factory=list)
    judged: set[str] = field(default_factory=set)

    def calculate(self, name: str, calculation: str) -> str:
        """Add a calculate and return how later ones refer to it."""
        self.rows.append({"type": "calculate", "name": name, "calculation": calculation})
        return f"${{{name}}}"

    def page(self, columns: dict[str, str]) -> list[Row]:
        """Return all rows of the page. Calculates may name what stands further down; notes stand as read."""
        scale, ready = self.rubric.scale, self.rubric.readiness
        plain = Compiler(self.rubric, _name, lambda value: value)
        formed, getting_ready = plain.condition(scale.when), plain.condition(ready.when if ready else None)
        page = Page(self.rubric, columns, formed, getting_ready)
        self.rows += [page.head(GROUP), *page.first()]
        for dimension in self.rubric.dimensions:
            self.dimension(dimension, page.dimension(dimension, formed))
        self.total(formed)
        if ready:
            self.dimension(ready.part, page.dimension(ready.part, getting_ready))
            figure = f"${{sk_d_{ready.part.code.lower()}}}"
            self.printed("skor_kesiapan", f"if({getting_ready}, {figure}, '')")
        self.improvements(page.steps())
        return [*self.rows, *page.calculates(), *page.last(), {"type": "end_group"}]

    # From answers to an indicator: sk_r_ raw, sk_u_ before the evidence cap, sk_s_ after it.

    def indicator(self, found: Indicator) -> str:
        code = found.code.lower()
        compiler = Compiler(self.rubric, _name, lambda value: self.item(code, value))
        score = self.raw(found, code, compiler)
        applies = [_ticked(ref, self.rubric) for ref in found.may_not_apply]
        if found.not_applicable is not None:
            applies.append(compiler.condition(found.not_applicable))
        if applies:
            score = f"if({any_of(applies)}, {NOT_APPLICABLE}, {score})"
        if found.not_asked is not None:
            score = f"if({compiler.condition(found.not_asked)}, 0, {score})"
        uncapped = self.calculate(f"sk_u_{code}", score)
        if not found.evidence_refs:
            return uncapped
        missing = f"not({_present(found)})"
        return self.calculate(f"sk_s_{code}", f"if({uncapped} > {number(found.cap)} and {missing}, "
                                              f"{number(found.cap)}, {uncapped})")  # fmt: skip

    def item(self, code: str, value: str) -> str:
        place = sum(row.get("name", "").startswith(f"sk_m_{code}_") for row in self.rows) + 1
        return self.calculate(f"sk_m_{code}_{place}", value)

    def raw(self, found: Indicator, code: str, compiler: Compiler) -> str:
        if found.rule in TABLES:
            return lookup(_name(found.inputs[0]), dict(found.table)).otherwise("''")
        node = found.value if found.of is None else Call("share", (found.value, found.of))
        void = literal("-") if found.of_zero is not None else "''"
        raw = self.calculate(f"sk_r_{code}", compiler.compile(node).otherwise(void))
        if found.points is None:
            scored = f"if({raw} < 0, 0, if({raw} > 100, 100, {raw}))"
        else:
            scored = stair(found.points, raw) if found.rule == "steps" else line(found.points, raw)
        zero = found.of_zero
        instead = number(zero) if isinstance(zero, float) else NOT_APPLICABLE
        scored = scored if zero is None else f"if({raw} = '-', {instead}, {scored})"
        return f"if({raw} = '', '', {scored})"

    # From indicators to a dimension: weights that apply, weights answered, points.

    def dimension(self, dimension: Dimension, note: Row) -> None:
        """Add a dimension in a group of its own, for engines look names up among their siblings."""
        code = dimension.code.lower()
        self.rows.append({"type": "begin_group", "name": f"rinci_{code}"})
        scores = [(self.indicator(found), found.weight) for found in dimension.indicators]
        applies = self.calculate(f"sk_w_{code}", _sum(f"if({s} = 'tb', 0, {number(w)})" for s, w in scores))
        answered = self.calculate(f"sk_j_{code}", _sum(_answered(s, number(w)) for s, w in scores))
        points = self.calculate(f"sk_n_{code}", _sum(_answered(s, f"{number(w)} * {s}") for s, w in scores))
        complete = self.calculate(f"sk_k_{code}", f"if({applies} > 0, {answered} div {applies}, 0)")
        needed = number(self.rubric.scale.completeness)
        enough = f"{answered} > 0 and {half_up(complete, 4)} div 10000 >= {needed}"
        figure = self.calculate(f"sk_d_{code}", f"if({enough}, {points} div {answered}, '')")
        self.rows += [note, {"type": "end_group"}]
        self.printed(f"skor_{code}", figure)

    def total(self, formed: str) -> None:
        parts = [(part.code.lower(), number(part.weight)) for part in self.rubric.dimensions]
        weights = self.calculate("sk_w", _sum(f"if(${{sk_w_{d}}} > 0, {w}, 0)" for d, w in parts))
        whole = all_of([formed, f"{weights} > 0",
                        *(f"(${{sk_d_{d}}} != '' or ${{sk_w_{d}}} <= 0)" for d, _ in parts)])  # fmt: skip
        upper = "((${{sk_n_{d}}} + 100 * (${{sk_w_{d}}} - ${{sk_j_{d}}})) div ${{sk_w_{d}}})"
        total = self.calculate("sk_t", f"if({whole}, {_mean(parts, '${{sk_d_{d}}}', weights)}, '')")
        lower = self.calculate("sk_lo", f"if({whole}, {_mean(parts, '(${{sk_n_{d}}} div ${{sk_w_{d}}})', weights)}, '')")
        upper = self.calculate("sk_up", f"if({whole}, {_mean(parts, upper, weights)}, '')")
        complete = self.calculate("sk_k", f"if({weights} > 0, {_mean(parts, '${{sk_k_{d}}}', weights)}, 0)")
        for name, figure in (("skor_total", total), ("skor_bawah", lower), ("skor_atas", upper)):
            self.printed(name, figure)
        percent = self.calculate("sk_persen", half_up(f"100 * {complete}", 2))
        self.calculate("skor_kelengkapan", f"if({all_of([formed])}, {fixed(percent, '.')}, '')")
        if self.rubric.bands:
            self.standard()

    def printed(self, name: str, figure: str) -> None:
        """Add the figure with two decimals and a point; in `sk_x_` it stands in hundredths."""
        hundredths = self.calculate(f"sk_x_{name}", f"if({figure} = '', '', {half_up(figure, 2)})")
        self.calculate(name, f"if({hundredths} = '', '', {fixed(hundredths, '.')})")

    # From the total to a class.

    def standard(self) -> None:
        gates = self.gates()
        bands = self.rubric.bands
        shown = {name: f"(${{sk_x_{name}}} div 100)" for name in ("skor_total", "skor_bawah", "skor_atas")}
        index = _index(bands, shown["skor_total"], gates)
        found = self.calculate("sk_kelas", f"if(${{skor_total}} = '', '', {index})")
        code = _choose(found, [literal(band.code) for band in bands])
        self.calculate("skor_kelas", f"if({found} = '', '', {code})")
        low, high = _index(bands, shown["skor_bawah"], {}), _index(bands, shown["skor_atas"], {})
        self.calculate("skor_rentang_kelas", f"if({found} = '' or {low} = {high}, 0, 1)")

    # What one step up would give: sk_p_ hundredths of a point, then the three best (`improve`).

    def improvements(self, note: Row) -> None:
        """Add the gains and the best of them. They hang on `sk_f_`, which is blank until there is a total:
        so while a form is filled, an answer does not make the phone work out its dimension's gains anew."""
        self.rows.append({"type": "begin_group", "name": "rinci_saran"})
        there = self.calculate("sk_ada", "if(${skor_total} = '', 0, 1)")
        gains: dict[str, str] = {}
        for dimension in self.rubric.dimensions:
            part = dimension.code.lower()
            usable = f"{there} = 1 and ${{sk_j_{part}}} > 0"
            factor = self.calculate(f"sk_f_{part}", f"if({usable}, ${{sk_w}} * ${{sk_j_{part}}}, '')")
            gains |= {found.code: self.gain(dimension, found, factor) for found in dimension.indicators}
        for place in STEPS:
            before = [f"${{skor_saran_{earlier}}}" for earlier in range(1, place)]
            left = {code: _unless(code, before, gain) for code, gain in gains.items()}
            best = self.calculate(f"sk_p{place}", f"if({there} = 0, 0, max(0, {', '.join(left.values())}))")
            names = ", ".join(f"if({gain} = {best}, '{code} ', '')" for code, gain in left.items())
            self.calculate(f"skor_saran_{place}", f"if({best} > 0, selected-at(concat({names}, ''), 0), '')")
        self.rows += [note, {"type": "end_group"}]

    def gain(self, dimension: Dimension, found: Indicator, factor: str) -> str:
        code = found.code.lower()
        uncapped, score = f"${{sk_u_{code}}}", _score_of(found)
        delta = "0"
        for level in reversed(levels(found)):
            delta = f"if({score} < {number(level - TRIFLE)}, {number(level)} - {score}, {delta})"
        if found.evidence_refs:
            delta = f"if({uncapped} > {score}, {uncapped} - {score}, {delta})"
        points = half_up(f"({number(dimension.weight)} * {number(found.weight)} * ({delta}) div {factor})", 2)
        closed = [f"{factor} = ''"]
        if found.not_asked is not None:
            closed.append(Compiler(self.rubric, _name, lambda value: value).condition(found.not_asked))
        return self.calculate(f"sk_p_{code}", f"if({any_of(closed)}, 0, {points})")

    def gates(self) -> dict[str, list[str]]:
        """Add one calculate a gate, 1 when it is met; return them by the class they guard."""
        compiler = Compiler(self.rubric, self.figure, lambda value: value)
        by_band: dict[str, list[str]] = {}
        for gate in self.rubric.gates:
            met = self.calculate(f"sk_y_{gate.code.lower()}", f"if({compiler.condition(gate.condition)}, 1, 0)")
            by_band.setdefault(gate.band, []).append(f"{met} = 1")
        return by_band

    def figure(self, ref: Ref) -> str:
        """Return a figure as gates see it: as printed, for indicators before the evidence cap."""
        code = ref.name.lower()
        name = f"sk_g_{code}"
        if name not in self.judged:
            self.judged.add(name)
            source = {"total": "${sk_t}", "completeness": "${sk_k}"}.get(code) or (
                f"${{sk_d_{code}}}" if ref.name in {d.code for d in self.rubric.dimensions} else f"${{sk_u_{code}}}"
            )
            places = 4 if code == "completeness" else 2
            rounded = f"{half_up(source, places)} div {10**places}"
            self.calculate(name, f"if({source} >= 0, {rounded}, '')")
        return f"${{{name}}}"


def _score_of(found: Indicator) -> str:
    return f"${{sk_{'s' if found.evidence_refs else 'u'}_{found.code.lower()}}}"


def _unless(code: str, before: Sequence[str], gain: str) -> str:
    """Return the gain, or nothing for an indicator that stands before in the list."""
    listed = any_of([f"{name} = '{code}'" for name in before])
    return f"if({listed}, -1, {gain})" if before else gain


def _name(ref: Ref) -> str:
    """Return how a calculate outside every repeat writes the field: ${a1}, ${poktan}[jenis = 'bkb']/ada."""
    if ref.rows is None:
        return f"${{{ref.name}}}"
    inside = ref.path.removeprefix(f"{ref.rows.path}/")
    return f"${{{ref.rows.repeat}}}[{ref.rows.key} = {literal(ref.rows.code)}]/{inside}"


def _ticked(ref: Ref, rubric: Rubric) -> str:
    return f"selected({_name(ref)}, {literal(rubric.scale.not_applicable)})"


def _present(found: Indicator) -> str:
    groups = [any_of([f"{_name(ref)} != ''" for ref in group]) for group in found.evidence_refs]
    return all_of(groups)


def _answered(score: str, value: str) -> str:
    return f"if({score} = '' or {score} = 'tb', 0, {value})"


def _mean(parts: Sequence[tuple[str, str]], figure: str, weights: str) -> str:
    """Return the weighted mean over the dimensions that apply; `figure` names a dimension by {d}."""
    used = (f"if(${{sk_w_{d}}} > 0, {w} * {figure.format(d=d)}, 0)" for d, w in parts)
    return f"({_sum(used)}) div {weights}"


def _sum(parts: Iterable[str]) -> str:
    return " + ".join(parts)


def _index(bands: tuple[Band, ...], figure: str, gates: dict[str, list[str]]) -> str:
    """Return the place of the highest class reached by the figure with all gates up to it met."""
    value, met = "0", list[str]()
    for place, band in enumerate(bands):
        met += gates.get(band.code, [])
        if place:
            value = f"if({all_of([f'{figure} >= {number(band.start)}', *met])}, {place}, {value})"
    return value


def _choose(place: str, texts: list[str]) -> str:
    value = texts[0]
    for at, text in enumerate(texts[1:], start=1):
        value = f"if({place} = {at}, {text}, {value})"
    return value
