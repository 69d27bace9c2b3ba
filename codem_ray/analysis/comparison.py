"""Comparison of two sets of outcomes on the same problems, cell by cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import stdev
from typing import TYPE_CHECKING, NamedTuple

from codem_ray.analysis.intervals import IntervalSettings, group_sums
from codem_ray.analysis.paired import (
    adjust_p_values,
    paired_gain,
    smallest_detectable_gain,
    smallest_detectable_shift,
)
from codem_ray.analysis.scores import PooledScores, ScoredCell, pool, scored_cells
from codem_ray.errors import ConfigError, DataError
from codem_ray.records import PromptStyle

if TYPE_CHECKING:
    import pandas as pd


class ComparisonKey(NamedTuple):
    """What identifies a cell in both sets."""

    source: str
    benchmark: str
    prompt_style: PromptStyle


@dataclass(frozen=True, kw_only=True, slots=True)
class CellComparison:
    """B compared with A in one cell. Scores are fractions of 1."""

    place: ComparisonKey
    target: str
    benchmark_digest: str
    k: int
    is_single: bool
    """Whether both have one completion per problem, which passes or fails."""
    problems: int
    """Problems scored in both. The others are in `missing_*` and `unjudged_*`."""
    score_a: float
    score_b: float
    difference: float
    """B minus A."""
    low: float
    high: float
    p_value: float
    """Two-sided, for the hypothesis of no difference; see `sign_flip_p_value`."""
    p_adjusted: float
    """Adjusted over the compared cells (Holm)."""
    better_a: tuple[str, ...]
    """Problems on which A scores higher; with one sample, those that only A passes."""
    better_b: tuple[str, ...]
    missing_a: tuple[str, ...]
    """Problems for which only B has rows."""
    missing_b: tuple[str, ...]
    unjudged_a: tuple[str, ...]
    """Problems with fewer than k verdicts."""
    unjudged_b: tuple[str, ...]
    groups: int
    """Independent groups among the compared problems."""
    discordant_share: float
    """Share of the compared problems on which the scores differ."""
    deviation: float
    """Standard deviation of the differences between the scores of a problem."""
    detectable: float | None = None
    """The smallest difference that such a comparison detects with 80 % power, corrected for the
    number of cells. Groups count as problems. It is computed from `discordant_share` for single
    completions, else from `deviation`. None: not even a difference of 100 points is detected."""

    @property
    def is_incomplete(self) -> bool:
        """Whether a problem could not be compared."""
        return bool(self.missing_a or self.missing_b or self.unjudged_a or self.unjudged_b)


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Comparison of two sets."""

    cells: tuple[CellComparison, ...]
    not_compared: Mapping[ComparisonKey, str]
    """Cells that cannot be compared, with the reason."""
    limited: tuple[str, ...] = ()
    """Which of A and B contain only the first problems of a benchmark."""

    @property
    def is_incomplete(self) -> bool:
        """Whether a cell or problem could not be compared."""
        return bool(self.not_compared) or any(cell.is_incomplete for cell in self.cells)


def compare(
    a: pd.DataFrame, b: pd.DataFrame, *, k: int = 1, confidence: float = 0.95
) -> Comparison:
    """Compare rows of ProblemResult, paired by source, benchmark, prompt style and problem.

    Seeds of a source are averaged first. Problems of a group are resampled together.

    Raises:
        DataError: no cell occurs in both with the same version of its benchmark.
        ConfigError: k exceeds the samples of a problem.
    """
    sides = [_cells_by_key(a), _cells_by_key(_with_benchmark_names_of(a, b))]
    cells: list[CellComparison] = []
    not_compared: dict[ComparisonKey, str] = {}
    for place in dict.fromkeys((*sides[0], *sides[1])):
        here, there = (side.get(place) for side in sides)
        if here is None or there is None:
            not_compared[place] = f"only {'A' if there is None else 'B'} has it"
            continue
        digests = [sorted({cell.benchmark_digest for cell in own}) for own in (here, there)]
        if digests[0] != digests[1] or len(digests[0]) > 1:
            not_compared[place] = (
                f"different versions of the benchmark: digest {', '.join(digests[0])} in A, "
                f"{', '.join(digests[1])} in B"
            )
            continue
        compared = _compare_cell(place, here, there, k, confidence)
        if compared is None:
            not_compared[place] = "no problem has a score in both"
        else:
            cells.append(compared)
    if not cells:
        raise DataError(
            "nothing can be compared: "
            + "; ".join(f"{_name(place)}: {why}" for place, why in list(not_compared.items())[:6])
        )
    limited = tuple(name for name, frame in (("A", a), ("B", b)) if _is_limited(frame))
    return Comparison(
        cells=_corrected_for_number(cells), not_compared=not_compared, limited=limited
    )


