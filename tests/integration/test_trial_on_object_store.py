"""A trial's stages on remote storage, with a trainer and a model that a test writes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep
from stored_sweep import WrittenServices
from unreliable_store import UnreliableFileSystem

from codem_ray.execution.executor import Executor
from codem_ray.records import Job, Outcome, Verdict
from codem_ray.storage import Storage, local_folder, store_errors
from codem_ray.sweep.planning import prepare_inputs, storage_of
from codem_ray.sweep.stages import TrialCell, cells_of, export_stage, find_missing, train_folder
from codem_ray.sweep.stored_plan import incomplete_cells, load_results, read_stored, write_plan
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.sweep_report import build_sweep_report
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.sweep.trial_status import CurveWriter, TrialState, read_statuses
from codem_ray.tokens.packed_rows import load_tokens
from codem_ray.training.training_spec import TrainingResult, TrainingSpec


class ScriptedServices(WrittenServices):
    """Trains by writing a file, as a worker on another node does, and passes every answer."""

    def __init__(self, storage: Storage, folder: Path, interrupt: Callable[[], None]) -> None:
        super().__init__(lambda cell, problem: ["pass"], Executor.__new__(Executor))
        self._storage, self._folder, self._interrupt = storage, folder, interrupt
        self.models: list[str] = []
        self.num_trained = 0

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        self._interrupt()
        for tokens in spec.tokens_folders:
            assert len(load_tokens(local_folder(tokens)).input_ids) > 0
        points = [{"step": step, "loss": 1.0 / step, "lr": 1e-4} for step in (1, 2)]
        CurveWriter(self._storage, train_folder(spec.trial_id)).append(points, is_urgent=True)
        (self._folder / "config.json").write_text("{}")
        root, _, name = spec.export_folder.rpartition("/")
        uploaded = Storage(root).stage(name).upload(self._folder)
        self.num_trained += 1
        return TrainingResult(
            steps=2, final_loss=0.5, tokens=9, seconds=1.0, resumed_from_step=0, uploaded=uploaded
        )

    @contextmanager
    def engines(
        self, trial: TrialPlan, model: str, show_wait: Callable[[str], None]
    ) -> Iterator[ScriptedServices]:
        self._interrupt()
        self.models.append(model)
        yield self

    def execute(self, jobs: Sequence[Job], progress: Callable[[int], None]) -> list[Verdict]:
        self._interrupt()
        return [Verdict(outcome=Outcome.PASSED) for _ in jobs]

    def start_tracking(self, trial: TrialPlan) -> None:
        return

    def is_tracked(self, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
        return True

    def track(
        self, trial: TrialPlan, cells: Sequence[TrialCell], model: str, training: Mapping[str, Any]
    ) -> None:
        raise AssertionError("these trials are tracked")


def test_a_sweep_ends_in_a_report_while_the_store_is_unavailable_at_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "node"))
    monkeypatch.setattr(store_errors, "_FIRST_DELAY", 0.01)
    monkeypatch.setattr(store_errors, "_LONGEST_DELAY", 0.02)
    sweep = make_sweep(
        **{"sources": ["base", "python"], "storage.path": f"unreliable://{uuid.uuid4().hex}/runs"}
    )
    storage = storage_of(sweep)
    inputs = prepare_inputs(sweep)
    assert inputs.pairs is not None
    context = SweepContext(
        storage=storage,
        sweep=sweep,
        cells=tuple(cells_of(sweep, inputs.plan, TOOLCHAIN_DIGESTS)),
        tokens_keys=dict(inputs.pairs.tokens_keys),
    )
    write_plan(storage, sweep, inputs.plan, context.cells, {})

    def interrupt() -> None:
        UnreliableFileSystem.failures = 4

    (tmp_path / "export").mkdir()
    services = ScriptedServices(storage, tmp_path / "export", interrupt)
    for _ in range(2):
        for trial in inputs.plan.trials:
            TrialRun(context, trial, services, attempt=1).run()
    assert services.num_trained == 1
    trained = next(trial for trial in inputs.plan.trials if trial.source == "python")
    assert services.models == [
        trial.model if trial is not trained else export_stage(storage, trial).uri
        for trial in inputs.plan.trials
    ]
    manifest = export_stage(storage, trained).manifest()
    assert manifest is not None
    assert list(manifest.files) == ["config.json"]
    assert [point["step"] for point in manifest.facts["curve"]] == [1, 2]
    assert (local_folder(services.models[-1]) / "config.json").read_text() == "{}"
    assert storage.files(train_folder(trained.trial_id)) == {}
    for trial in inputs.plan.trials:
        assert not find_missing(storage, trial, context.cells, lambda *_: True)
    stored = read_stored(storage)
    assert incomplete_cells(storage, stored) == []
    assert len(load_results(storage, stored)) == 3 * len(stored.cells)
    statuses = read_statuses(storage, inputs.plan)
    assert {status.state for status in statuses} == {TrialState.DONE}
    report = build_sweep_report(storage)
    assert report.is_complete
    assert report.page == f"{storage.root}/report/index.html"
    assert all(path.is_file() for path in report.files)
    assert storage.exists("report/transfer_matrix.csv")
