"""Cells of a trial: each is stored and judged as soon as it is written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep, plan_offline

from codem_ray.errors import IncompleteError, ToolchainError
from codem_ray.records import Completion, Job, Outcome, Problem, Verdict
from codem_ray.storage import Storage
from codem_ray.sweep.stages import CellPlan, cells_of
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.training.training_spec import TrainingResult, TrainingSpec


class Services:
    """Writes as many cells as it may, and passes every answer."""

    def __init__(self, num_cells: int, judge: Callable[[], None] = lambda: None) -> None:
        self.num_cells, self._judge = num_cells, judge
        self.asked: list[str] = []
        self.is_closed = False

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        raise NotImplementedError

    def generate(
        self,
        trial: TrialPlan,
        model: str,
        cells: Sequence[tuple[CellPlan, Sequence[Problem]]],
        progress: Callable[[int], None],
        show_wait: Callable[[str], None],
    ) -> Generator[tuple[CellPlan, list[Completion]]]:
        self.asked = [cell.label for cell, _ in cells]
        try:
            for cell, problems in cells[: self.num_cells]:
                yield (
                    cell,
                    [
                        Completion(
                            task_id=problem.task_id,
                            sample=0,
                            text="pass",
                            prompt_tokens=1,
                            completion_tokens=1,
                            is_truncated=False,
                        )
                        for problem in problems
                    ],
                )
                progress(len(problems))
            if self.num_cells < len(cells):
                raise IncompleteError("a generator died")
        finally:
            self.is_closed = True

    def execute(self, jobs: Sequence[Job], progress: Callable[[int], None]) -> list[Verdict]:
        self._judge()
        progress(len(jobs))
        return [Verdict(outcome=Outcome.PASSED) for _ in jobs]

    def is_tracked(self, trial: TrialPlan, cells: Sequence[CellPlan]) -> bool:
        return True

    def track(
        self,
        trial: TrialPlan,
        cells: Sequence[CellPlan],
        model: str,
        training: Mapping[str, object],
    ) -> None:
        raise NotImplementedError


def _trial(tmp_path: Path) -> tuple[SweepContext, TrialPlan]:
    sweep = make_sweep(**{"sources": ["base"], "evaluation.limit": 2})
    plan = plan_offline(sweep).plan
    context = SweepContext(
        storage=Storage(str(tmp_path)),
        sweep=sweep,
        cells=tuple(cells_of(sweep, plan, TOOLCHAIN_DIGESTS)),
        tokens_keys={},
    )
    return context, plan.trials[0]


def test_finished_cells_are_kept_and_judged_when_generation_fails(tmp_path: Path) -> None:
    context, trial = _trial(tmp_path)
    labels = [cell.label for cell in context.cells]
    services = Services(num_cells=2)
    with pytest.raises(IncompleteError, match="a generator died"):
        TrialRun(context, trial, services, attempt=1).run()
    assert services.asked == labels
    judged = [
        cell.label
        for cell in context.cells
        if cell.execute_stage(context.storage).manifest() is not None
    ]
    assert judged == labels[:2]
    services.num_cells = len(labels)
    TrialRun(context, trial, services, attempt=2).run()
    assert services.asked == labels[2:]


def test_generation_ends_early_when_no_cell_can_be_judged(tmp_path: Path) -> None:
    context, trial = _trial(tmp_path)

    def fail() -> None:
        raise ToolchainError("javac is missing")

    services = Services(num_cells=len(context.cells), judge=fail)
    with pytest.raises(ToolchainError, match="javac is missing"):
        TrialRun(context, trial, services, attempt=1).run()
    assert services.is_closed
