"""The section that compares languages on the problems that every target has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray.analysis import ALL_TARGETS, CommonScore, common_csv, common_subset
from codem_ray.report.fact_tables import FactTable
from codem_ray.report.matrix_layout import display_name, format_percent
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

FILE = "common_subset.csv"
_NOTE = (
    "Benchmarks of different languages have different problems, so the scores above do not show "
    "which language is harder. This section uses only problems that every target has, that are "
    f"quarantined in none, and that every model was scored on. The same rows are in {FILE}."
)


@dataclass(frozen=True, slots=True)
class SharedProblems:
    """Scores on the shared problems; none if the targets share no problems."""

    scores: tuple[CommonScore, ...]


def compute(data: ReportData) -> SharedProblems:
    """Score all models on the shared problems."""
    return SharedProblems(
        tuple(
            common_subset(
                data.inputs.results,
                baseline_style=data.evaluation.baseline_style,
                k=data.matrix.k,
                intervals=data.intervals,
            )
        )
    )


def render(shared: SharedProblems) -> RenderedSection:
    """Render a table per problem set, and the CSV file."""
    html = ""
    if shared.scores:
        tables = score_tables(shared.scores)
        html = render_template("fact_tables.html.j2", note=_NOTE, tables=tables)
    return RenderedSection(html=html, files={FILE: common_csv(shared.scores).encode()})


def score_tables(scores: Sequence[CommonScore]) -> list[FactTable]:
    """Lay out scores by problem set, with a row per model and a column of means."""
    return [
        _table([score for score in scores if score.problem_set == name])
        for name in dict.fromkeys(score.problem_set for score in scores)
    ]


def _table(scores: Sequence[CommonScore]) -> FactTable:
    first = scores[0]
    by_cell = {(s.source, s.prompt_style, s.target, s.benchmark): s for s in scores}
    columns = list(
        dict.fromkeys((s.target, s.benchmark) for s in scores if s.target != ALL_TARGETS)
    )
    targets = [target for target, _ in columns]
    labels = {
        (target, benchmark): display_name(target)
        if targets.count(target) == 1
        else f"{display_name(target)} ({benchmark})"
        for target, benchmark in columns
    }
    rows = []
    for source, style in dict.fromkeys((s.source, s.prompt_style) for s in scores):
        mean = by_cell[source, style, ALL_TARGETS, ""]
        low, high = (format_percent(bound, mean.problems) for bound in (mean.ci_low, mean.ci_high))
        rows.append(
            (
                f"{display_name(source)} · {style}",
                *(_score(by_cell[source, style, *column]) for column in columns),
                f"{_score(mean)} ({low}–{high})",
                _gain(mean),
            )
        )
    return FactTable(
        heading=f"{first.problem_set}: the {first.problems} problems that all {first.targets} "
        "benchmarks have",
        columns=("model", *labels.values(), "mean", "gain of the mean"),
        rows=tuple(rows),
        numeric=(False, *([True] * (len(labels) + 2))),
        note=_conclusions(scores, labels),
    )


def _score(score: CommonScore) -> str:
    return format_percent(score.pass_at_k, score.problems)


def _gain(score: CommonScore) -> str:
    if score.gain is None or score.gain_ci_low is None or score.gain_ci_high is None:
        return "–"
    gain, low, high = (
        format_percent(value, score.problems, is_signed=True)
        for value in (score.gain, score.gain_ci_low, score.gain_ci_high)
    )
    return f"{gain} ({low} to {high})"


def _conclusions(scores: Sequence[CommonScore], labels: dict[tuple[str, str], str]) -> str:
    """Say which target is hardest for base, and which source is best over all of them."""
    sentences = []
    # Base has no gain over itself in the baseline style.
    styles = [s.prompt_style for s in scores if s.source == "base" and s.gain is None]
    if styles:
        ranked = sorted(
            (
                score
                for score in scores
                if (score.source, score.prompt_style) == ("base", styles[0])
                and score.target != ALL_TARGETS
            ),
            key=lambda score: score.pass_at_k,
        )
        listed = ", ".join(f"{labels[s.target, s.benchmark]} {_score(s)}" for s in ranked)
        sentences.append(f"For base ({styles[0]} prompt), hardest first: {listed}.")
    means = [
        score
        for score in scores
        if score.target == ALL_TARGETS and score.source != "base" and score.gain is not None
    ]
    if means:
        best = max(means, key=lambda score: score.gain or 0.0)
        sentences.append(
            f"Best source over all targets: {display_name(best.source)}, {_gain(best)} points."
        )
    return " ".join(sentences)


SECTION = ReportSection(
    name="common", title="Between languages", order=300, compute=compute, render=render
)
