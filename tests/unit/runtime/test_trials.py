"""Tune's folder, the handler of SIGTERM, and the final status of a trial."""

from __future__ import annotations

import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ray", reason="the light install has no Ray")

from codem_ray.config import parse_sweep
from codem_ray.runtime.ray_connection import keep_sigterm_handler
from codem_ray.runtime.trials import _tune_folder
from codem_ray.storage import Storage
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.stages import export_stage
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.sweep.trial_status import read_statuses
from codem_ray.training.environment import extensions_folder


def test_the_folder_of_tune_is_deleted_by_the_run_or_the_next_one(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    (tmp_path / ".tune" / "of a killed run").mkdir(parents=True)
    with _tune_folder(storage) as folder:
        assert not (Path(folder) / "of a killed run").exists()
        (Path(folder) / "state").mkdir(parents=True)
    assert list(tmp_path.iterdir()) == []


def test_compiled_extensions_are_deleted_after_the_export(tmp_path: Path) -> None:
    spec: Any = SimpleNamespace(ray_storage_path=str(tmp_path))
    folder = extensions_folder(spec)
    assert folder.parent == tmp_path
    assert not folder.exists()
    assert extensions_folder(spec) != folder


def test_sigterm_during_the_start_of_ray_reaches_our_handler() -> None:
    class Stopped(BaseException):
        pass

    def stop(number: int, frame: object) -> None:
        raise Stopped

    def ray_init() -> None:
        with keep_sigterm_handler():
            signal.signal(signal.SIGTERM, lambda number, frame: None)
            # As Ray's own handler does.
            raise SystemExit(signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with pytest.raises(Stopped):
            ray_init()
        assert signal.getsignal(signal.SIGTERM) is stop
        with keep_sigterm_handler():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        assert signal.getsignal(signal.SIGTERM) is stop
    finally:
        signal.signal(signal.SIGTERM, before)


def test_the_final_status_of_a_trained_trial_shows_all_steps(tmp_path: Path) -> None:
    raw = {
        "name": "planned",
        "base_model": {"path": "starter"},
        "sources": ["python"],
        "data": {
            "corpora": [{"path": "starter"}],
            "pairs": 50,
            "max_tokens": 256,
            "decontaminate": False,
        },
        "generation": {"max_new_tokens": 128},
        "evaluation": {"benchmarks": ["starter-python"], "limit": 3},
        "storage": {"path": str(tmp_path)},
    }
    sweep = parse_sweep(raw, [], "test")
    plan, storage = plan_offline(sweep).plan, Storage(str(tmp_path))
    trial = next(trial for trial in plan.trials if trial.source == "python")
    with export_stage(storage, trial).writing({}) as writer:
        writer.facts.update(steps=17, final_loss=0.5)
    services: Any = SimpleNamespace(
        is_tracked=lambda *arguments: False,
        start_tracking=lambda trial: None,
        track=lambda *arguments: None,
    )
    context = SweepContext(
        storage=storage,
        sweep=sweep,
        cells=(),
        tokens_keys={},
    )
    TrialRun(context, trial, services, attempt=1).run()
    status = next(s for s in read_statuses(storage, plan) if s.trial_id == trial.trial_id)
    assert (status.state, status.step, status.steps, status.loss) == ("done", 17, 17, 0.5)
