"""Make a stored sweep by the stages of a real sweep, from completions that a test writes."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from codem_ray.config import parse_sweep
from codem_ray.execution.executor import Executor
from codem_ray.languages import language
from codem_ray.languages.versions import toolchain_digest, toolchain_versions
from codem_ray.records import AnswerScore, Completion, Job, Problem, ReferenceAnswer, Verdict
from codem_ray.storage import Storage
from codem_ray.sweep.planning import prepare_inputs, storage_of
from codem_ray.sweep.stages import CellPlan, LossCellPlan, TrialCell, cells_of
from codem_ray.sweep.stored_plan import write_plan
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.training.training_spec import TrainingResult, TrainingSpec

Write = Callable[[CellPlan, Problem], Sequence[str]]
"""What the model says to a problem: a text per sample."""


class OwnEngines:
    """Services that are their own engines, and give each token of an answer -1."""

    @contextmanager
    def engines(
        self, trial: TrialPlan, model: str, show_wait: Callable[[str], None]
    ) -> Iterator[Self]:
        yield self

    def score(
        self,
        cells: Sequence[tuple[LossCellPlan, Sequence[ReferenceAnswer]]],
        progress: Callable[[int], None],
    ) -> Generator[tuple[LossCellPlan, list[AnswerScore]]]:
        for cell, answers in cells:
            scores = [AnswerScore(task_id=one.task_id, log_likelihoods=(-1.0,)) for one in answers]
            yield cell, scores


class WrittenServices(OwnEngines):
    """Writes completions by a function and judges them for real."""

    def __init__(self, write: Write, executor: Executor) -> None:
        self._write, self._executor = write, executor

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        raise AssertionError("these sweeps train nothing")

    def generate(
        self,
        cells: Sequence[tuple[CellPlan, Sequence[Problem]]],
        progress: Callable[[int], None],
    ) -> Generator[tuple[CellPlan, list[Completion]]]:
        for cell, problems in cells:
            yield (
                cell,
                [
                    Completion(
                        task_id=problem.task_id,
                        sample=sample,
                        text=text,
                        prompt_tokens=1,
                        completion_tokens=len(text.split()),
                        is_truncated=False,
                    )
                    for problem in problems
                    for sample, text in enumerate(self._write(cell, problem))
                ],
            )

    def execute(self, jobs: Sequence[Job], progress: Callable[[int], None]) -> list[Verdict]:
        return self._executor.execute(jobs, progress=progress)

    def start_tracking(self, trial: TrialPlan) -> None:
        return

    def is_tracked(self, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
        return False

    def track(
        self, trial: TrialPlan, cells: Sequence[TrialCell], model: str, training: Mapping[str, Any]
    ) -> None:
        return


def make_stored_sweep(
    folder: Path, executor: Executor, write: Write, *, benchmarks: Sequence[str], limit: int
) -> Storage:
    """Run the stages after training for `base` and return the sweep's storage."""
    sweep = parse_sweep(
        {
            "name": "written",
            "base_model": {"path": "starter"},
            "sources": ["base"],
            "data": {"corpora": [{"path": "starter"}], "template": "short"},
            "generation": {"max_new_tokens": 128},
            "evaluation": {"benchmarks": list(benchmarks), "limit": limit},
            "storage": {"path": str(folder)},
        },
        [],
        "a test",
    )
    storage = storage_of(sweep)
    inputs = prepare_inputs(sweep)
    targets = {benchmark.target for benchmark in inputs.plan.benchmarks}
    digests = {name: toolchain_digest(language(name)) for name in targets}
    cells = cells_of(sweep, inputs.plan, digests)
    versions = {name: toolchain_versions(language(name)) for name in targets}
    write_plan(storage, sweep, inputs.plan, cells, {"environment": versions})
    context = SweepContext(
        storage=storage,
        sweep=sweep,
        cells=tuple(cells),
        tokens_keys={},
    )
    for trial in inputs.plan.trials:
        TrialRun(context, trial, WrittenServices(write, executor), attempt=1).run()
    return storage
