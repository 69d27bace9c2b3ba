"""Per-problem scores of each cell, read from rows of `results/`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from codem_ray.analysis.cells import CELL_COLUMNS, Cell
from codem_ray.analysis.losses import LossCell
from codem_ray.analysis.pass_at_k import pass_at_k
from codem_ray.records import Metric, Outcome, PromptStyle

if TYPE_CHECKING:
    import pandas as pd

RESULT_COLUMNS = (*CELL_COLUMNS, "sample", "outcome", "is_quarantined")
"""Fields of a ProblemResult that the statistics read."""
UNJUDGED = frozenset({Outcome.NOT_RUN, Outcome.INFRASTRUCTURE_ERROR})
"""Outcomes that say nothing about the model, so they are in no denominator."""


@dataclass(kw_only=True, slots=True)
class ScoredCell(Cell):
    """Counts of one model on one benchmark, before any statistics."""

    metric: ClassVar[Metric] = Metric.PASS_AT_K
    columns: ClassVar[tuple[str, ...]] = RESULT_COLUMNS

    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Samples that passed, by task_id."""
    judged: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Samples with an outcome that counts, by task_id."""
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Samples of problems that are not quarantined, by task_id."""
    outcomes: dict[Outcome, int] = field(default_factory=lambda: defaultdict(int))
    """Samples by outcome, without quarantined problems."""

    @property
    def is_incomplete(self) -> bool:
        """Whether a verdict is missing that a later run can supply.

        That is an infrastructure_error, a missing sample, or no verdict at all. It is not a problem
        that was not_run, because this machine would not run it next time either.
        """
        return (
            self.outcomes.get(Outcome.INFRASTRUCTURE_ERROR, 0) > 0
            or len(set(self.asked.values())) > 1
            or not any(self.judged.values())
        )

    def add(self, row: Any) -> None:
        """Count a row of ProblemResult, unless its problem is quarantined."""
        if not row.is_quarantined:
            self.count(row.task_id, Outcome(row.outcome))

    def count(self, task_id: str, outcome: Outcome) -> None:
        """Count a sample of a problem that is not quarantined."""
        self.asked[task_id] += 1
        self.outcomes[outcome] += 1
        if outcome not in UNJUDGED:
            self.judged[task_id] += 1
            self.passed[task_id] += outcome is Outcome.PASSED

    def scores(self, k: int) -> dict[str, float]:
        """Return pass@k by task_id; problems with fewer than k judged samples are left out.

        Raises ConfigError if k exceeds the number of samples per problem.
        """
        if self.asked:
            pass_at_k(self.samples, 0, k)
        return {
            task_id: pass_at_k(judged, self.passed.get(task_id, 0), k)
            for task_id, judged in self.judged.items()
            if judged >= k
        }


def scored_cells(results: pd.DataFrame) -> list[ScoredCell]:
    """Gather rows of ProblemResult; see `Cell.gather`."""
    return ScoredCell.gather(results)


@dataclass(frozen=True, kw_only=True, slots=True)
class PooledScores:
    """Scores of one cell, or means of the same cell over several seeds."""

    metric: Metric
    scores: Mapping[str, float]
    """Mean score by task_id, over the seeds that scored the problem."""
    groups: Mapping[str, str]
    samples: int
    is_incomplete: bool


def pool(cells: Sequence[Cell], k: int) -> PooledScores:
    """Average each problem's pass@k or loss over seeds."""
    by_task: dict[str, list[float]] = defaultdict(list)
    groups: dict[str, str] = {}
    for cell in cells:
        groups |= cell.groups
        for task_id, score in cell.scores(k).items():
            by_task[task_id].append(score)
    return PooledScores(
        metric=cells[0].metric,
        scores={task_id: sum(scores) / len(scores) for task_id, scores in sorted(by_task.items())},
        groups=groups,
        samples=max((cell.samples for cell in cells), default=0),
        is_incomplete=any(cell.is_incomplete for cell in cells)
        or len({frozenset(cell.asked) for cell in cells}) > 1,
    )


class PooledKey(NamedTuple):
    """Identity of a cell whose seeds are pooled."""

    source: str
    benchmark: str
    prompt_style: PromptStyle


def cells_by_key(results: pd.DataFrame) -> dict[PooledKey, Sequence[Cell]]:
    """Gather the cells that differ in their seed alone, from rows of ProblemResult or LossResult.

    A frame holds rows of one of them.
    """
    kind: type[Cell] = LossCell if "loss" in results.columns else ScoredCell
    found: dict[PooledKey, list[Cell]] = defaultdict(list)
    for cell in kind.gather(results):
        found[PooledKey(cell.source, cell.benchmark, cell.prompt_style)].append(cell)
    return dict(found)
