"""MLflow's record of a sweep after retries, kills, a lost database and added sources."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from stored_sweep import OwnEngines

from codem_ray.config import Sweep, parse_sweep
from codem_ray.languages import language
from codem_ray.languages.versions import toolchain_digest
from codem_ray.records import (
    Completion,
    Job,
    Outcome,
    Problem,
    Verdict,
)
from codem_ray.runtime.session import run_sweep
from codem_ray.storage import Storage
from codem_ray.sweep.planning import prepare_inputs
from codem_ray.sweep.stages import (
    CellPlan,
    TrialCell,
    cells_of,
    find_missing,
    loss_cells_of,
)
from codem_ray.sweep.stored_plan import incomplete_cells, read_stored, write_plan
from codem_ray.sweep.sweep_plan import SweepPlan, TrialPlan
from codem_ray.sweep.sweep_report import build_sweep_report
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.tracking.live_trials import LiveTrials
from codem_ray.tracking.sweep_record import SweepRecord
from codem_ray.tracking.sweep_runs import SweepRuns
from codem_ray.tracking.sweep_tracker import FinishedTrial, SweepTracker, tracking_uri
from codem_ray.tracking.trial_record import (
    is_recorded,
    record_inputs,
    record_stage,
    tracked_files,
)
from codem_ray.training.training_spec import TrainingResult, TrainingSpec

mlflow = pytest.importorskip("mlflow", reason="the light install has no MLflow")

pytestmark = pytest.mark.toolchain


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    mlflow.MlflowClient(f"sqlite:///{path}").search_experiments(max_results=1)
    return path


@pytest.fixture
def folder(tmp_path: Path, empty_database: Path) -> Path:
    """Give a storage folder with a database that MLflow need not take seconds to create."""
    shutil.copy(empty_database, tmp_path / "mlflow.db")
    return tmp_path


def sweep_in(folder: Path, *overrides: str, sources: str = "[base]") -> Sweep:
    raw = {
        "name": "recorded",
        "base_model": {"path": "starter"},
        "sources": ["base"],
        "data": {"corpora": [{"path": "starter"}], "pairs": 40, "max_tokens": 256},
        "generation": {"max_new_tokens": 96},
        "evaluation": {"benchmarks": ["starter-python", "starter-c"], "limit": 4, "gate": False},
        "storage": {"path": str(folder)},
    }
    return parse_sweep(raw, [f"sources={sources}", *overrides], "test")


class Scripted(OwnEngines):
    """Services that write references, judge by a script, and tell a real tracker."""

    def __init__(self, bench: Bench, outcome: Callable[[Job], Outcome]) -> None:
        self._storage, self._uri = bench.storage, bench.uri
        runs = SweepRuns(bench.uri, bench.sweep, bench.plan)
        self._tracker, self._live = SweepTracker(runs), LiveTrials(runs)
        self._outcome = outcome
        self.num_generated = 0

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        raise NotImplementedError

    def generate(
        self,
        cells: Sequence[tuple[CellPlan, Sequence[Problem]]],
        progress: Callable[[int], None],
    ) -> Generator[tuple[CellPlan, list[Completion]]]:
        self.num_generated += len(cells)
        for cell, problems in cells:
            yield (
                cell,
                [
                    Completion(
                        task_id=problem.task_id,
                        sample=0,
                        text=problem.reference or "",
                        prompt_tokens=1,
                        completion_tokens=1,
                        is_truncated=False,
                    )
                    for problem in problems
                ],
            )

    def execute(self, jobs: Sequence[Job], progress: Callable[[int], None]) -> list[Verdict]:
        return [Verdict(outcome=self._outcome(job)) for job in jobs]

    def start_tracking(self, trial: TrialPlan) -> None:
        self._live.start(trial.trial_id)
        self._live.flush()

    def is_tracked(self, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
        return is_recorded(self._storage, self._uri, trial, cells)

    def track(
        self, trial: TrialPlan, cells: Sequence[TrialCell], model: str, training: Mapping[str, Any]
    ) -> None:
        record = record_stage(self._storage, trial, cells, self._uri)
        self._live.drop(trial.trial_id)
        with (
            record.writing(record_inputs(self._storage, cells)) as writer,
            tracked_files(self._storage, cells) as files,
        ):
            finished = FinishedTrial(trial=trial, model=model, training=training, files=files)
            writer.facts.update(self._tracker.track(finished))


def passes(job: Job) -> Outcome:
    return Outcome.PASSED


class Bench:
    """A sweep's trials carried out without Ray; the rest is what `run` does."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self.uri = sweep, tracking_uri(sweep)
        self.storage = Storage(f"{sweep.storage.path}/{sweep.name}")
        self.plan: SweepPlan = prepare_inputs(sweep).plan
        digests = {b.target: toolchain_digest(language(b.target)) for b in self.plan.benchmarks}
        self.cells = cells_of(sweep, self.plan, digests)
        self.loss_cells = loss_cells_of(sweep, self.plan)
        self.record = SweepRecord(self.storage, sweep, self.plan, self.uri)

    def missing(self) -> list[str]:
        is_tracked = partial(is_recorded, self.storage, self.uri)
        found = [
            find_missing(self.storage, trial, self.cells, is_tracked, self.loss_cells)
            for trial in self.plan.trials
        ]
        return [work.trial.trial_id for work in found if work]

    def trials(self, outcome: Callable[[Job], Outcome] = passes) -> Scripted:
        write_plan(self.storage, self.sweep, self.plan, self.cells, {}, self.loss_cells)
        context = SweepContext(
            storage=self.storage,
            sweep=self.sweep,
            cells=tuple(self.cells),
            tokens_keys={},
            loss_cells=tuple(self.loss_cells),
        )
        services = Scripted(self, outcome)
        missing = self.missing()
        if missing:
            self.record.begin()
            services._tracker.begin()
        for trial in self.plan.trials:
            if trial.trial_id in missing:
                TrialRun(context, trial, services, attempt=1).run()
        return services

    def finish(self) -> None:
        stored = read_stored(self.storage, self.sweep.storage.suffix)
        incomplete = [str(cell) for cell in incomplete_cells(self.storage, stored)]
        report = build_sweep_report(self.storage, self.sweep.storage.suffix)
        self.record.finish(report, incomplete=incomplete, is_failed=False)

    def runs(self, kind: str) -> list[Any]:
        client = mlflow.MlflowClient(self.uri)
        experiment = client.get_experiment_by_name("recorded")
        condition = f"tags.`codem_ray.kind` = '{kind}'"
        return list(client.search_runs([experiment.experiment_id], condition))

    def models(self) -> list[Any]:
        client = mlflow.MlflowClient(self.uri)
        experiment = client.get_experiment_by_name("recorded")
        return list(client.search_logged_models([experiment.experiment_id]))

    def artifacts(self, run: Any, folder: str) -> set[str]:
        found = mlflow.MlflowClient(self.uri).list_artifacts(run.info.run_id, folder)
        return {file.path.removeprefix(f"{folder}/") for file in found}


