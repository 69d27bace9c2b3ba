"""Errors of Ray Train are explained, and what a worker does is described."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="the light install has no Ray")

from ray.exceptions import RayActorError, RayTaskError
from ray.train import ControllerError, PreemptionError, WorkerGroupError
from ray.train.v2.api.preemption import PreemptionInfo

from codem_ray.config import TrainingConfig
from codem_ray.errors import (
    CodemError,
    DivergedError,
    LostError,
    ModelLoadError,
    NodeLostError,
    OutOfMemoryError,
    ResourceError,
    StoppedEarlyError,
    TrialError,
)
from codem_ray.runtime.train import explain_failure
from codem_ray.runtime.worker_group import describe_stack, training_stack, training_thread
from codem_ray.training.training_spec import TrainingSpec


def spec(folder: Path) -> TrainingSpec:
    return TrainingSpec(
        trial_id="t",
        base_model="m",
        tokens_folders=("tokens",),
        training=TrainingConfig(),
        ray_storage_path=str(folder),
        export_folder=str(folder / "export"),
    )


def lost_node() -> RayActorError:
    return RayActorError(error_msg="The actor died because its node has died. Node Id: 1f")


def killed() -> RayActorError:
    return RayActorError(error_msg="The actor is dead because its worker process has died.")


def workers_failed(*failures: Exception) -> WorkerGroupError:
    return WorkerGroupError("\n".join(map(str, failures)), dict(enumerate(failures)))


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (workers_failed(LostError("peer"), ModelLoadError("no model")), ModelLoadError, "no model"),
        (workers_failed(RuntimeError("DefaultCPUAllocator")), OutOfMemoryError, "micro_batch"),
        (workers_failed(LostError("peer"), killed()), LostError, "process was killed"),
        (workers_failed(LostError("peer"), lost_node()), NodeLostError, "taken away"),
        (workers_failed(NodeLostError("a"), NodeLostError("b")), NodeLostError, "a"),
        (
            workers_failed(LostError("peer"), RayActorError(error_msg="x", preempted=True)),
            NodeLostError,
            "taken away",
        ),
        (PreemptionError(PreemptionInfo(None, {"1f": [1]})), NodeLostError, "taken away"),
        (ControllerError(DivergedError("t", "the loss is nan")), DivergedError, "nan"),
        (ControllerError(killed()), LostError, "process was killed"),
        (
            ControllerError(RuntimeError("WorkerGroupStartupTimeoutError")),
            ResourceError,
            "2 workers with 1 CPU",
        ),
        (ControllerError(RuntimeError("a\nstrange\n")), TrialError, "strange"),
    ],
)
def test_an_error_of_ray_train_is_turned_into_one_with_cause_and_next_step(
    tmp_path: Path, error: Exception, kind: type[CodemError], text: str
) -> None:
    found = explain_failure(spec(tmp_path), error)
    assert type(found) is kind
    assert text in str(found)


def test_the_stack_of_the_thread_that_trains_is_described() -> None:
    started, is_over = threading.Event(), threading.Event()

    def train() -> None:
        with training_thread():
            started.set()
            is_over.wait()

    thread = threading.Thread(target=train)
    thread.start()
    started.wait()
    described = describe_stack(training_stack())
    is_over.set()
    thread.join()
    assert described.startswith("is in wait (")
    assert "threading.py:" in described
    assert describe_stack(training_stack()) == "does not train"


def test_a_stack_names_the_innermost_function_of_ours() -> None:
    frames = ["train (training/worker.py:9)", "step (training/worker.py:5)", "f (torch/x.py:1)"]
    assert describe_stack(frames) == (
        "is in f (torch/x.py:1), called from step (training/worker.py:5)"
    )


def test_an_error_that_ray_wraps_keeps_its_fields(tmp_path: Path) -> None:
    stop = StoppedEarlyError("t", "another setting is better")
    wrapped = RayTaskError("train", "traceback", stop).as_instanceof_cause()
    assert isinstance(wrapped, StoppedEarlyError)
    failure = explain_failure(spec(tmp_path), wrapped)
    assert failure is stop
