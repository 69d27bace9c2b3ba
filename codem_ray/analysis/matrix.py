"""The transfer matrix: one cell per source, seed, benchmark, prompt style and k."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from codem_ray.analysis.intervals import score_interval
from codem_ray.analysis.paired import Gain, adjust_p_values, paired_gain
from codem_ray.analysis.scores import PooledScores, ScoredCell, pool, scored_cells
from codem_ray.errors import DataError
from codem_ray.records import PromptStyle

if TYPE_CHECKING:
    import pandas as pd

ALL_SEEDS: Literal["all"] = "all"
"""The seed of a cell that pools several."""
BASE_SOURCE = "base"


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixCell:
    """One row of `transfer_matrix.csv`; shares are fractions of 1, None is an empty field."""

    source: str
    target: str
    trial_id: str
    """`all` where seeds are pooled."""
    seed: int | Literal["all"]
    benchmark: str
    benchmark_digest: str
    prompt_style: PromptStyle
    k: int
    samples: int
    """Completions per problem and seed."""
    problems: int
    """Problems in the denominator."""
    pass_at_k: float | None
    """Mean over problems; None: nothing was scored."""
    ci_low: float | None
    ci_high: float | None
    baseline: float | None
    """Score of `base` in the baseline style on the problems that both were scored on."""
    gain: float | None
    """None for `base` in the baseline style itself, and where there is nothing to compare with."""
    gain_ci_low: float | None
    gain_ci_high: float | None
    p_value: float | None
    p_adjusted: float | None
    """None for `base`, which is no member of the family of tests."""
    better: int | None
    worse: int | None
    incomplete: bool


class CellKey(NamedTuple):
    """What a sweep's plan expects one cell for."""

    source: str
    seed: int | Literal["all"]
    benchmark: str
    prompt_style: PromptStyle


MATRIX_COLUMNS = tuple(item.name for item in fields(MatrixCell))


def transfer_matrix(
    results: pd.DataFrame,
    *,
    baseline_style: PromptStyle = PromptStyle.COMPLETION,
    k: Sequence[int] = (1,),
    confidence: float = 0.95,
    resamples: int = 2000,
) -> list[MatrixCell]:
    """Return the cells of rows of ProblemResult, base first, else in the order of the rows.

    A source with several seeds gets a cell per seed and one that pools them. Gains are paired with
    `base` on the same problems and, where `base` has seeds, with its mean over them. P-values are
    adjusted (Holm) over each matrix by itself: the headline cells of one k, and the remaining
    single seeds of one k. Intervals speak of other problems of the same kind, not of other seeds:
    what seeds do is seen in their own cells.
    """
    singles = scored_cells(results)
    singles.sort(key=lambda cell: cell.source != BASE_SOURCE)
    by_row: dict[tuple[str, str, PromptStyle], list[ScoredCell]] = defaultdict(list)
    for cell in singles:
        by_row[cell.source, cell.benchmark, cell.prompt_style].append(cell)
    cells: list[MatrixCell] = []
    for one_k in k:
        baselines = {
            (benchmark, row[0].benchmark_digest): pool(row, one_k)
            for (source, benchmark, style), row in by_row.items()
            if source == BASE_SOURCE and style == baseline_style
        }
        made: list[MatrixCell] = []
        for row in by_row.values():
            digests = {cell.benchmark_digest for cell in row}
            if len(digests) > 1:
                raise DataError(
                    f"{row[0].source} has results of {len(digests)} versions of "
                    f"{row[0].benchmark}: evaluate all its seeds on one"
                )
            baseline = baselines.get((row[0].benchmark, row[0].benchmark_digest))
            made.extend(
                _cell(members, one_k, baseline, baseline_style, confidence, resamples)
                for members in [[cell] for cell in row] + ([row] if len(row) > 1 else [])
            )
        cells.extend(_adjusted(made))
    return cells


def _cell(
    members: Sequence[ScoredCell],
    k: int,
    baseline: PooledScores | None,
    baseline_style: PromptStyle,
    confidence: float,
    resamples: int,
) -> MatrixCell:
    first, pooled = members[0], pool(members, k)
    is_reference = first.source == BASE_SOURCE and first.prompt_style == baseline_style
    tasks = list(pooled.scores)
    scores = list(pooled.scores.values())
    shared = [task for task in tasks if task in baseline.scores] if baseline is not None else []
    base_scores = [baseline.scores[task] for task in shared] if baseline is not None else []
    interval = (
        score_interval(
            scores,
            [pooled.groups[task] for task in tasks],
            confidence=confidence,
            resamples=resamples,
        )
        if scores
        else None
    )
    gain: Gain | None = None
    if shared and not is_reference:
        gain = paired_gain(
            [pooled.scores[task] for task in shared],
            base_scores,
            [pooled.groups[task] for task in shared],
            confidence=confidence,
            resamples=resamples,
        )
    return MatrixCell(
        source=first.source,
        target=first.target,
        trial_id=first.trial_id if len(members) == 1 else ALL_SEEDS,
        seed=first.seed if len(members) == 1 else ALL_SEEDS,
        benchmark=first.benchmark,
        benchmark_digest=first.benchmark_digest,
        prompt_style=first.prompt_style,
        k=k,
        samples=pooled.samples,
        problems=len(scores),
        pass_at_k=sum(scores) / len(scores) if scores else None,
        ci_low=interval.low if interval else None,
        ci_high=interval.high if interval else None,
        baseline=sum(base_scores) / len(base_scores) if base_scores else None,
        gain=gain.gain if gain else None,
        gain_ci_low=gain.low if gain else None,
        gain_ci_high=gain.high if gain else None,
        p_value=gain.p_value if gain else None,
        p_adjusted=None,
        better=gain.better if gain else None,
        worse=gain.worse if gain else None,
        incomplete=pooled.is_incomplete,
    )


def _adjusted(cells: list[MatrixCell]) -> list[MatrixCell]:
    headline = set(headline_cells(cells))
    families: dict[object, list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        if cell.p_value is not None and cell.source != BASE_SOURCE:
            families["headline" if cell in headline else cell.seed].append(index)
    adjusted = list(cells)
    for members in families.values():
        values = [value for index in members if (value := cells[index].p_value) is not None]
        for index, value in zip(members, adjust_p_values(values), strict=True):
            adjusted[index] = replace(cells[index], p_adjusted=value)
    return adjusted


def headline_cells(cells: Iterable[MatrixCell], k: int | None = None) -> list[MatrixCell]:
    """Return one cell per source, benchmark, style and k, with its seeds pooled."""
    chosen: dict[tuple[str, str, PromptStyle, int], MatrixCell] = {}
    for cell in cells:
        key = (cell.source, cell.benchmark, cell.prompt_style, cell.k)
        if (k is None or cell.k == k) and (key not in chosen or cell.seed == ALL_SEEDS):
            chosen[key] = cell
    return list(chosen.values())


def missing_cells(expected: Iterable[CellKey], cells: Iterable[MatrixCell]) -> list[CellKey]:
    """Return what was expected but has no cell at all, in the order expected."""
    present = {CellKey(cell.source, cell.seed, cell.benchmark, cell.prompt_style) for cell in cells}
    return [key for key in expected if key not in present]


def write_csv(cells: Iterable[MatrixCell], path: Path) -> None:
    """Write `transfer_matrix.csv`."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(MATRIX_COLUMNS)
        for cell in cells:
            writer.writerow([_text(getattr(cell, name)) for name in MATRIX_COLUMNS])


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        # Ten digits: no test or figure needs more, and the file is the same on every processor.
        return f"{value:.10g}"
    return str(value)
