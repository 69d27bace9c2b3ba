"""Decisions about failed trials."""

from __future__ import annotations

import pytest

from codem_ray.errors import ConfigError, ModelLoadError, SandboxError, StorageError
from codem_ray.sweep.failures import FailureDecision, decide, message_of


def decision(error: BaseException, attempt: int) -> FailureDecision:
    return decide(error, attempt=attempt, max_attempts=3)


def test_a_lost_worker_is_retried_until_no_attempt_is_left() -> None:
    assert decision(RuntimeError("worker died"), 2) is FailureDecision.RETRY
    assert decision(RuntimeError("worker died"), 3) is FailureDecision.GIVE_UP


@pytest.mark.parametrize("error", [ConfigError("x"), ModelLoadError("x")])
def test_an_error_that_will_recur_is_not_retried(error: Exception) -> None:
    assert decision(error, 1) is FailureDecision.GIVE_UP


def test_a_failed_sandbox_is_retried() -> None:
    assert decision(SandboxError("x"), 1) is FailureDecision.RETRY


def test_a_wrapped_storage_error_stops_the_sweep() -> None:
    wrapper = RuntimeError("ray says")
    wrapper.__cause__ = StorageError("the disk is full")
    assert decision(wrapper, 1) is FailureDecision.STOP_SWEEP


def test_the_message_of_an_error_is_its_cause_without_a_remote_traceback() -> None:
    class Remote(StorageError):
        cause = StorageError("MLflow is unavailable")

    assert message_of(Remote("\x1b[36mray::f()\x1b[39m\nTraceback ...")) == "MLflow is unavailable"
    text = "\x1b[36mray::f()\x1b[39m (pid=1)\nTraceback (most recent call last):\n  x\nKeyError: 3"
    assert message_of(RuntimeError(text)) == "KeyError: 3"
    assert message_of(ValueError("two\nlines")) == "two\nlines"
