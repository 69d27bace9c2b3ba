"""The section of contrasts: what helps what, with intervals, tests and ranks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from codem_ray.analysis.transfer_results import Margin, Tested, TransferStudy
from codem_ray.report.fact_tables import FactTable
from codem_ray.report.findings import size_text
from codem_ray.report.matrix_layout import display_name
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

_NOTE = (
    "Gains over base between programming languages, with seeds pooled. The p-values of the "
    "contrasts are adjusted together (Holm), those of donors and of recipients among themselves. "
    "A rank is a range where the tests cannot separate the languages."
)


_FIELDS = {
    "own": "Own language",
    "other": "Other languages",
    "related": "Related pairs",
    "over_control": "Best control",
    "interaction": "Interaction",
    "donors": "Donors",
    "recipients": "Recipients",
    "largest": "Largest gain",
    "similarity": "Similarity of languages",
    "parts": "Parts of gains",
}
"""Names of the study's fields in the notes on what could not be computed."""


class NamedStudy(NamedTuple):
    """A study with the name of its metric and the pairs that count as related."""

    name: str
    study: TransferStudy
    related: Collection[frozenset[str]]


def compute(data: ReportData) -> list[NamedStudy]:
    """Return the studies of pass@k and of losses, as far as there are any."""
    named = ((f"pass@{data.matrix.k}", data.study), ("loss", data.loss_study))
    related = data.evaluation.related_pairs
    return [NamedStudy(name, study, related) for name, study in named if study is not None]


def render(studies: Sequence[NamedStudy]) -> RenderedSection:
    """Render tables of contrasts, related pairs, donors and recipients for each metric."""
    tables = [table for named in studies for table in _tables(*named) if table.rows]
    if not tables:
        return RenderedSection(html="")
    html = render_template("fact_tables.html.j2", note=_NOTE, tables=tables)
    return RenderedSection(html=html)


def _tables(
    name: str, study: TransferStudy, related: Collection[frozenset[str]]
) -> list[FactTable]:
    return [
        _contrasts(study, name),
        _related_pairs(study, name, related),
        _margins(study, study.donors, f"Donors, by {name}: mean gain in other languages"),
        _margins(study, study.recipients, f"Recipients, by {name}: mean gain from other languages"),
    ]


def _contrasts(study: TransferStudy, name: str) -> FactTable:
    rows = [
        (
            contrast.title.replace("`", ""),
            contrast.text(study.metric),
            _p_value(contrast.p_adjusted),
            _verdict(study, contrast),
            size_text(contrast.detectable, study.metric),
        )
        for contrast in study.contrasts
    ]
    if study.interaction is not None:
        rows.append(
            (
                "Interaction: it matters which source is used for which target",
                f"cells vary by {size_text(study.interaction.deviation, study.metric)}",
                _p_value(study.interaction.p_adjusted),
                _verdict(study, study.interaction),
                "–",
            )
        )
    rows += [
        (
            f"Gains follow the similarity of languages in {test.similarity}",
            f"correlation {test.correlation:+.2f}".replace("-", "−"),
            _p_value(test.p_adjusted),
            _verdict(study, test),
            "–",
        )
        for test in study.similarity
    ]
    notes = [f"{_FIELDS[field]}: {reason}." for field, reason in study.missing.items()]
    if (largest := study.largest) is not None:
        shrunk = replace(largest.gain, value=largest.shrunk, low=largest.low, high=largest.high)
        notes.insert(
            0,
            f"The largest gain between languages is {display_name(largest.source)} → "
            f"{display_name(largest.target)}, {largest.gain.text(study.metric)}. It was chosen "
            f"because it is the largest; corrected for that, it is {shrunk.text(study.metric)}.",
        )
    return FactTable(
        heading=f"Contrasts, by {name}",
        columns=("contrast", "estimate", "p adjusted", "verdict", "smallest detectable"),
        rows=tuple(rows),
        numeric=(False, True, True, False, True),
        note=" ".join(notes).replace("`", ""),
    )


def _related_pairs(
    study: TransferStudy, name: str, related: Collection[frozenset[str]]
) -> FactTable:
    """Return each related pair's gain beyond what unrelated pairs predict."""
    return FactTable(
        heading=f"Related pairs, by {name}: gain beyond what unrelated pairs predict",
        columns=("tuned on", "tested on", "estimate", "p adjusted", "verdict"),
        rows=tuple(
            (
                display_name(part.source),
                display_name(part.target),
                part.pair.text(study.metric),
                _p_value(part.pair.p_adjusted),
                _verdict(study, part.pair),
            )
            for part in study.parts
            if part.pair is not None and frozenset((part.source, part.target)) in related
        ),
        numeric=(False, False, True, True, False),
    )


def _margins(study: TransferStudy, margins: Sequence[Margin], heading: str) -> FactTable:
    is_unordered = all((m.rank_low, m.rank_high) == (1, len(margins)) for m in margins)
    return FactTable(
        heading=heading,
        columns=("language", "mean gain", "p adjusted", "rank"),
        rows=tuple(
            (
                display_name(margin.name),
                margin.effect.text(study.metric),
                _p_value(margin.effect.p_adjusted),
                _rank(margin),
            )
            for margin in margins
        ),
        numeric=(False, True, True, True),
        note="The tests cannot tell which is best." if len(margins) > 1 and is_unordered else "",
    )


def _rank(margin: Margin) -> str:
    if margin.rank_low == margin.rank_high:
        return str(margin.rank_low)
    return f"{margin.rank_low}–{margin.rank_high}"


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.2g}"


def _verdict(study: TransferStudy, result: Tested) -> str:
    return "significant" if study.is_significant(result) else "not significant"


SECTION = ReportSection(
    name="contrasts", title="What helps what", order=100, compute=compute, render=render
)
