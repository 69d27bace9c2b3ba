"""Failures: what is worth another attempt."""

from __future__ import annotations

import pytest

from codem_ray.errors import ConfigError, ModelLoadError, SandboxError, StorageError
from codem_ray.sweep.failures import FailureDecision, TrialFailure, decide, message_of


def decision(error: BaseException, attempt: int) -> FailureDecision:
    return decide(TrialFailure(trial_id="x", error=error), attempt=attempt, max_attempts=3)


def test_a_lost_worker_is_tried_again_until_the_attempts_are_used_up() -> None:
    assert decision(RuntimeError("worker died"), 2) is FailureDecision.RETRY
    assert decision(RuntimeError("worker died"), 3) is FailureDecision.GIVE_UP


@pytest.mark.parametrize("error", [ConfigError("x"), ModelLoadError("x")])
def test_what_cannot_succeed_is_not_tried_again(error: Exception) -> None:
    assert decision(error, 1) is FailureDecision.GIVE_UP


def test_a_sandbox_that_failed_is_tried_again() -> None:
    assert decision(SandboxError("x"), 1) is FailureDecision.RETRY


def test_a_full_disk_stops_the_sweep_also_when_it_comes_wrapped() -> None:
    wrapper = RuntimeError("ray says")
    wrapper.__cause__ = StorageError("the disk is full")
    assert decision(wrapper, 1) is FailureDecision.STOP_SWEEP


def test_a_person_is_told_the_cause_and_no_remote_traceback() -> None:
    class Remote(StorageError):
        cause = StorageError("MLflow is away")

    assert message_of(Remote("\x1b[36mray::f()\x1b[39m\nTraceback ...")) == "MLflow is away"
    text = "\x1b[36mray::f()\x1b[39m (pid=1)\nTraceback (most recent call last):\n  x\nKeyError: 3"
    assert message_of(RuntimeError(text)) == "KeyError: 3"
    assert message_of(ValueError("two\nlines")) == "two\nlines"
