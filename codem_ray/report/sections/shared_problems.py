"""The section that compares languages on the problems that every target has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from codem_ray.analysis import ALL_TARGETS, CommonScore, common_csv, common_subset
from codem_ray.report.fact_tables import FactTable
from codem_ray.report.matrix_layout import display_name, format_percent, format_percents
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

FILE = "common_subset.csv"
_NOTE = (
    "Benchmarks of different languages have different problems, so the scores above do not show "
    "which language is harder. This section uses only problems that every target has, that are "
    f"quarantined in none, and that every model was scored on. The same rows are in {FILE}."
)


def compute(data: ReportData) -> list[CommonScore]:
    """Score all models on the shared problems; empty if the targets share none."""
    return common_subset(
        data.inputs.results,
        baseline_style=data.evaluation.baseline_style,
        k=data.matrix.k,
        intervals=data.intervals,
    )


def render(scores: Sequence[CommonScore]) -> RenderedSection:
    """Render a table per problem set, and the CSV file."""
    by_set: dict[str, list[CommonScore]] = defaultdict(list)
    for score in scores:
        by_set[score.problem_set].append(score)
    tables = [_table(of_set) for of_set in by_set.values()]
    html = render_template("fact_tables.html.j2", note=_NOTE, tables=tables) if tables else ""
    return RenderedSection(html=html, files={FILE: common_csv(scores).encode()})


def _table(scores: Sequence[CommonScore]) -> FactTable:
    """Lay out the scores of a problem set, with a row per model and a column of means."""
    labels = _benchmark_labels(scores)
    by_model: dict[str, dict[str, CommonScore]] = defaultdict(dict)
    for score in scores:
        model = f"{display_name(score.source)} · {score.prompt_style}"
        by_model[model][score.benchmark] = score
    rows = []
    for model, by_benchmark in by_model.items():
        mean = by_benchmark[""]
        low, high = format_percents(mean.problems, mean.ci_low, mean.ci_high)
        targets = [_score(by_benchmark[benchmark]) for benchmark in labels]
        rows.append((model, *targets, f"{_score(mean)} ({low}–{high})", _gain(mean)))
    first = scores[0]
    return FactTable(
        heading=f"{first.problem_set}: the {first.problems} problems that all {first.targets} "
        "benchmarks have",
        columns=("model", *labels.values(), "mean", "gain of the mean"),
        rows=tuple(rows),
        numeric=(False, *([True] * (len(labels) + 2))),
        note=_conclusions(scores, labels),
    )


def _benchmark_labels(scores: Sequence[CommonScore]) -> dict[str, str]:
    """Return the label of each benchmark: its target, and its name if the target has several."""
    targets = {s.benchmark: s.target for s in scores if s.target != ALL_TARGETS}
    several = [target for target in targets.values() if list(targets.values()).count(target) > 1]
    return {
        benchmark: display_name(target) + (f" ({benchmark})" if target in several else "")
        for benchmark, target in targets.items()
    }


def _score(score: CommonScore) -> str:
    return format_percent(score.pass_at_k, score.problems)


def _gain(score: CommonScore) -> str:
    gain, low, high = format_percents(
        score.problems, score.gain, score.gain_ci_low, score.gain_ci_high, is_signed=True
    )
    return gain if score.gain is None else f"{gain} ({low} to {high})"


def _conclusions(scores: Sequence[CommonScore], labels: Mapping[str, str]) -> str:
    """Name the hardest target for base, and the best source over all targets."""
    sentences = []
    # Base has no gain over itself in the baseline style.
    base = [score for score in scores if score.source == "base" and score.gain is None]
    if base:
        style = base[0].prompt_style
        of_style = [score for score in base if score.prompt_style == style and score.benchmark]
        ranked = sorted(of_style, key=lambda score: score.pass_at_k)
        listed = ", ".join(f"{labels[s.benchmark]} {_score(s)}" for s in ranked)
        sentences.append(f"For base ({style} prompt), hardest first: {listed}.")
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
