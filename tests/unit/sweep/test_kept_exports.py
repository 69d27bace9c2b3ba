"""Weights that go after their trials are scored, and what a later benchmark is told."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.config import Sweep
from codem_ray.errors import ConfigError
from codem_ray.records import Outcome, ProblemResult, PromptStyle
from codem_ray.scoring.stage_files import write_results
from codem_ray.storage import Storage
from codem_ray.sweep.kept_exports import (
    ScoredExport,
    refuse_removed,
    remove_superfluous,
    superfluous,
)
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.stages import (
    RESULTS_DIGEST,
    CellPlan,
    cells_of,
    export_facts,
    export_stage,
    find_missing,
)
from codem_ray.sweep.stored_plan import write_plan
from codem_ray.sweep.sweep_plan import SweepPlan


def scored(trial_id: str, source: str, mean_score: float) -> ScoredExport:
    return ScoredExport(trial_id=trial_id, source=source, mean_score=mean_score)


EXPORTS = [
    scored("p0", "python", 0.4),
    scored("p1", "python", 0.6),
    scored("p2", "python", 0.6),
    scored("j0", "java", 0.1),
]


def test_best_keeps_one_export_of_each_source_the_first_of_equal_ones() -> None:
    assert superfluous(EXPORTS, "best") == ["p0", "p2"]
    assert superfluous(EXPORTS, "none") == ["p0", "p1", "p2", "j0"]
    assert superfluous(EXPORTS, "all") == []


def finish(storage: Storage, cell: CellPlan, num_passed: int) -> None:
    rows = [
        ProblemResult(
            trial_id=cell.trial.trial_id,
            source=cell.trial.source,
            seed=cell.trial.seed,
            target=cell.benchmark.target,
            benchmark=cell.benchmark.name,
            benchmark_digest="d",
            prompt_style=PromptStyle.INSTRUCTION,
            task_id=f"t{number}",
            group="",
            sample=0,
            outcome=Outcome.PASSED if number < num_passed else Outcome.WRONG_ANSWER,
            is_quarantined=False,
            message="",
            completion_digest="",
            answer_digest="",
            prompt_tokens=1,
            completion_tokens=1,
            is_truncated=False,
            compile_cpu_seconds=0.0,
            run_cpu_seconds=0.0,
            wall_seconds=0.0,
            peak_memory_bytes=0,
            is_limited=False,
        )
        for number in range(4)
    ]
    with storage.writing(cell.results_name) as path:
        write_results(path, rows)
    digest = hashlib.sha256(storage.read_bytes(cell.results_name)).hexdigest()
    with cell.generate_stage(storage).writing({}):
        pass
    with cell.execute_stage(storage).writing({}) as writer:
        writer.facts[RESULTS_DIGEST] = digest


class Finished:
    """A sweep of one source and two seeds, of which seed 1 is the better one."""

    def __init__(self, folder: Path, keep: str) -> None:
        self.storage = Storage(str(folder / "runs" / "planned"))
        self.sweep = self.make(keep)
        self.plan = plan_offline(self.sweep).plan
        self.cells = cells_of(self.sweep, self.plan, TOOLCHAIN_DIGESTS)
        write_plan(self.storage, self.sweep, self.plan, self.cells, {})
        for trial in self.plan.trials:
            with export_stage(self.storage, trial).writing({}) as writer:
                (writer.folder / "model.safetensors").write_bytes(b"weights")
                writer.facts["steps"] = 7
            for cell in self.cells:
                if cell.trial == trial:
                    finish(self.storage, cell, 1 + trial.seed)
            with self.storage.stage(f"trials/{trial.trial_id}/track/key").writing({}):
                pass

    @staticmethod
    def make(keep: str, *benchmarks: str) -> Sweep:
        changes: dict[str, object] = {
            "sources": ["python"],
            "seeds": [0, 1],
            "storage.keep_exports": keep,
        }
        return make_sweep(
            **changes, **({"evaluation.benchmarks": list(benchmarks)} if benchmarks else {})
        )

    def remove(self) -> list[str]:
        return remove_superfluous(self.storage, self.sweep, self.cells)


def test_the_worse_seed_loses_its_weights_and_keeps_the_facts_of_its_training(
    tmp_path: Path,
) -> None:
    done = Finished(tmp_path, "best")
    worse, better = done.plan.trials
    assert done.remove() == [worse.trial_id]
    assert export_stage(done.storage, worse).manifest() is None
    assert export_stage(done.storage, better).manifest() is not None
    facts = export_facts(done.storage, worse.trial_id)
    assert facts == {"steps": 7, "removed_by": "storage.keep_exports: best"}
    assert done.remove() == []
    # A resume has nothing to train.
    missing = find_missing(done.storage, worse, done.cells, lambda trial, cells: True)
    assert not missing


@pytest.mark.parametrize("lost", ["results", "track"])
def test_weights_stay_until_all_cells_are_stored_and_the_trial_is_logged(
    tmp_path: Path, lost: str
) -> None:
    done = Finished(tmp_path, "none")
    first, second = done.plan.trials
    if lost == "track":
        done.storage.remove(f"trials/{first.trial_id}/track")
    else:
        cell = next(cell for cell in done.cells if cell.trial == first)
        done.storage.remove(cell.results_name)
    assert done.remove() == [second.trial_id]


def test_a_new_benchmark_says_how_to_get_removed_weights_back(tmp_path: Path) -> None:
    done = Finished(tmp_path, "none")
    done.remove()
    for keep, is_refused in (("none", True), ("all", False)):
        sweep = done.make(keep, "starter-python", "starter-java", "starter-go")
        plan = plan_offline(sweep).plan
        cells = cells_of(sweep, plan, {**TOOLCHAIN_DIGESTS, "go": "toolchain-1"})
        missing = [
            find_missing(done.storage, trial, cells, lambda trial, cells: True)
            for trial in plan.trials
        ]
        assert all(work.is_training_missing for work in missing)
        if is_refused:
            with pytest.raises(ConfigError, match=r"starter-go must be scored.*keep_exports=all"):
                refuse_removed(done.storage, sweep, missing)
        else:
            refuse_removed(done.storage, sweep, missing)


def test_weights_that_another_sweep_starts_from_stay(tmp_path: Path) -> None:
    done = Finished(tmp_path, "none")
    first, second = done.plan.trials
    other = make_sweep(
        **{
            "name": "other",
            "sources": [
                {"name": "theirs", "model": f"{export_stage(done.storage, first).location()}"}
            ],
        }
    )
    plan = plan_offline(done.sweep).plan
    model = f"{done.storage.root}/trials/{first.trial_id}/export"
    trial = {**plan.to_json()["trials"][0], "model": model}
    stored = SweepPlan.from_json({**plan.to_json(), "trials": [trial], "name": "other"})
    cells = cells_of(other, stored, TOOLCHAIN_DIGESTS)
    write_plan(Storage(str(tmp_path / "runs" / "other")), other, stored, cells, {})
    assert done.remove() == [second.trial_id]
