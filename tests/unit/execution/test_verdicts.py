"""Verdicts follow from the raw results of an execution."""

import pytest

from codem_ray.execution.verdicts import RawResults, decide_verdict, wall_factor_after
from codem_ray.records import ExecutionResult, Limits, Outcome, Verdict

SECRET = b"0123"


def outcome(report: bytes = b"", expected_checks: int = 1, **facts) -> Outcome:
    result = ExecutionResult(
        **{
            "exit_code": 0,
            "signal": None,
            "stdout": b"",
            "stderr": b"",
            "report": report,
            "cpu_seconds": 0.1,
            "wall_seconds": 0.1,
            "peak_memory_bytes": 1,
            **facts,
        }
    )
    raw = RawResults(judge=result, answer=None, secret=SECRET)
    return decide_verdict(raw, Limits(), expected_checks=expected_checks).outcome


def test_a_report_with_the_secret_passes() -> None:
    assert outcome(b"0123 ok 3 ") is Outcome.PASSED


def test_status_zero_without_a_report_does_not_pass() -> None:
    assert outcome() is Outcome.RUNTIME_ERROR


def test_a_report_with_another_secret_does_not_pass() -> None:
    assert outcome(b"9999 ok 3 ") is Outcome.RUNTIME_ERROR


def test_two_reports_do_not_pass() -> None:
    assert outcome(b"9999 ok 3 0123 ok 3 ") is not Outcome.PASSED


def test_tests_without_a_check_do_not_pass() -> None:
    assert outcome(b"0123 ok 0 ", expected_checks=0) is Outcome.WRONG_ANSWER


def test_fewer_checks_than_the_reference_do_not_pass() -> None:
    assert outcome(b"0123 ok 3 ", expected_checks=4) is Outcome.WRONG_ANSWER


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("is_out_of_memory", Outcome.MEMORY_LIMIT),
        ("is_output_exceeded", Outcome.OUTPUT_LIMIT),
        ("is_timed_out", Outcome.TIMEOUT),
        ("is_wall_timeout", Outcome.TIMEOUT),
    ],
)
def test_each_limit_has_its_outcome(fact: str, expected: Outcome) -> None:
    assert outcome(**{fact: True}, exit_code=None, signal=9) is expected


def test_a_failed_check_is_a_wrong_answer() -> None:
    assert outcome(b"0123 failed 2 x == y") is Outcome.WRONG_ANSWER


def test_a_report_after_the_cpu_limit_does_not_count() -> None:
    assert outcome(b"0123 ok 3 ", is_timed_out=True) is Outcome.TIMEOUT
    assert outcome(b"0123 failed 3 ", is_timed_out=True) is Outcome.TIMEOUT
    assert outcome(b"0123 ok 3 ", is_timed_out=True, is_wall_timeout=True) is Outcome.PASSED


def test_only_a_program_that_computed_gets_more_time() -> None:
    def wall_factor(cpu_seconds: float) -> float:
        return wall_factor_after(
            Verdict(outcome=Outcome.TIMEOUT, run_cpu_seconds=cpu_seconds, wall_seconds=60.0)
        )

    assert wall_factor(0.4) == 1
    assert wall_factor(4.5) == 5
