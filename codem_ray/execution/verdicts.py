"""Decide on a verdict from the raw results of an execution."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from codem_ray.records import ExecutionResult, Limits, Outcome, Verdict

MESSAGE_LENGTH = 2000
WALL_TIME_FACTOR = 5.0
"""Factor for the wall limit on a retry, if a busy machine left the program too little CPU time."""
WAITING_SHARE = 0.02
"""A program that used a smaller share of a CPU was waiting, not short of CPU time."""
_REPORT = re.compile(rb"(\S+) (ok|failed|error|compile|gone) (\d+) ?(.*)", re.DOTALL)


class RawResults(NamedTuple):
    """The facts of one execution of a program."""

    judge: ExecutionResult
    """Result of the process that held the tests."""
    answer: ExecutionResult | None
    """Result of the other process of a pair. None if the program ran alone."""
    secret: bytes
    """Proves that the report comes from the harness."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgramReport:
    """A report that a program wrote to the report descriptor with the right secret."""

    status: str
    checks: int
    message: str


def parse_report(data: bytes, secret: bytes) -> ProgramReport | None:
    """Parse a report. None if there is none with this secret."""
    match = _REPORT.fullmatch(data)
    if match is None or match[1] != secret:
        return None
    return ProgramReport(
        status=match[2].decode(), checks=int(match[3]), message=match[4].decode("utf-8", "replace")
    )


def limit_outcome(result: ExecutionResult) -> Outcome | None:
    """Return the outcome for the limit that ended a process. None if no limit did."""
    if result.is_out_of_memory:
        return Outcome.MEMORY_LIMIT
    if result.is_output_exceeded:
        return Outcome.OUTPUT_LIMIT
    if result.is_timed_out or result.is_wall_timeout:
        return Outcome.TIMEOUT
    return None


def decide_verdict(
    raw: RawResults, limits: Limits, *, expected_checks: int, compile_cpu_seconds: float = 0.0
) -> Verdict:
    """Decide on one execution."""
    report = parse_report(raw.judge.report, raw.secret)
    results = [raw.judge] if raw.answer is None else [raw.answer, raw.judge]
    outcome, message = _outcome(report, results, limits, expected_checks)
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


def wall_factor_after(timeout: Verdict) -> float:
    """Return the factor for the wall limit of the retry after a timeout."""
    share = timeout.run_cpu_seconds / max(timeout.wall_seconds, 1e-9)
    return WALL_TIME_FACTOR if share > WAITING_SHARE else 1.0


def _outcome(
    report: ProgramReport | None,
    results: list[ExecutionResult],
    limits: Limits,
    expected_checks: int,
) -> tuple[Outcome, str]:
    # How far a program gets after its CPU limit depends on when the limit is noticed, so its
    # report does not count.
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
        return Outcome.RUNTIME_ERROR, report.message + _end_of_stderr(results[0])
    return Outcome.RUNTIME_ERROR, _unreported_end(results[0])


def count_outcome(checks: int, expected_checks: int) -> tuple[Outcome, str]:
    """Return outcome and message of tests that ended without a failure."""
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


def _end_of_stderr(result: ExecutionResult) -> str:
    text = result.stderr[-1500:].decode("utf-8", "replace").strip()
    return "\n" + text if text else ""


def _unreported_end(result: ExecutionResult) -> str:
    how = f"with status {result.exit_code}"
    if result.signal is not None:
        how = f"by signal {result.signal}"
    text = result.stderr[:1500].decode("utf-8", "replace").strip()
    return f"ended {how} before the tests were done" + ("\n" + text if text else "")
