"""Trials that a search has stopped are neither missing nor trained again, and are shown as such."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from planned_sweeps import TOOLCHAIN_DIGESTS, make_sweep

from codem_ray.config import Sweep
from codem_ray.errors import DivergedError, StoppedEarlyError, TrialError
from codem_ray.storage import Storage
from codem_ray.sweep.planning import plan_offline
from codem_ray.sweep.search_results import search_results
from codem_ray.sweep.stages import TrialCell, cells_of, export_stage, train_folder
from codem_ray.sweep.stopped_trials import record_stop, stopped_trials
from codem_ray.sweep.stored_plan import incomplete_cells, read_stored, write_plan
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial import SweepContext, TrialRun
from codem_ray.sweep.trial_status import CurveWriter, TrialState, mark_finished, read_statuses
from codem_ray.training.training_spec import TrainingResult, TrainingSpec


class StoppedServices:
    """Services whose training ends with an error after two steps."""

    def __init__(self, storage: Storage, error: Exception) -> None:
        self._storage, self._error = storage, error

    def train(self, spec: TrainingSpec, show_wait: Callable[[str], None]) -> TrainingResult:
        points = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.5}]
        CurveWriter(self._storage, train_folder(spec.trial_id)).append(points, is_urgent=True)
        raise self._error

    def start_tracking(self, trial: TrialPlan) -> None:
        return

    def is_tracked(self, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
        return False


@pytest.mark.parametrize("kind", [StoppedEarlyError, DivergedError])
def test_a_trial_of_a_search_that_is_stopped_or_diverges_ends_without_an_error(
    tmp_path: Path, kind: type[TrialError]
) -> None:
    sweep = searched()
    storage = Storage(str(tmp_path / "planned"))
    inputs = plan_offline(sweep)
    trial = inputs.plan.trials[1]
    context = SweepContext(
        storage=storage,
        sweep=sweep,
        cells=tuple(cells_of(sweep, inputs.plan, TOOLCHAIN_DIGESTS)),
        tokens_keys={trial.source: ()},
    )
    services: Any = StoppedServices(storage, kind(trial.trial_id, "too slow"))
    assert TrialRun(context, trial, services, attempt=1).run() == "too slow"
    facts = stopped_trials(storage, sweep.search, inputs.plan.trials)[trial.trial_id]
    assert (facts["step"], facts["is_diverged"]) == (2, kind is DivergedError)
    (status,) = (s for s in read_statuses(storage, inputs.plan) if s.trial_id == trial.trial_id)
    assert (status.state, status.message) == (TrialState.STOPPED_EARLY, "too slow")
    assert (status.step, status.steps) == (2, trial.steps)


def test_a_trial_without_a_search_that_diverges_fails(tmp_path: Path) -> None:
    sweep = make_sweep(sources=["python"])
    storage = Storage(str(tmp_path / "planned"))
    inputs = plan_offline(sweep)
    (trial,) = inputs.plan.trials
    context = SweepContext(
        storage=storage,
        sweep=sweep,
        cells=tuple(cells_of(sweep, inputs.plan, TOOLCHAIN_DIGESTS)),
        tokens_keys={trial.source: ()},
    )
    services: Any = StoppedServices(storage, DivergedError(trial.trial_id, "the loss is nan"))
    with pytest.raises(DivergedError):
        TrialRun(context, trial, services, attempt=1).run()


def searched(**changes: Any) -> Sweep:
    search = {"space": {"training.learning_rate": [1e-3, 3e-3, 9e-3]}, "scheduler": "asha"}
    return make_sweep(search=search | changes, sources=["python"])


class Search:
    """A sweep of three settings: one trained, one stopped, one diverged."""

    def __init__(self, folder: Path) -> None:
        self.storage, self.sweep = Storage(str(folder / "planned")), searched()
        self.plan = plan_offline(self.sweep).plan
        trained, stopped, diverged = self.plan.trials
        with export_stage(self.storage, trained).writing({}) as writer:
            writer.facts.update(steps=9, curve=[{"step": 9, "loss": 0.5}])
        points = [{"step": 1, "loss": 2.0}, {"step": 2, "loss": 1.5}]
        CurveWriter(self.storage, train_folder(stopped.trial_id)).append(points, is_urgent=True)
        for trial, is_diverged in ((stopped, False), (diverged, True)):
            record_stop(self.storage, self.sweep.search, trial, "too slow", is_diverged=is_diverged)
        cells = cells_of(self.sweep, self.plan, TOOLCHAIN_DIGESTS)
        write_plan(self.storage, self.sweep, self.plan, cells, {})

    def stopped(self, sweep: Sweep) -> list[str]:
        found = stopped_trials(self.storage, sweep.search, self.plan.trials)
        return [trial.source for trial in self.plan.trials if trial.trial_id in found]


def test_cells_of_stopped_trials_are_not_missing(tmp_path: Path) -> None:
    search = Search(tmp_path)
    stored = read_stored(search.storage)
    missing = {cell.trial_id for cell in incomplete_cells(search.storage, stored)}
    assert missing == {search.plan.trials[0].trial_id}


def test_their_checkpoints_are_gone(tmp_path: Path) -> None:
    search = Search(tmp_path)
    assert not search.storage.exists(train_folder(search.plan.trials[1].trial_id))


def test_another_rule_trains_a_stopped_trial_and_no_rule_a_diverged_one(tmp_path: Path) -> None:
    search = Search(tmp_path)
    stopped, diverged = "python learning_rate=0.003", "python learning_rate=0.009"
    assert search.stopped(search.sweep) == [stopped, diverged]
    assert search.stopped(searched(reduction_factor=4)) == [diverged]
    assert search.stopped(searched(scheduler="none")) == [diverged]


def test_they_are_shown_as_stopped_with_the_reason(tmp_path: Path) -> None:
    search = Search(tmp_path)
    facts = stopped_trials(search.storage, search.sweep.search, search.plan.trials)
    mark_finished(search.storage, search.plan, {search.plan.trials[0].trial_id}, facts)
    statuses = read_statuses(search.storage, search.plan)
    assert [status.state for status in statuses] == [
        TrialState.WAITING,
        TrialState.STOPPED_EARLY,
        TrialState.STOPPED_EARLY,
    ]
    assert (statuses[1].step, statuses[1].message) == (2, "too slow")
    assert statuses[1].setting == "learning_rate=0.003"


def test_the_best_setting_is_one_that_was_trained_to_the_end(tmp_path: Path) -> None:
    search = Search(tmp_path)
    results = search_results(search.storage, read_stored(search.storage))
    assert [(r.state, r.loss, r.is_best) for r in results] == [
        ("trained", 0.5, True),
        ("stopped early", 1.75, False),
        ("diverged", None, False),
    ]
    assert results[1].as_row()["steps"] == f"2 of {search.plan.trials[1].steps}"
