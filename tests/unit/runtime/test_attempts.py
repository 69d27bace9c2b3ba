"""Attempts at a trial, and the end of a sweep whose trials fail for one cause."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ray", reason="the light install has no Ray")

from ray.exceptions import ActorUnavailableError, RayActorError

from codem_ray.errors import (
    LostError,
    ModelLoadError,
    NodeLostError,
    OutOfMemoryError,
    StorageError,
    TrackingError,
    TrialError,
)
from codem_ray.runtime import attempts
from codem_ray.runtime.attempts import NodeWatch, run_attempts
from codem_ray.runtime.trials import StopSweep, TrialEnd, repeated_failure
from codem_ray.storage import Storage
from codem_ray.sweep.trial_status import status_name

NODES = {"1f": "a (10.0.0.1)", "2f": "b (10.0.0.2)"}


class Script:
    """Stands for the trial: each attempt ends with the next error, and with none at last."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.attempts: list[int] = []
        self.failed: list[Any] = []
        """Trials whose runs in MLflow were closed as failed."""

    def __call__(self, context: Any, trial: Any, services: Any, *, attempt: int) -> Any:
        self.attempts.append(attempt)
        return SimpleNamespace(run=self._run)

    def _run(self) -> None:
        if self._errors:
            raise self._errors.pop(0)


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of nodes of a cluster of two that have died."""
    dead: set[str] = set()

    def nodes(*, is_alive: bool) -> dict[str, str]:
        return {node: name for node, name in NODES.items() if (node not in dead) is is_alive}

    monkeypatch.setattr(attempts, "_nodes", nodes)
    monkeypatch.setattr(attempts, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(attempts, "NODE_DEATH_SECONDS", 0.0)
    return dead


def run(script: Script, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(attempts, "TrialRun", script)
    search = SimpleNamespace(max_failures=2)
    context: Any = SimpleNamespace(
        sweep=SimpleNamespace(search=search), storage=Storage(str(folder))
    )
    trial: Any = SimpleNamespace(trial_id="t")
    services: Any = SimpleNamespace(fail_tracking=script.failed.append)
    return run_attempts(context, trial, services)


@pytest.mark.usefixtures("dead")
def test_nodes_that_are_lost_do_not_use_up_the_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script(*[NodeLostError("b died")] * 5, LostError("killed"), LostError("killed too"))
    assert run(script, tmp_path, monkeypatch) == {"error": ""}
    assert script.attempts == [1, 1, 1, 1, 1, 1, 2, 3]
    status = json.loads((tmp_path / status_name("t")).read_text())
    assert (status["stage"], status["message"]) == ("retry", "killed too")


@pytest.mark.usefixtures("dead")
@pytest.mark.parametrize(
    ("error", "num_attempts", "is_fatal"),
    [
        (TrialError("t", "strange"), 3, False),
        (OutOfMemoryError("t", "worker 0 ran out of memory"), 1, False),
        (ModelLoadError("damaged"), 1, False),
        (StorageError("full"), 1, True),
    ],
)
def test_a_trial_ends_with_its_last_error(
    error: Exception,
    num_attempts: int,
    is_fatal: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Script(*[error] * 9)
    end = run(script, tmp_path, monkeypatch)
    assert (end["error"], end["is_fatal"]) == (str(error), is_fatal)
    assert len(script.attempts) == num_attempts
    assert [trial.trial_id for trial in script.failed] == ["t"]


@pytest.mark.usefixtures("dead")
def test_a_trial_that_mlflow_does_not_hold_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = run(Script(TrackingError("no answer")), tmp_path, monkeypatch)
    assert end == {"error": "", "untracked": "no answer"}


def test_a_process_that_was_lost_with_its_node_is_the_clusters_fault(dead: set[str]) -> None:
    watch = NodeWatch()
    lost = LostError("a generator died")
    assert watch.explain(lost) is lost
    dead.add("2f")
    explained = watch.explain(lost)
    assert isinstance(explained, NodeLostError)
    assert str(explained) == "the node b (10.0.0.2) died: a generator died"
    strange = KeyError("x")
    assert watch.explain(strange) is strange
    # It was dead before this attempt.
    assert NodeWatch().explain(lost) is lost


def test_an_actor_of_the_sweep_that_is_gone_is_a_lost_process(dead: set[str]) -> None:
    watch = NodeWatch()
    died = RayActorError(error_msg="The actor died.\n\tip: 10.0.0.2\nIts process was killed.")
    explained = watch.explain(died)
    assert type(explained) is LostError
    assert str(explained).endswith(": Its process was killed.")
    # Ray starts it again elsewhere, which uses up no attempt of the trial.
    assert type(watch.explain(ActorUnavailableError("restarting", None))) is NodeLostError
    dead.add("1f")
    assert str(watch.explain(died)).startswith("the node a (10.0.0.1) died: ")


def test_the_sweep_stops_after_a_fatal_error_or_two_of_one_cause() -> None:
    def result(trial_id: str, **metrics: object) -> dict[str, Any]:
        return {"config": {"trial_id": trial_id}, **metrics}

    stop = StopSweep()
    for trial_id, cause in (("a", ""), ("b", "no key"), ("b", "no key"), ("c", "no model")):
        stop(f"tune-{trial_id}", result(trial_id, error=cause, cause=cause))
        assert not stop.stop_all()
    stop("tune-d", result("d", error="no key 7", cause="no key"))
    assert stop.stop_all()
    fatal = StopSweep()
    fatal("tune-a", result("a", error="full", is_fatal=True))
    assert fatal.stop_all()


def test_the_reason_of_an_early_end_names_both_trials_and_the_error() -> None:
    ends = [
        TrialEnd(trial_id="a", error="no key 7", cause="no key"),
        TrialEnd(trial_id="b"),
        TrialEnd(trial_id="c", error="no key 9", cause="no key"),
    ]
    assert repeated_failure(ends) == (
        "a and c failed for the same cause, so the other trials were stopped: no key 9"
    )
    assert repeated_failure(ends[:2]) == ""
