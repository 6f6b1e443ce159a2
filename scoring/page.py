"""The page of the phone that shows the provisional score, in every language of the form (EXPECTATIONS F5, P12)."""

from __future__ import annotations

from dataclasses import dataclass

from forms.workbook import Row
from scoring.explain import language_of
from scoring.model import Dimension, Rubric, Text
from scoring.xpath import all_of, fixed, literal, number

STEPS = (1, 2, 3)
"""Places in the list of nearest improvements."""

_WORDS = {
    "id": {
        "head": "Skor sementara",
        "note": "Angka ini sementara. Skor akhir dihitung di server setelah ditinjau.",
        "total": "**Skor sementara: {total}**\n\nKelas: {band}\n\nRentang: {lower} – {upper}\n\nKelengkapan data: {complete} %",
        "short": "**Data belum cukup** untuk menghitung skor. Kelengkapan data: {complete} %",
        "little": "data belum cukup",
        "unsure": " (sementara)",
        "evidence": "Bukti dukung belum ada, nilai dibatasi: {codes}",
        "gates": "Syarat kelas yang lebih tinggi belum terpenuhi: {gates}",
        "steps": "Perbaikan terdekat, satu tingkat naik:\n\n{steps}",
        "step": "+{points} poin",
        "proof": "lengkapi bukti dukung",
        "ready": "**Kesiapan pembentukan (sementara): {ready}**",
        "notready": "**Data belum cukup** untuk menghitung kesiapan pembentukan.",
    },
    "en": {
        "head": "Provisional score",
        "note": "This figure is provisional. The server computes the score after review.",
        "total": "**Provisional score: {total}**\n\nClass: {band}\n\nRange: {lower} – {upper}\n\nCompleteness: {complete} %",
        "short": "**Not enough data** for a score. Completeness: {complete} %",
        "little": "not enough data",
        "unsure": " (provisional)",
        "evidence": "Evidence missing, score capped: {codes}",
        "gates": "Not yet met for a higher class: {gates}",
        "steps": "Nearest improvements, one step up:\n\n{steps}",
        "step": "+{points} points",
        "proof": "add the evidence",
        "ready": "**Readiness to form (provisional): {ready}**",
        "notready": "**Not enough data** for the readiness to form.",
    },
}


