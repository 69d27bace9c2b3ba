"""Cells of a trial: each is stored and judged as soon as it is written."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.errors import IncompleteError, ToolchainError
from codem_ray.records import (
    AnswerScore,
    Completion,
    Job,
    LossResult,
    Outcome,
    Problem,
    ReferenceAnswer,
    Verdict,
)
from codem_ray.scoring.stage_files import read_results
from codem_ray.sweep.planning import prepare_inputs, storage_of
from codem_ray.sweep.stages import (
    CellPlan,
    LossCellPlan,
    TrialCell,
    cells_of,
    find_missing,
    loss_cells_of,
)
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.training.training_spec import TrainingResult, TrainingSpec


class Services:
    """Writes as many cells as it may, and passes every answer."""

    def __init__(self, num_cells: int, judge: Callable[[], None] = lambda: None) -> None:
        self.num_cells, self._judge = num_cells, judge
        self.asked: list[str] = []
        self.scored: list[str] = []
        self.num_loaded, self.num_losses = 0, 99
        self.is_closed = False

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        raise NotImplementedError

    @contextmanager
    def engines(
        self, trial: TrialPlan, model: str, show_wait: Callable[[str], None]
    ) -> Iterator[Services]:
        self.num_loaded += 1
        yield self

    def score(
        self,
        cells: Sequence[tuple[LossCellPlan, Sequence[ReferenceAnswer]]],
        progress: Callable[[int], None],
    ) -> Generator[tuple[LossCellPlan, list[AnswerScore]]]:
        """Give each token of three a log-likelihood of -1; the first answer does not fit."""
        self.scored = [cell.label for cell, _ in cells]
        for cell, answers in cells[: self.num_losses]:
            yield (
                cell,
                [
                    AnswerScore(task_id=one.task_id, log_likelihoods=(-1.0,) * 3 if at else ())
                    for at, one in enumerate(answers)
                ],
            )
        if self.num_losses < len(cells):
            raise IncompleteError("a generator died")

    def generate(
        self,
        cells: Sequence[tuple[CellPlan, Sequence[Problem]]],
        progress: Callable[[int], None],
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

    def start_tracking(self, trial: TrialPlan) -> None:
        return

    def is_tracked(self, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
        return True

    def track(
        self,
        trial: TrialPlan,
        cells: Sequence[TrialCell],
        model: str,
        training: Mapping[str, object],
    ) -> None:
        raise NotImplementedError


def _trial(tmp_path: Path, **changes: object) -> tuple[SweepContext, TrialPlan]:
    sweep = make_sweep(
        **{"sources": ["base"], "evaluation.limit": 2, "storage.path": str(tmp_path), **changes}
    )
    plan = prepare_inputs(sweep).plan
    context = SweepContext(
        storage=storage_of(sweep),
        sweep=sweep,
        cells=tuple(cells_of(sweep, plan, TOOLCHAIN_DIGESTS)),
        tokens_keys={},
        loss_cells=tuple(loss_cells_of(sweep, plan)),
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


def test_losses_are_kept_as_they_are_measured_and_the_model_is_loaded_once(tmp_path: Path) -> None:
    context, trial = _trial(tmp_path, **{"evaluation.loss": {"pairs": 3, "references": True}})
    labels = [cell.label for cell in context.loss_cells]
    assert labels == [
        *(f"loss-{target}.instruction" for target in ("python", "java")),
        *(
            f"loss-starter-{target}.{style}"
            for target in ("python", "java")
            for style in ("completion", "instruction")
        ),
    ]
    services = Services(num_cells=99)
    services.num_losses = 2
    with pytest.raises(IncompleteError, match="a generator died"):
        TrialRun(context, trial, services, attempt=1).run()
    assert (services.scored, services.asked) == (labels, [])
    services.num_losses, services.num_loaded = 99, 0
    TrialRun(context, trial, services, attempt=2).run()
    assert (services.scored, services.num_loaded) == (labels[2:], 1)
    storage = context.storage
    assert not find_missing(
        storage, trial, context.cells, lambda *_: True, loss_cells=context.loss_cells
    )
    for cell in context.loss_cells:
        rows = read_results([storage.local_path(cell.results_name)], LossResult)
        # The limit is for problems and their references, not for a stated number of pairs.
        count = 2 if cell.benchmark.benchmark else 3
        assert rows["loss"].fillna(0).tolist() == [0, 1.0, 1.0][:count]
        assert rows["tokens"].tolist() == [0, 3, 3][:count]
        assert rows["is_left_out"].tolist() == [True, False, False][:count]
        assert set(rows["benchmark"]) == {cell.benchmark.name}
        manifest = cell.stage(storage).manifest()
        assert manifest is not None
        assert (manifest.facts["answers"], manifest.facts["left_out"]) == (count, 1)
    storage.remove(context.loss_cells[0].results_name)
    missing = find_missing(
        storage, trial, context.cells, lambda *_: True, loss_cells=context.loss_cells
    )
    assert missing.loss_cells == context.loss_cells[:1]
    # Rows are made again from the stored scores; a damaged stage is measured again.
    services.scored = []
    TrialRun(context, trial, services, attempt=3).run()
    assert services.scored == []
    first, second = context.loss_cells[:2]
    assert len(read_results([storage.local_path(first.results_name)], LossResult)) == 3
    (second.stage(storage).folder() / "scores.jsonl.gz").write_bytes(b"")
    storage.remove(second.results_name)
    TrialRun(context, trial, services, attempt=4).run()
    assert services.scored == [second.label]
    assert not find_missing(
        storage, trial, context.cells, lambda *_: True, loss_cells=context.loss_cells
    )