@contextmanager
def no_progress(storage: Storage, plan: SweepPlan) -> Iterator[None]:
    raise AssertionError("Ray was to be started, but nothing was missing")
    yield


def run_again(sweep: Sweep) -> int:
    """Do what `run` does with a sweep that has nothing to do."""
    end = run_sweep(sweep, print, no_progress)
    assert not end.failures
    return end.num_done


def test_an_incomplete_cell_has_no_score_until_a_retry_completes_it(folder: Path) -> None:
    bench = Bench(sweep_in(folder))

    def broken(job: Job) -> Outcome:
        is_third = job.problem.language == "c" and job.problem.task_id.endswith("3")
        return Outcome.INFRASTRUCTURE_ERROR if is_third else Outcome.PASSED

    problems = prepare_inputs(bench.sweep).problems["starter-c"]
    assert any(problem.task_id.endswith("3") for problem in problems), "the script breaks nothing"
    bench.trials(broken)
    bench.finish()
    (trial,), (parent,) = bench.runs("trial"), bench.runs("sweep")
    assert {name for name in trial.data.metrics if "gain" not in name and "ci" not in name} == {
        *("pass_at_1", "pass_at_1/python"),
        *("pass_at_1_instruction", "pass_at_1_instruction/python"),
    }
    assert not [name for name in trial.data.metrics if name.endswith("/c")]
    tables = {"starter-python.completion.json", "starter-python.instruction.json"}
    assert bench.artifacts(trial, "completions") == tables
    assert trial.data.tags["incomplete"] == "starter-c (completion), starter-c (instruction)"
    assert "starter-c (completion)" in parent.data.tags["incomplete"]
    assert {m.dataset_name for m in bench.models()[0].metrics} == {"starter-python (limit 4)"}
    assert len(bench.missing()) == 1

    services = bench.trials(lambda job: Outcome.WRONG_ANSWER)
    bench.finish()
    assert services.num_generated == 0
    (trial,), (parent,), (model,) = bench.runs("trial"), bench.runs("sweep"), bench.models()
    assert trial.data.metrics["pass_at_1/c"] == 0.0
    assert trial.data.metrics["pass_at_1/python"] == 1.0
    # The mean over targets, not the score of the target that was logged last.
    assert trial.data.metrics["pass_at_1"] == 0.5
    assert trial.data.metrics["pass_at_1_ci_high/python"] == 1.0
    assert trial.data.metrics["gain_instruction/python"] == 0.0
    assert len(bench.artifacts(trial, "completions")) == 4
    table = mlflow.artifacts.load_dict(
        f"{trial.info.artifact_uri}/completions/starter-c.instruction.json"
    )
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    assert [row["problem"] for row in rows] == [problem.task_id for problem in problems]
    assert rows[0]["prompt"] == problems[0].instruction
    assert rows[0]["completion"] == problems[0].reference
    assert {row["outcome"] for row in rows} == {"wrong_answer"}
    assert "incomplete" not in trial.data.tags
    assert "incomplete" not in parent.data.tags
    assert sorted((m.dataset_name, m.value) for m in model.metrics if m.key == "pass_at_1") == [
        ("starter-c (limit 4)", 0.0),
        ("starter-python (limit 4)", 1.0),
    ]
    assert bench.missing() == []


