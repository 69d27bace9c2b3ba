"""The rule by which a sweep names its best model for each target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from codem_ray.analysis import ALL_SEEDS, MatrixCell
from codem_ray.records import Metric
from codem_ray.sweep.facts import BenchmarkFacts
from codem_ray.sweep.sweep_plan import TrialKind, TrialPlan

RULE = (
    "The best model for a target is the one, of those that the sweep tuned, with the highest "
    "pass@k (of the lowest k) on the first benchmark of that target in `evaluation.benchmarks`. "
    "Of equal models it is the first in the order of `sources` and `seeds`. Incomplete cells do "
    "not take part."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class BestModel:
    """The best model for one target."""

    target: str
    benchmark: str
    trial: TrialPlan
    score: float
    """pass@k of the lowest k, from 0 to 1."""
    problems: int

    @property
    def alias(self) -> str:
        """Alias of the registered model's version."""
        return f"best-{self.target}"


def best_models(
    cells: Iterable[MatrixCell],
    trials: Sequence[TrialPlan],
    benchmarks: Sequence[BenchmarkFacts],
) -> list[BestModel]:
    """Return the best tuned model of each target that has a complete cell, in benchmark order."""
    tuned = {trial.trial_id: trial for trial in trials if trial.kind is TrialKind.TRAINED}
    order = {trial_id: number for number, trial_id in enumerate(tuned)}
    complete = [
        cell
        for cell in cells
        if cell.metric is Metric.PASS_AT_K and cell.value is not None and not cell.incomplete
    ]
    lowest = min((cell.k for cell in complete if cell.k is not None), default=None)
    tuned_cells = [
        cell
        for cell in complete
        if cell.k == lowest and cell.seed != ALL_SEEDS and cell.trial_id in tuned
    ]
    first = {benchmark.target: benchmark for benchmark in reversed(benchmarks)}
    best: list[BestModel] = []
    for benchmark in benchmarks:
        if first[benchmark.target] is not benchmark:
            continue
        candidates = [cell for cell in tuned_cells if cell.benchmark == benchmark.name]
        if not candidates:
            continue
        chosen = min(candidates, key=lambda cell: (-(cell.value or 0.0), order[cell.trial_id]))
        best.append(
            BestModel(
                target=benchmark.target,
                benchmark=benchmark.name,
                trial=tuned[chosen.trial_id],
                score=chosen.value or 0.0,
                problems=chosen.problems,
            )
        )
    return best