@dataclass(frozen=True, slots=True)
class Page:
    """`columns` are the survey's label columns with their language; conditions are "" when they always hold."""

    rubric: Rubric
    columns: dict[str, str]
    formed: str
    getting_ready: str

    def head(self, group: str) -> Row:
        texts = {column: _WORDS[language_of(name)]["head"] for column, name in self.columns.items()}
        return {"type": "begin_group", "name": group, "appearance": "field-list", **texts}

    def calculates(self) -> list[Row]:
        """Return the texts that notes show: figures with each language's comma, class, what lacks evidence."""
        rows = self._evidence()
        for place, name in enumerate(self.columns.values(), start=1):
            rows += self._texts(place, name)
        return rows

    def first(self) -> list[Row]:
        """Return the notes at the head of the page: that it is provisional, the total or the readiness."""
        rows = [
            self._note("skor_ket", "note", ""),
            self._note("skor_ket_total", "total", all_of([self.formed, "${skor_total} != ''"])),
            self._note("skor_ket_kurang", "short", all_of([self.formed, "${skor_total} = ''"])),
        ]
        if self.rubric.readiness:
            ready, not_ready = (all_of([self.getting_ready, f"${{skor_kesiapan}} {sign} ''"]) for sign in ("!=", "="))
            rows.append(self._note("skor_ket_siap", "ready", ready))
            rows.append(self._note("skor_ket_belum_siap", "notready", not_ready))
        return rows

    def dimension(self, part: Dimension, when: str) -> Row:
        """Return the note on one dimension: "A. Kelembagaan dan legalitas: 72,50"."""
        row: Row = {"type": "note", "name": f"skor_ket_{part.code.lower()}", **({"relevant": when} if when else {})}
        for place, (column, name) in enumerate(self.columns.items(), start=1):
            label, figure = said(part.label, name, part.code), f"${{skor_{part.code.lower()}_{place}}}"
            row[column] = f"{part.code}. {label}: {figure}"
        return row

    def steps(self) -> Row:
        return self._note("skor_ket_saran", "steps", all_of([self.formed, "${skor_saran_1} != ''"]))

    def last(self) -> list[Row]:
        """Return the notes on what holds the score or the class down."""
        rows = [self._note("skor_ket_bukti", "evidence", all_of([self.formed, "${skor_bukti_kurang} != ''"]))]
        if self.rubric.gates:
            held = all_of([self.formed, "${skor_total} != ''", "${skor_syarat_1} != ''"])
            rows.append(self._note("skor_ket_syarat", "gates", held))
        return rows

    def _texts(self, place: int, name: str) -> list[Row]:
        language = language_of(name)
        shown = ["total", "bawah", "atas", "kelengkapan", *(["kesiapan"] if self.rubric.readiness else [])]
        rows = [_calculate(f"skor_{what}_{place}", _comma(f"${{skor_{what}}}", language)) for what in shown]
        little = literal(_WORDS[language]["little"])
        ready = [self.rubric.readiness.part] if self.rubric.readiness else []
        for part in (*self.rubric.dimensions, *ready):
            figure = f"${{skor_{part.code.lower()}}}"
            value = f"if({figure} = '', {little}, {_comma(figure, language)})"
            rows.append(_calculate(f"skor_{part.code.lower()}_{place}", value))
        if self.rubric.bands:
            unsure = f"if(${{skor_rentang_kelas}} = 1, {literal(_WORDS[language]['unsure'])}, '')"
            labels = [literal(said(band.label, name, band.code)) for band in self.rubric.bands]
            value = "".join(f"if(${{sk_kelas}} = '{at}', {label}, ''), " for at, label in enumerate(labels))
            rows.append(_calculate(f"skor_kelas_{place}", f"if(${{sk_kelas}} = '', '', concat({value}{unsure}))"))
        rows += [_calculate(f"skor_saran_{step}_{place}", self._step(step, name)) for step in STEPS]
        if self.rubric.gates:
            failed = [f"if(${{sk_y_{g.code.lower()}}} = 1, '', {literal('; ' + said(g.label, name, g.code))})"
                      for g in self.rubric.gates]  # fmt: skip
            rows.append(_calculate(f"skor_syarat_{place}", f"substr(concat({', '.join(failed)}, ''), 2)"))
        return rows

    def _step(self, step: int, name: str) -> str:
        """Return one improvement in words: "C13 Realisasi kegiatan RKM: +0,89 poin (lengkapi bukti dukung)"."""
        code, words, language = f"${{skor_saran_{step}}}", _WORDS[language_of(name)], language_of(name)
        found = [i for d in self.rubric.dimensions for i in d.indicators]
        labels = [(i.code, literal(f"{i.code} {said(i.label, name, i.code)}")) for i in found]
        label = ", ".join(f"if({code} = '{indicator}', {text}, '')" for indicator, text in labels)
        shown = literal(f" ({words['proof']})")
        proof = f"if(contains(concat(' ', ${{skor_bukti_kurang}}, ','), concat(' ', {code}, ',')), {shown}, '')"
        head, tail = (literal(text) for text in f": {words['step']}".split("{points}"))
        points = fixed(f"${{sk_p{step}}}", "," if language == "id" else ".")
        return f"if({code} = '', '', concat({label}, {head}, {points}, {tail}, {proof}))"

    def _evidence(self) -> list[Row]:
        """Add the codes of the indicators whose score is capped for want of evidence: "A1, C6".

        First by dimension, so that one answer does not make the phone look at all of them again.
        """
        rows = [_calculate(f"sk_b_{part.code.lower()}", _capped(part)) for part in self.rubric.dimensions]
        codes = ", ".join(f"${{{row['name']}}}" for row in rows)
        return [*rows, _calculate("skor_bukti_kurang", f"substr(concat({codes}, ''), 2)")]

    def _note(self, name: str, key: str, relevant: str) -> Row:
        row: Row = {"type": "note", "name": name, **({"relevant": relevant} if relevant else {})}
        for place, (column, language) in enumerate(self.columns.items(), start=1):
            row[column] = _WORDS[language_of(language)][key].format(
                total=f"${{skor_total_{place}}}",
                lower=f"${{skor_bawah_{place}}}",
                upper=f"${{skor_atas_{place}}}",
                complete=f"${{skor_kelengkapan_{place}}}",
                band=f"${{skor_kelas_{place}}}" if self.rubric.bands else "–",
                gates=f"${{skor_syarat_{place}}}",
                steps="\n\n".join(f"${{skor_saran_{step}_{place}}}" for step in STEPS),
                codes="${skor_bukti_kurang}",
                ready=f"${{skor_kesiapan_{place}}}",
            )
        return row


def said(text: Text, language: str, code: str) -> str:
    """Return the text in this language, else in any, else the code."""
    return text.get(language) or next((words for words in text.values() if words), code)


def _capped(part: Dimension) -> str:
    found = [(i.code, i.code.lower(), number(i.cap)) for i in part.indicators if i.evidence_refs]
    texts = [f"if(${{sk_u_{c}}} > {cap} and ${{sk_s_{c}}} = {cap}, ', {code}', '')" for code, c, cap in found]
    return f"concat({', '.join([*texts, literal('')])})"


def _calculate(name: str, calculation: str) -> Row:
    return {"type": "calculate", "name": name, "calculation": calculation}


def _comma(figure: str, language: str) -> str:
    return f"translate({figure}, '.', ',')" if language == "id" else figure
