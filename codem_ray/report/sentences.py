"""The sentences of the report: headline, mean gains, statistical power, warnings."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.analysis import MatrixCell, MeanGain
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import ProcessLayout
from codem_ray.records import Outcome
from codem_ray.report.matrix_layout import Matrix, display_name, format_percent
from codem_ray.report.report_data import ReportData
from codem_ray.report.significance import detectable_gain, lowest_p_value, tested_cells

_MAX_NAMES = 8
"""A warning names this many cells and counts the rest."""


def headline(matrix: Matrix, *, alpha: float) -> str:
    """Return the first sentence of the report: what tuning on one language did to others."""
    tested = tested_cells(matrix)
    transfer = [cell for cell in tested if _is_transfer(cell)]
    if not transfer:
        sources = {cell.source for cell in matrix.cells.values()}
        models = f"{_count(len(sources), 'model')} on {_count(len(matrix.columns), 'target')}"
        if tested:
            return f"{models}; none was tuned on one language and tested on another."
        if sources == {"base"}:
            return f"{models}; there is no tuned model to compare with base."
        return f"{models}; base was not scored on the same problems, so there are no gains."
    num_above = sum((cell.gain or 0) > 0 for cell in transfer)
    num_below = sum((cell.gain or 0) < 0 for cell in transfer)
    significant = [
        cell for cell in transfer if cell.p_adjusted is not None and cell.p_adjusted <= alpha
    ]
    verb = "is" if len(significant) < 2 else "are"
    text = (
        f"In {_count(len(transfer), 'cell')} a model is tested on another language than the one it "
        f"was tuned on: {num_above} score above base, {num_below} below. "
        f"{len(significant) or 'None'} of these differences {verb} statistically significant."
    )
    best = max(transfer, key=lambda cell: cell.gain or 0)
    if best.gain and best.gain_ci_low is not None and best.gain_ci_high is not None:
        gain, low, high = (
            format_percent(value, best.problems, is_signed=True)
            for value in (best.gain, best.gain_ci_low, best.gain_ci_high)
        )
        text += (
            f" The largest gain is from {display_name(best.source)} to "
            f"{display_name(best.target)}: {gain} points ({low} to {high})."
        )
    return text


def is_between_programming_languages(source: str, target: str) -> bool:
    """Whether a model is tuned on one programming language and tested on another."""
    return source != target and all(
        name in LANGUAGES and LANGUAGES[name].process_layout is not ProcessLayout.PAGES
        for name in (source, target)
    )


def _is_transfer(cell: MatrixCell) -> bool:
    # Mixtures and controls hold several languages or none, so their gains are not transfer.
    tuned_on = cell.source.split("-then-")
    return all(name in LANGUAGES for name in tuned_on) and cell.target not in tuned_on


def mean_gain_sentences(gains: Sequence[MeanGain], *, confidence: float) -> list[str]:
    """Describe mean gains between programming languages, each over base in one prompt style."""
    return [
        f"Mean gain of {_count(mean.cells, 'cell')} between programming languages "
        f"({_count(mean.sources, 'source')}, {_count(mean.targets, 'target')}) over base asked "
        f"by {mean.baseline_style}: {100 * mean.gain:+.1f} points "
        f"({100 * confidence:.0f} % interval {100 * mean.low:+.1f} to {100 * mean.high:+.1f}, "
        "by groups of problems).".replace("-", "−")
        for mean in gains
    ]


def power_note(matrix: Matrix, *, alpha: float, num_groups: int) -> str:
    """Say which gain the design can detect, or why it can detect none."""
    tested = tested_cells(matrix)
    if not tested:
        return "No gain is measured."
    problems = min(cell.problems for cell in tested)
    lowest = lowest_p_value(matrix, num_groups)
    if lowest > alpha:
        return (
            f"The {problems} problems per target form only {num_groups} independent groups. With "
            f"{len(tested)} comparisons no adjusted p-value can be below {min(1.0, lowest):.2g}, "
            "so no single gain can be significant. Read gains by their intervals, or add groups "
            "of problems."
        )
    detectable = detectable_gain(matrix, alpha=alpha, num_groups=num_groups)
    size = (
        "no gain at all"
        if detectable is None
        else f"a gain of about {100 * detectable:.0f} points or more"
    )
    return (
        f"With {problems} problems per target and {len(tested)} comparisons this design detects "
        f"{size} with 80 % power, if a quarter of the outcomes differ."
    )


def warnings_of(data: ReportData) -> list[str]:
    """Return what makes the matrix incomplete or not comparable, most serious first."""
    warnings: list[str] = []
    if data.missing:
        names = [
            f"{display_name(key.source)} × {key.benchmark} (seed {key.seed})"
            for key in data.missing
        ]
        warnings.append(f"{_count_are(len(names), 'cell')} missing: {first_names(names)}.")
    incomplete = dict.fromkeys(
        f"{display_name(cell.source)} × {cell.benchmark}"
        for cell in data.cells
        if cell.incomplete and cell.seed != "all"
    )
    if incomplete:
        warnings.append(
            f"{_count_are(len(incomplete), 'cell')} incomplete because some verdicts are missing; "
            f"the same command tries again: {first_names(list(incomplete))}."
        )
    if data.is_limited:
        warnings.append(
            "Limited: only the first problems of each benchmark were used (--limit). "
            "These scores are not comparable with those of whole benchmarks."
        )
    num_not_run = sum(counter[Outcome.NOT_RUN] for counter in data.outcome_counts.values())
    if num_not_run:
        warnings.append(
            f"{_count_are(num_not_run, 'answer')} not run, because a tool that the problem needs "
            "is missing on this machine; they are in no denominator."
        )
    return warnings


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _count_are(number: int, noun: str) -> str:
    return f"{_count(number, noun)} {'is' if number == 1 else 'are'}"


def first_names(names: Sequence[str]) -> str:
    """Join the first names and count the rest."""
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more