def test_losses_are_metrics_of_the_model_on_each_set_of_answers(folder: Path) -> None:
    bench = Bench(sweep_in(folder, "evaluation.loss={pairs: 3, references: true}"))
    bench.trials()
    bench.finish()
    (trial,), (model,) = bench.runs("trial"), bench.models()
    assert {(m.dataset_name, m.value) for m in model.metrics if m.key == "loss"} == {
        (f"loss-{name}", 1.0)
        for name in ("python", "c", "starter-python (limit 4)", "starter-c (limit 4)")
    }
    assert trial.data.metrics["loss"] == 1.0
    assert {m.dataset_name for m in model.metrics if m.key == "loss_completion"} == {
        "loss-starter-python (limit 4)",
        "loss-starter-c (limit 4)",
    }
    assert bench.missing() == []


def test_a_run_killed_before_its_report_was_logged_is_finished_by_the_next_run(
    folder: Path,
) -> None:
    bench = Bench(sweep_in(folder))
    bench.trials()
    # Here the process is killed.
    assert [run.info.status for run in bench.runs("sweep")] == ["RUNNING"]
    assert run_again(bench.sweep) == 0
    (parent,) = bench.runs("sweep")
    assert parent.info.status == "FINISHED"
    wanted = {"index.html", "transfer_matrix.csv", "data_card.json", "data_card.md"}
    assert wanted <= bench.artifacts(parent, "report")
    assert bench.artifacts(parent, "plan") == {"plan.json", "sweep.json"}
    stage = next(path for path in (folder / "recorded/track").glob("*/manifest.json"))
    before = stage.read_bytes()
    assert run_again(bench.sweep) == 0
    assert stage.read_bytes() == before, "the same report was tracked again"


def test_a_sweep_with_an_added_source_keeps_its_run_and_its_trials(folder: Path) -> None:
    first = Bench(sweep_in(folder))
    first.trials()
    first.finish()
    other = json.dumps({"name": "other", "model": first.plan.trials[0].model})
    grown = Bench(sweep_in(folder, sources=f"[base, {other}]"))
    services = grown.trials()
    grown.finish()
    assert services.num_generated == 2
    (parent,) = grown.runs("sweep")
    assert (parent.info.status, parent.data.tags["trials"]) == ("FINISHED", "2")
    trials = grown.runs("trial")
    assert {run.data.tags["train_language"] for run in trials} == {"base", "other"}
    assert {run.data.tags["mlflow.parentRunId"] for run in trials} == {parent.info.run_id}
    assert len(trials) == len(grown.models()) == 2


