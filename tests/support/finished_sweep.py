"""Write the files of a finished sweep, as its stages do, without a model, Ray or a compiler."""

from __future__ import annotations

from collections.abc import Callable

from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.benchmarks import load
from codem_ray.records import Completion, Outcome, Problem, Verdict
from codem_ray.scoring.judging import JudgedCompletion, to_results
from codem_ray.scoring.stage_files import write_results, write_rows
from codem_ray.storage import Storage, file_digest
from codem_ray.sweep.planning import plan_offline, storage_of
from codem_ray.sweep.stages import RESULTS_DIGEST, CellPlan, cells_of, export_stage
from codem_ray.sweep.stored_plan import write_plan
from codem_ray.sweep.sweep_plan import TrialKind, TrialPlan
from codem_ray.sweep.trial import COMPLETIONS, VERDICTS
from codem_ray.sweep.trial_status import StatusWriter, TrialState

WEIGHTS = b"weights" * 1000
Passes = Callable[[CellPlan, int], bool]
"""Whether a cell's model solves the problem of that number."""


def tuned_passes(cell: CellPlan, number: int) -> bool:
    """The tuned model solves the first two problems, base solves the third."""
    return (number == 2) == (cell.trial.kind is TrialKind.UNTUNED)


class FinishedSweep:
    """A sweep of `base` and `python`, whose stages a test can add or leave out."""

    def __init__(self, path: str, **changes: object) -> None:
        settings = {"sources": ["base", "python"], "storage.path": path} | changes
        self.sweep = make_sweep(**settings)
        self.storage: Storage = storage_of(self.sweep)
        self.plan = plan_offline(self.sweep).plan
        self.cells = cells_of(self.sweep, self.plan, TOOLCHAIN_DIGESTS)

    def write(self, passes: Passes = tuned_passes) -> FinishedSweep:
        """Write everything but the report."""
        write_plan(self.storage, self.sweep, self.plan, self.cells, {"warnings": []})
        for trial in self.plan.trials:
            self.write_trial(trial)
        for cell in self.cells:
            self.write_completions(cell)
            self.write_verdicts(cell, passes)
        return self

    def write_trial(self, trial: TrialPlan) -> None:
        """Write the status, and the weights of a trained model."""
        if trial.kind is TrialKind.TRAINED:
            with export_stage(self.storage, trial).writing({"trial_id": trial.trial_id}) as writer:
                (writer.folder / "model.safetensors").write_bytes(WEIGHTS)
                writer.facts.update(steps=7, final_loss=0.5, curve=[{"step": 1, "loss": 2.0}])
        with self.storage.stage(f"trials/{trial.trial_id}/track/uri").writing({}):
            pass
        StatusWriter(self.storage, trial.trial_id).update(
            state=TrialState.DONE, stage="done", step=trial.steps, steps=trial.steps
        )

    def write_completions(self, cell: CellPlan) -> None:
        with cell.generate_stage(self.storage).writing({}) as writer:
            write_rows(
                writer.folder / COMPLETIONS, map(_completion, self._problems(cell)), Completion
            )

    def write_verdicts(self, cell: CellPlan, passes: Passes = tuned_passes) -> None:
        problems = self._problems(cell)
        judged = [
            JudgedCompletion(
                _completion(problem),
                f"{problem.prompt}{problem.reference}",
                Verdict(outcome=Outcome.PASSED)
                if passes(cell, number)
                else Verdict(outcome=Outcome.WRONG_ANSWER, message=f"{cell.trial.source} is wrong"),
            )
            for number, problem in enumerate(problems)
        ]
        rows = to_results(
            judged,
            problems=problems,
            trial_id=cell.trial.trial_id,
            source=cell.trial.source,
            seed=cell.trial.seed,
            style=cell.style,
            benchmark_digest=cell.benchmark.digest,
            is_limited=cell.benchmark.is_limited,
        )
        with self.storage.writing(cell.results_name) as path:
            write_results(path, rows)
            digest = file_digest(path)
        with cell.execute_stage(self.storage).writing(
            {"benchmark_digest": cell.benchmark.digest, "generate_key": cell.generate_key}
        ) as writer:
            write_rows(writer.folder / VERDICTS, judged, JudgedCompletion)
            writer.facts[RESULTS_DIGEST] = digest

    def _problems(self, cell: CellPlan) -> list[Problem]:
        return load(cell.benchmark.origin, limit=self.sweep.evaluation.limit)


def _completion(problem: Problem) -> Completion:
    return Completion(
        task_id=problem.task_id,
        sample=0,
        text=f"Here it is:\n```\n{problem.prompt}{problem.reference}```\n",
        prompt_tokens=5,
        completion_tokens=9,
        is_truncated=False,
    )
