"""What a sweep found, and what its reader must know first, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from codem_ray.analysis import CellKey, MatrixCell, MeanGain, smallest_detectable_gain
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import ProcessLayout
from codem_ray.report.matrix_layout import Matrix, display_name, format_percent

_NAMED = 8
"""Cells that a warning names before it counts the rest."""


def headline(matrix: Matrix, *, alpha: float) -> str:
    """Return the sentence that opens the report: what tuning on one language did to others."""
    single = [cell for cell in _family(matrix) if _is_transfer(cell)]
    if not single:
        sources = {cell.source for cell in matrix.cells.values()}
        models = f"{_number(len(sources), 'model')} on {_number(len(matrix.columns), 'target')}"
        if _family(matrix):
            return f"{models}; none was tuned on one language and tested on another."
        if sources == {"base"}:
            return f"{models}; no tuned model is here to be compared with base."
        return f"{models}; there is no base on the same problems, so no gain is given."
    up = sum((cell.gain or 0) > 0 for cell in single)
    down = sum((cell.gain or 0) < 0 for cell in single)
    sure = [cell for cell in single if cell.p_adjusted is not None and cell.p_adjusted <= alpha]
    best = max(single, key=lambda cell: cell.gain or 0)
    cells = "cell" if len(single) == 1 else "cells"
    text = (
        f"Of {len(single)} {cells} where a model answers in a language other than the one it was "
        f"tuned on, {up} score above base and {down} below; "
        f"{len(sure) or 'none'} of these differences can be told from chance."
    )
    if best.gain and best.gain_ci_low is not None and best.gain_ci_high is not None:
        low, high = (
            format_percent(bound, best.problems, is_signed=True)
            for bound in (best.gain_ci_low, best.gain_ci_high)
        )
        text += (
            f" The largest: {display_name(best.source)} to {display_name(best.target)}, "
            f"{format_percent(best.gain, best.problems, is_signed=True)} points ({low} to {high})."
        )
    return text


def is_between_programs(source: str, target: str) -> bool:
    """Say whether a cell is tuned on one programming language and tested on another."""
    return source != target and all(
        name in LANGUAGES and LANGUAGES[name].process_layout is not ProcessLayout.PAGES
        for name in (source, target)
    )


def transfer_notes(gains: Sequence[MeanGain], *, confidence: float) -> list[str]:
    """Say what the mean gain between programming languages is, over base asked in each style."""
    return [
        f"Mean gain of {_number(found.cells, 'cell')} between programming languages "
        f"({_number(found.sources, 'source')}, {_number(found.targets, 'target')}) over base asked "
        f"by {found.baseline_style}: {100 * found.gain:+.1f} points "
        f"({100 * confidence:.0f} % interval {100 * found.low:+.1f} to {100 * found.high:+.1f}, "
        "by groups of problems).".replace("-", "−")
        for found in gains
    ]


def _is_transfer(cell: MatrixCell) -> bool:
    # Mixtures and controls hold several languages or none, so their gains are no transfer.
    tuned_on = cell.source.split("-then-")
    return all(name in LANGUAGES for name in tuned_on) and cell.target not in tuned_on


def _family(matrix: Matrix) -> list[MatrixCell]:
    return [
        cell for cell in matrix.cells.values() if cell.gain is not None and cell.source != "base"
    ]


def detectable_gain(matrix: Matrix, *, alpha: float, num_groups: int) -> float | None:
    """Return the smallest gain that this matrix can tell from chance at 80 % power.

    None: none, be it for too few problems or for too few groups of them.
    """
    family = _family(matrix)
    if not family or _lowest_p(matrix, num_groups) > alpha:
        return None
    return smallest_detectable_gain(
        min(cell.problems for cell in family), alpha=alpha, comparisons=len(family)
    )


def _lowest_p(matrix: Matrix, num_groups: int) -> float:
    # All groups of problems on one side: no sign-flip test can give less, before Holm's factor.
    return len(_family(matrix)) * 2.0 ** (1 - num_groups)


def power_note(matrix: Matrix, *, alpha: float, num_groups: int) -> str:
    """Say what gain the design can detect, and whether grouped problems forbid any."""
    family = _family(matrix)
    if not family:
        return "No gain is measured."
    problems = min(cell.problems for cell in family)
    lowest = _lowest_p(matrix, num_groups)
    if lowest > alpha:
        return (
            f"The {problems} problems per target form only {num_groups} independent groups: over "
            f"{len(family)} comparisons no adjusted p-value can be below {min(1.0, lowest):.2g}: "
            "this design can tell no single gain from chance. Read gains by their intervals, "
            "or add groups of problems."
        )
    detectable = detectable_gain(matrix, alpha=alpha, num_groups=num_groups)
    size = (
        "no gain at all"
        if detectable is None
        else (f"a gain of about {100 * detectable:.0f} points or more")
    )
    return (
        f"With {problems} problems per target and {len(family)} comparisons this design finds "
        f"{size} with 80 % power (a quarter of the outcomes differing)."
    )


def warnings_of(
    cells: Sequence[MatrixCell],
    missing: Sequence[CellKey],
    *,
    is_limited: bool,
    num_not_run: int,
) -> list[str]:
    """Return what makes the matrix less than whole, most serious first."""
    found: list[str] = []
    if missing:
        names = [
            f"{display_name(key.source)} × {key.benchmark} (seed {key.seed})" for key in missing
        ]
        found.append(f"{_count(len(missing), 'cell')} missing entirely: {first_names(names)}.")
    incomplete = [cell for cell in cells if cell.incomplete and cell.seed != "all"]
    if incomplete:
        names = list(
            dict.fromkeys(f"{display_name(cell.source)} × {cell.benchmark}" for cell in incomplete)
        )
        found.append(
            f"{_count(len(names), 'cell')} incomplete (some verdicts could not be had; the same "
            f"command tries again): {first_names(names)}."
        )
    if is_limited:
        found.append(
            "Limited: only the first problems of each benchmark were asked (--limit). "
            "These scores are not comparable with whole benchmarks."
        )
    if num_not_run:
        found.append(
            f"{_count(num_not_run, 'answer')} not run, because something that the problem needs "
            "is absent here; they stand in no denominator."
        )
    return found


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _count(number: int, noun: str) -> str:
    return f"1 {noun} is" if number == 1 else f"{number} {noun}s are"


def first_names(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