@pytest.mark.parametrize("loss", ["emptied", "elsewhere"])
def test_an_empty_or_another_database_is_filled_from_storage(
    folder: Path, empty_database: Path, loss: str
) -> None:
    first = Bench(sweep_in(folder))
    first.trials()
    first.finish()
    assert first.missing() == []
    if loss == "emptied":
        # In place, for this process still holds the file open.
        with (
            closing(sqlite3.connect(empty_database)) as empty,
            closing(sqlite3.connect(folder / "mlflow.db")) as database,
        ):
            empty.backup(database)
        again = Bench(first.sweep)
    else:
        again = Bench(sweep_in(folder, f"tracking.uri=sqlite:///{folder}/second.db"))
    assert len(again.missing()) == 1
    services = again.trials()
    again.finish()
    assert services.num_generated == 0
    (parent,), (trial,), (model,) = again.runs("sweep"), again.runs("trial"), again.models()
    assert (parent.info.status, trial.info.status) == ("FINISHED", "FINISHED")
    assert trial.data.metrics["pass_at_1/c"] == 1.0
    assert len([m for m in model.metrics if m.key == "pass_at_1"]) == 2
    assert "index.html" in again.artifacts(parent, "report")
    assert again.missing() == []
    Path(again.uri.removeprefix("sqlite:///")).unlink()
    assert again.missing() == [trial.data.tags["trial_id"]]


def test_a_limited_run_does_not_change_the_runs_of_the_whole_sweep(folder: Path) -> None:
    whole = Bench(sweep_in(folder, "evaluation.limit=6"))
    limited = Bench(sweep_in(folder, "evaluation.limit=2", "storage.suffix=limit-2"))
    for bench in (whole, limited):
        bench.trials()
        bench.finish()
    assert whole.missing() == limited.missing() == []
    parents, trials = whole.runs("sweep"), whole.runs("trial")
    assert {run.data.tags["limit"]: run.info.run_name for run in parents} == {
        "6": "recorded (limit 6)",
        "2": "recorded (limit 2)",
    }
    assert {run.data.tags["limit"] for run in trials} == {"2", "6"}
    (model,) = whole.models()
    names = {m.dataset_name for m in model.metrics if m.key == "pass_at_1"}
    assert names == {f"starter-{t} (limit {n})" for t in ("python", "c") for n in (2, 6)}


@pytest.mark.parametrize(
    ("error", "status"), [(KeyboardInterrupt, "KILLED"), (RuntimeError, "FAILED")]
)
def test_an_error_or_an_interrupt_ends_the_run(
    folder: Path, error: type[BaseException], status: str
) -> None:
    bench = Bench(sweep_in(folder))

    def give_up() -> None:
        with bench.record.stopped_by_errors(print):
            bench.trials()
            raise error

    with pytest.raises(error):
        give_up()
    assert [run.info.status for run in bench.runs("sweep")] == [status]
    assert [run.info.status for run in bench.runs("trial")] == ["FINISHED"]


def test_a_trial_that_is_stopped_leaves_no_open_run_and_is_found_again(folder: Path) -> None:
    bench = Bench(sweep_in(folder))

    def stop(job: Job) -> Outcome:
        assert [run.info.status for run in bench.runs("trial")] == ["RUNNING"]
        raise KeyboardInterrupt

    def give_up() -> None:
        with bench.record.stopped_by_errors(print):
            bench.trials(stop)

    with pytest.raises(KeyboardInterrupt):
        give_up()
    (stopped,) = bench.runs("trial")
    assert stopped.info.status == "KILLED"
    bench.trials()
    (trial,) = bench.runs("trial")
    assert (trial.info.run_id, trial.info.status) == (stopped.info.run_id, "FINISHED")


def test_an_error_before_the_run_began_opens_no_run(tmp_path: Path) -> None:
    bench = Bench(sweep_in(tmp_path))
    with pytest.raises(RuntimeError), bench.record.stopped_by_errors(print):
        raise RuntimeError
    assert not (tmp_path / "mlflow.db").exists()


def test_a_sweep_without_a_successful_trial_is_failed(folder: Path) -> None:
    bench = Bench(sweep_in(folder))
    bench.record.begin()
    SweepTracker(SweepRuns(bench.uri, bench.sweep, bench.plan)).begin()
    bench.record.finish(None, incomplete=["a", "b"], is_failed=True)
    (parent,) = bench.runs("sweep")
    assert (parent.info.status, parent.data.tags["incomplete"]) == ("FAILED", "a, b")