def _is_limited(frame: pd.DataFrame) -> bool:
    return "is_limited" in frame.columns and bool(frame["is_limited"].any())


def _with_benchmark_names_of(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Rename B's benchmarks as in A: a file with the same problems may have another name."""
    if not {"benchmark", "benchmark_digest"} <= {*a.columns} & {*b.columns}:
        return b
    names = dict(zip(a["benchmark_digest"], a["benchmark"], strict=True))
    renamed = [
        names.get(digest, name)
        for digest, name in zip(b["benchmark_digest"], b["benchmark"], strict=True)
    ]
    return b.assign(benchmark=renamed)


def _name(place: ComparisonKey) -> str:
    return f"{place.source} on {place.benchmark}" if place.source else place.benchmark


def _cells_by_key(frame: pd.DataFrame) -> dict[ComparisonKey, list[ScoredCell]]:
    places: dict[ComparisonKey, list[ScoredCell]] = defaultdict(list)
    for cell in scored_cells(frame):
        places[ComparisonKey(cell.source, cell.benchmark, cell.prompt_style)].append(cell)
    return dict(places)


def _compare_cell(
    place: ComparisonKey,
    a: Sequence[ScoredCell],
    b: Sequence[ScoredCell],
    k: int,
    confidence: float,
) -> CellComparison | None:
    for name, cells in (("A", a), ("B", b)):
        fewest = min(cell.samples for cell in cells)
        if 0 < fewest < k:
            raise ConfigError(
                f"pass@{k} needs {k} completions of each problem; {name} has {fewest} in "
                f"{_name(place)}: lower --k"
            )
    one, other = pool(a, k), pool(b, k)
    asked = [{task for cell in cells for task in cell.asked} for cells in (a, b)]
    shared = [task for task in one.scores if task in other.scores]
    if not shared:
        return None
    gain = paired_gain(
        [other.scores[task] for task in shared],
        [one.scores[task] for task in shared],
        [one.groups[task] for task in shared],
        IntervalSettings(confidence=confidence),
    )
    both = asked[0] & asked[1]
    return CellComparison(
        place=place,
        target=a[0].target,
        benchmark_digest=a[0].benchmark_digest,
        k=k,
        is_single=all(len(own) == 1 and own[0].samples == 1 for own in (a, b)),
        problems=len(shared),
        score_a=_mean(one, shared),
        score_b=_mean(other, shared),
        difference=gain.gain,
        low=gain.low,
        high=gain.high,
        p_value=gain.p_value,
        p_adjusted=gain.p_value,
        better_a=tuple(task for task in shared if one.scores[task] > other.scores[task]),
        better_b=tuple(task for task in shared if one.scores[task] < other.scores[task]),
        missing_a=tuple(sorted(asked[1] - asked[0])),
        missing_b=tuple(sorted(asked[0] - asked[1])),
        unjudged_a=tuple(sorted(both - one.scores.keys())),
        unjudged_b=tuple(sorted(both - other.scores.keys())),
        groups=len(group_sums([0.0] * len(shared), [one.groups[task] for task in shared])[0]),
        discordant_share=(gain.better + gain.worse) / len(shared),
        deviation=_deviation([other.scores[task] - one.scores[task] for task in shared]),
    )


def _mean(scores: PooledScores, tasks: Sequence[str]) -> float:
    return sum(scores.scores[task] for task in tasks) / len(tasks)


def _deviation(differences: Sequence[float]) -> float:
    return stdev(differences) if len(differences) > 1 else 0.0


def _detectable(cell: CellComparison, comparisons: int) -> float | None:
    if cell.is_single:
        share = cell.discordant_share
        return smallest_detectable_gain(cell.groups, share, comparisons=comparisons)
    return smallest_detectable_shift(cell.groups, cell.deviation, comparisons=comparisons)


def _corrected_for_number(cells: Sequence[CellComparison]) -> tuple[CellComparison, ...]:
    adjusted = adjust_p_values([cell.p_value for cell in cells])
    return tuple(
        replace(
            cell,
            p_adjusted=p_adjusted,
            detectable=_detectable(cell, len(cells)),
        )
        for cell, p_adjusted in zip(cells, adjusted, strict=True)
    )
