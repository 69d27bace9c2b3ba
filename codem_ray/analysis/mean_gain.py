"""The mean gain over many cells, such as all cells between programming languages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.analysis.common_subset import common_names, group_over_languages
from codem_ray.analysis.intervals import DEFAULT_INTERVALS, IntervalSettings
from codem_ray.analysis.matrix import BASE_SOURCE
from codem_ray.analysis.paired import gain_interval
from codem_ray.analysis.scores import PooledKey, cells_by_key, pool
from codem_ray.records import Metric, PromptStyle

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanGain:
    """The mean of the gains of several cells with equal weights."""

    baseline_style: PromptStyle
    """Prompt style of `base`."""
    cells: int
    sources: int
    targets: int
    gain: float
    """Mean gain as a fraction of 1, or in nats per token; positive is better."""
    low: float
    high: float


def mean_gain(
    results: pd.DataFrame,
    is_counted: Callable[[str, str], bool],
    *,
    baseline_style: PromptStyle,
    k: int = 1,
    intervals: IntervalSettings = DEFAULT_INTERVALS,
) -> MeanGain | None:
    """Return the mean gain over `base` of the cells for which `is_counted(source, target)` holds.

    The interval resamples groups of problems, each with all its languages and sources: the same
    problem in seven languages counts as one. Scores are means over seeds. None if no such cell was
    scored on the same problems as `base`.
    """
    by_key = cells_by_key(results)
    names = common_names(results)
    metric = Metric.PASS_AT_K
    counted: list[tuple[str, str, list[float]]] = []
    groups: list[str] = []
    for key, cells in by_key.items():
        base_cells = by_key.get(PooledKey(BASE_SOURCE, key.benchmark, baseline_style))
        target = cells[0].target
        if key.source == BASE_SOURCE or not base_cells or not is_counted(key.source, target):
            continue
        tuned, base = pool(cells, k), pool(base_cells, k)
        shared = [task_id for task_id in tuned.scores if task_id in base.scores]
        if shared:
            metric = tuned.metric
            differences = [
                metric.sign * (tuned.scores[task_id] - base.scores[task_id]) for task_id in shared
            ]
            counted.append((key.source, target, differences))
            common = names.get(key.benchmark, {})
            for problem in shared:
                name = common.get(problem, f"{key.benchmark} {problem}")
                groups.append(group_over_languages(tuned, problem, name))
    if not counted:
        return None
    # Weighted so that every cell counts the same, regardless of its number of problems.
    mean_size = len(groups) / len(counted)
    weighted = [
        difference * mean_size / len(differences)
        for *_, differences in counted
        for difference in differences
    ]
    interval = gain_interval(weighted, groups, intervals, metric.largest_gain)
    return MeanGain(
        baseline_style=baseline_style,
        cells=len(counted),
        sources=len({source for source, *_ in counted}),
        targets=len({target for _, target, _ in counted}),
        gain=sum(weighted) / len(weighted),
        low=interval.low,
        high=interval.high,
    )
