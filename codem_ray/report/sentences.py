"""The sentences of the report: headline, mean gains, statistical power, warnings."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.analysis import MatrixCell, MeanGain, lowest_p_value, mean_gain
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import ProcessLayout
from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.matrix_layout import display_name, format_percents
from codem_ray.report.report_data import ReportData
from codem_ray.wording import plural

_MAX_NAMES = 8
"""A warning names this many cells and counts the rest."""


def headline(data: ReportData) -> str:
    """Describe the effect of tuning on one language on the scores in others."""
    matrix = data.matrix
    transfer = [cell for cell in data.tested if _is_transfer(cell)]
    if not transfer:
        sources = {cell.source for cell in matrix.cells.values()}
        models = f"{plural(len(sources), 'model')} on {plural(len(matrix.columns), 'target')}"
        if data.tested:
            return f"{models}; none was tuned on one language and tested on another."
        if sources == {"base"}:
            return f"{models}; there is no tuned model to compare with base."
        if "base" not in sources:
            return f"{models}; base is not among the models, so there are no gains."
        return f"{models}; base was not scored on the same problems, so there are no gains."
    num_above = sum((cell.gain or 0) > 0 for cell in transfer)
    num_below = sum((cell.gain or 0) < 0 for cell in transfer)
    num_significant = sum(data.is_significant(cell) for cell in transfer)
    verb = "is" if num_significant < 2 else "are"
    text = (
        f"In {plural(len(transfer), 'cell')} a model is tested on another language than the one it "
        f"was tuned on: {num_above} score above base, {num_below} below. "
        f"{num_significant or 'None'} of these differences {verb} statistically significant."
    )
    best = max(transfer, key=lambda cell: cell.gain or 0)
    if best.gain:
        gain, low, high = format_percents(
            best.problems, best.gain, best.gain_ci_low, best.gain_ci_high, is_signed=True
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


def transfer_sentences(data: ReportData) -> list[str]:
    """Describe the mean gain over base in each prompt style, the baseline style first."""
    styles = sorted(PromptStyle, key=lambda style: style != data.evaluation.baseline_style)
    gains = [
        mean_gain(
            data.inputs.results,
            is_between_programming_languages,
            baseline_style=style,
            k=data.matrix.k,
            intervals=data.intervals,
        )
        for style in styles
    ]
    confidence = data.evaluation.confidence
    return [mean_gain_sentence(gain, confidence=confidence) for gain in gains if gain]


def mean_gain_sentence(mean: MeanGain, *, confidence: float) -> str:
    """Describe a mean gain between programming languages."""
    return (
        f"Mean gain of {plural(mean.cells, 'cell')} between programming languages "
        f"({plural(mean.sources, 'source')}, {plural(mean.targets, 'target')}) over base asked "
        f"by {mean.baseline_style}: {100 * mean.gain:+.1f} points "
        f"({100 * confidence:.0f} % interval {100 * mean.low:+.1f} to {100 * mean.high:+.1f}, "
        "by groups of problems).".replace("-", "−")
    )


def power_note(data: ReportData) -> str:
    """State which gain the design can detect, or why it can detect none."""
    if not data.tested:
        return "No gain is measured."
    lowest = lowest_p_value(data.num_groups, len(data.tested))
    if lowest > data.evaluation.alpha:
        return (
            f"The problems of a target form only {data.num_groups} independent groups. "
            f"With {len(data.tested)} comparisons no adjusted p-value can be below "
            f"{min(1.0, lowest):.2g}, so no single gain can be significant. "
            "Read gains by their intervals, or add groups of problems."
        )
    size = (
        "no gain at all"
        if data.detectable is None
        else f"a gain of about {100 * data.detectable:.0f} points or more"
    )
    return (
        f"With {plural(data.num_groups, 'independent group')} of problems per target and "
        f"{plural(len(data.tested), 'comparison')} this design "
        f"detects {size} with 80 % power, if a quarter of the outcomes differ."
    )


def warnings_of(data: ReportData) -> list[str]:
    """Describe why the matrix is incomplete or not comparable, most serious first."""
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


def _count_are(number: int, noun: str) -> str:
    return f"{plural(number, noun)} {'is' if number == 1 else 'are'}"


def first_names(names: Sequence[str]) -> str:
    """Join the first names and count the rest."""
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more
