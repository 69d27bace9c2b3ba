"""Decisions about failed trials."""

from __future__ import annotations

import pickle

import pytest

from codem_ray.errors import (
    CodemError,
    ConfigError,
    DataError,
    DivergedError,
    EnvironmentLackError,
    LostError,
    ModelLoadError,
    NodeDiskError,
    NodeLostError,
    NodesMissingError,
    OutOfMemoryError,
    ResourceError,
    SandboxError,
    StorageError,
    ToolchainError,
    TrialError,
)
from codem_ray.sweep.failures import (
    MAX_NODES_LOST,
    FailedAttempts,
    FailureDecision,
    cause_of,
    decide,
    message_of,
    repeated_cause,
)


def decisions(error: BaseException, times: int) -> list[FailureDecision]:
    """Decide after each of several equal failures of a trial that may be tried three times."""
    failed, found = FailedAttempts(), []
    for _ in range(times):
        failed = failed.plus(error)
        found.append(decide(error, failed, max_attempts=3))
    return found


RETRY, GIVE_UP = FailureDecision.RETRY, FailureDecision.GIVE_UP


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("strange"),
        LostError("a worker was killed"),
        SandboxError("x"),
        ResourceError("no room in time"),
        NodeDiskError("worker 1 on b has no space left"),
        TrialError("t", "no step was finished for 30 minutes"),
    ],
)
def test_an_error_that_may_pass_is_retried_until_no_attempt_is_left(error: Exception) -> None:
    assert decisions(error, 3) == [RETRY, RETRY, GIVE_UP]


def test_a_lost_node_does_not_count_as_an_attempt_but_has_a_limit() -> None:
    error = NodeLostError("the node b died")
    assert decisions(error, MAX_NODES_LOST + 1) == [RETRY] * MAX_NODES_LOST + [GIVE_UP]
    failed = FailedAttempts(counted=2).plus(error)
    assert failed == FailedAttempts(counted=2, by_lost_nodes=1)
    assert decide(error, failed, max_attempts=3) is RETRY


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("x"),
        DataError("x"),
        ModelLoadError("x"),
        ToolchainError("x"),
        EnvironmentLackError("worker 1 on b cannot import a package"),
        OutOfMemoryError("t", "worker 0 ran out of memory"),
        DivergedError("t", "the loss is nan at step 7"),
        ImportError("no module"),
    ],
)
def test_an_error_that_recurs_is_given_up_at_once(error: Exception) -> None:
    assert decisions(error, 1) == [GIVE_UP]


def test_a_wrapped_storage_error_stops_the_sweep() -> None:
    wrapper = RuntimeError("ray says")
    wrapper.__cause__ = StorageError("the disk is full")
    assert decisions(wrapper, 1) == [FailureDecision.STOP_SWEEP]


@pytest.mark.parametrize(
    ("first", "second", "is_same"),
    [
        (TrialError("a-1f", "no key 3 at step 17"), TrialError("b-2c", "no key 4 at step 9"), True),
        (TrialError("a-1f", "no key 3"), TrialError("b-2c", "no model"), False),
        (
            OutOfMemoryError("a-1f", "worker 0 on x ran out of memory (8 GiB)"),
            OutOfMemoryError("b-2c", "worker 3 on y ran out of memory"),
            True,
        ),
        (ModelLoadError("model m is damaged"), ModelLoadError("model n is damaged"), False),
    ],
)
def test_causes_are_compared_without_names_and_numbers(
    first: CodemError, second: CodemError, is_same: bool
) -> None:
    causes = {"a-1f": cause_of(first, "a-1f"), "b-2c": cause_of(second, "b-2c")}
    assert repeated_cause(causes) == (("a-1f", "b-2c") if is_same else None)


def test_trials_that_did_not_fail_have_no_common_cause() -> None:
    assert repeated_cause({"a": "", "b": "", "c": "x", "d": ""}) is None
    assert repeated_cause({"a": "x", "b": "y", "c": "", "d": "y", "e": "x"}) == ("b", "d")


def test_nodes_that_do_not_come_stop_the_sweep() -> None:
    assert decisions(NodesMissingError("waits for nodes"), 1) == [FailureDecision.STOP_SWEEP]


def test_the_message_of_an_error_is_its_cause_without_a_remote_traceback() -> None:
    class Remote(StorageError):
        cause = StorageError("MLflow is unavailable")

    assert message_of(Remote("\x1b[36mray::f()\x1b[39m\nTraceback ...")) == "MLflow is unavailable"
    text = "\x1b[36mray::f()\x1b[39m (pid=1)\nTraceback (most recent call last):\n  x\nKeyError: 3"
    assert message_of(RuntimeError(text)) == "KeyError: 3"
    assert (
        message_of(RuntimeError('ray::f()\n  File "f.py", line 1, in f\nKeyError: 4'))
        == "KeyError: 4"
    )
    assert message_of(ValueError("two\nlines")) == "two\nlines"


def test_errors_that_cross_processes_keep_type_and_message() -> None:
    for error in (OutOfMemoryError("t", "c"), NodeLostError("n"), DivergedError("t", "nan")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy)) == (type(error), str(error))
