"""The mean gain over many cells of the matrix: what tuning on one language did to the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.analysis.common_subset import common_names, group_over_languages
from codem_ray.analysis.matrix import BASE_SOURCE
from codem_ray.analysis.paired import gain_interval
from codem_ray.analysis.scores import cells_by_model, pool
from codem_ray.records import PromptStyle

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, slots=True)
class MeanGain:
    """The mean of the gains of several cells, each of which counts the same."""

    baseline_style: PromptStyle
    """How `base` was asked."""
    cells: int
    sources: int
    targets: int
    gain: float
    """As a fraction of 1."""
    low: float
    high: float


def mean_gain(
    results: pd.DataFrame,
    is_counted: Callable[[str, str], bool],
    *,
    baseline_style: PromptStyle,
    k: int = 1,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> MeanGain | None:
    """Return the mean gain over `base` of the cells whose source and target are counted.

    The interval is made as that of one gain. What is drawn anew are groups of problems, each with
    all its languages and sources: the same problem in seven languages is no seven problems. Scores
    are means over seeds. None where no such cell and `base` were scored on the same problems.
    """
    by_cell = cells_by_model(results)
    names = common_names(results)
    counted: list[tuple[str, str, list[float]]] = []
    groups: list[str] = []
    for (source, benchmark, _), cells in by_cell.items():
        of_base = by_cell.get((BASE_SOURCE, benchmark, baseline_style))
        target = cells[0].target
        if source == BASE_SOURCE or of_base is None or not is_counted(source, target):
            continue
        own, base = pool(cells, k), pool(of_base, k)
        known = names.get(benchmark, {})
        shared = [task_id for task_id in own.scores if task_id in base.scores]
        if shared:
            differences = [own.scores[task_id] - base.scores[task_id] for task_id in shared]
            counted.append((source, target, differences))
            groups += [
                group_over_languages(own, task_id, known.get(task_id, f"{benchmark} {task_id}"))
                for task_id in shared
            ]
    if not counted:
        return None
    mean_size = len(groups) / len(counted)
    weighed = [
        one * mean_size / len(differences) for *_, differences in counted for one in differences
    ]
    gain = sum(weighed) / len(weighed)
    low, high = gain_interval(weighed, groups, gain, confidence, resamples)
    return MeanGain(
        baseline_style=baseline_style,
        cells=len(counted),
        sources=len({source for source, *_ in counted}),
        targets=len({target for _, target, _ in counted}),
        gain=gain,
        low=low,
        high=high,
    )
