"""The problems that every target has, as tables in which languages may be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codem_ray.analysis import CommonScore
from codem_ray.report.matrix_layout import display_name, format_percent

_MEAN = "all"


@dataclass(frozen=True, slots=True)
class CommonTable:
    """Scores of all models on the problems of one set that its targets share."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


def common_tables(scores: Sequence[CommonScore]) -> list[CommonTable]:
    """Lay out scores by problem set, a row for each model and a last column of means."""
    return [
        _table([one for one in scores if one.problem_set == name])
        for name in dict.fromkeys(one.problem_set for one in scores)
    ]


def _table(scores: Sequence[CommonScore]) -> CommonTable:
    first = scores[0]
    by_place = {(one.source, one.prompt_style, one.target, one.benchmark): one for one in scores}
    columns = list(dict.fromkeys((s.target, s.benchmark) for s in scores if s.target != _MEAN))
    models = list(dict.fromkeys((one.source, one.prompt_style) for one in scores))
    targets = [target for target, _ in columns]
    labels = [
        display_name(target)
        if targets.count(target) == 1
        else f"{display_name(target)} ({benchmark})"
        for target, benchmark in columns
    ]
    rows = []
    for source, style in models:
        mean = by_place[source, style, _MEAN, ""]
        low, high = (format_percent(bound, mean.problems) for bound in (mean.ci_low, mean.ci_high))
        rows.append(
            (
                f"{display_name(source)} · {style}",
                *(_score(by_place[source, style, *column]) for column in columns),
                f"{_score(mean)} ({low}–{high})",
                _gain(mean),
            )
        )
    return CommonTable(
        heading=f"{first.problem_set}: the {first.problems} problems that all {first.targets} "
        "benchmarks have",
        columns=("model", *labels, "mean", "gain of the mean"),
        rows=tuple(rows),
        note=_note(scores, dict(zip(columns, labels, strict=True))),
    )


def _score(one: CommonScore) -> str:
    return format_percent(one.pass_at_k, one.problems)


def _gain(one: CommonScore) -> str:
    if one.gain is None or one.gain_ci_low is None or one.gain_ci_high is None:
        return "–"
    gain, low, high = (
        format_percent(value, one.problems, is_signed=True)
        for value in (one.gain, one.gain_ci_low, one.gain_ci_high)
    )
    return f"{gain} ({low} to {high})"


def _note(scores: Sequence[CommonScore], labels: dict[tuple[str, str], str]) -> str:
    """Say which target is hardest for base, and which source is best over all of them."""
    parts = []
    reference = next((s for s in scores if s.source == "base" and s.gain is None), None)
    if reference is not None:
        own = [
            one
            for one in scores
            if (one.source, one.prompt_style) == ("base", reference.prompt_style)
            and one.target != _MEAN
        ]
        ranked = sorted(own, key=lambda one: one.pass_at_k)
        parts.append(
            f"For base ({reference.prompt_style} prompt), hardest first: "
            + ", ".join(f"{labels[one.target, one.benchmark]} {_score(one)}" for one in ranked)
            + "."
        )
    means = [
        one
        for one in scores
        if one.target == _MEAN and one.source != "base" and one.gain is not None
    ]
    if means:
        best = max(means, key=lambda one: one.gain or 0.0)
        parts.append(
            f"Best source over all targets: {display_name(best.source)}, {_gain(best)} points."
        )
    return " ".join(parts)
