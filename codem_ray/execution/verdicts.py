"""Turns the raw facts of a run into a verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass

from codem_ray.records import ExecutionResult, Limits, Outcome, Verdict

MESSAGE_LENGTH = 2000
PATIENCE = 5.0
"""How much more wall time a program gets that computed, but had too little of a busy machine."""
WAITING_SHARE = 0.02
"""A program that had less of a CPU than this was waiting, not crowded out."""
_REPORT = re.compile(rb"(\S+) (ok|failed|error|compile|gone) (\d+) ?(.*)", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What a program said on the report descriptor, once its secret was found right."""

    status: str
    checks: int
    message: str


def parse_report(data: bytes, secret: bytes) -> Report | None:
    """Return the report, or None when there is none with this run's secret."""
    match = _REPORT.fullmatch(data)
    if match is None or match[1] != secret:
        return None
    return Report(
        status=match[2].decode(), checks=int(match[3]), message=match[4].decode("utf-8", "replace")
    )


def limit_outcome(result: ExecutionResult) -> Outcome | None:
    """Return the limit that ended a run, or None."""
    if result.is_out_of_memory:
        return Outcome.MEMORY_LIMIT
    if result.is_output_exceeded:
        return Outcome.OUTPUT_LIMIT
    if result.is_timed_out or result.is_wall_timeout:
        return Outcome.TIMEOUT
    return None


def judge(
    *,
    judge_result: ExecutionResult,
    answer_result: ExecutionResult | None,
    secret: bytes,
    limits: Limits,
    expected_checks: int,
    compile_cpu_seconds: float,
) -> Verdict:
    """Decide on one run; `answer_result` is the other process of a pair."""
    report = parse_report(judge_result.report, secret)
    results = [judge_result] if answer_result is None else [answer_result, judge_result]
    outcome, message = _decide(report, results, limits, expected_checks)
    return Verdict(
        outcome=outcome,
        message=message[:MESSAGE_LENGTH],
        compile_cpu_seconds=compile_cpu_seconds,
        run_cpu_seconds=sum(result.cpu_seconds for result in results),
        wall_seconds=max(result.wall_seconds for result in results),
        peak_memory_bytes=max(result.peak_memory_bytes for result in results),
        checks_done=report.checks if report else 0,
        is_wall_timeout=outcome is Outcome.TIMEOUT
        and any(result.is_wall_timeout for result in results),
    )


def patience_after(verdict: Verdict) -> float:
    """Return how many times its wall limit a program gets when it is tried again."""
    share = verdict.run_cpu_seconds / max(verdict.wall_seconds, 1e-9)
    return PATIENCE if share > WAITING_SHARE else 1.0


def _decide(
    report: Report | None, results: list[ExecutionResult], limits: Limits, expected_checks: int
) -> tuple[Outcome, str]:
    # How far past its CPU time a program comes depends on when it is looked at: nothing that it
    # says then counts.
    if any(result.is_timed_out and not result.is_wall_timeout for result in results):
        return Outcome.TIMEOUT, _limit_message(Outcome.TIMEOUT, limits)
    if report is not None and report.status == "ok":
        return count_outcome(report.checks, expected_checks)
    if report is not None and report.status == "failed":
        return Outcome.WRONG_ANSWER, report.message
    if report is not None and report.status == "compile":
        return Outcome.COMPILE_ERROR, report.message
    for result in results:
        limit = limit_outcome(result)
        if limit is not None:
            return limit, _limit_message(limit, limits)
    if report is not None:
        return Outcome.RUNTIME_ERROR, report.message + _last_lines(results[0])
    return Outcome.RUNTIME_ERROR, _death(results[0])


def count_outcome(checks: int, expected_checks: int) -> tuple[Outcome, str]:
    """Decide on tests that ran to their end without a failure."""
    if checks == 0:
        return Outcome.WRONG_ANSWER, "the tests ended without a single check"
    if checks < expected_checks:
        message = f"{checks} checks were done; the reference does {expected_checks}"
        return Outcome.WRONG_ANSWER, message
    return Outcome.PASSED, ""


def _limit_message(outcome: Outcome, limits: Limits) -> str:
    if outcome is Outcome.MEMORY_LIMIT:
        return f"more than {limits.memory_bytes >> 20} MiB of memory"
    if outcome is Outcome.OUTPUT_LIMIT:
        return f"more than {limits.output_bytes >> 10} KiB of output"
    return f"more than {limits.cpu_seconds:g} s of CPU time or {limits.wall_seconds:g} s in all"


def _last_lines(result: ExecutionResult) -> str:
    text = result.stderr[-1500:].decode("utf-8", "replace").strip()
    return "\n" + text if text else ""


def _death(result: ExecutionResult) -> str:
    if result.signal is not None:
        how = f"ended by signal {result.signal}"
    else:
        how = f"ended with status {result.exit_code}"
    text = result.stderr[:1500].decode("utf-8", "replace").strip()
    return f"{how} before the tests were done" + ("\n" + text if text else "")
