"""The text that `codem-ray validate` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from codem_ray.cli.output import text_table

if TYPE_CHECKING:
    from codem_ray.scoring.gate_report import GateReport

_HEADER = (
    *("benchmark", "gate", "problems", "references pass", "quarantined", "controls fail"),
    *("mutants fail", "survivors", "flaky", "compile cpu s", "run cpu s"),
)


def summary_line(report: GateReport) -> str:
    """Return the outcome for one benchmark in a line."""
    runs = f", each {report.runs} times" if report.runs > 1 else ""
    flaky = f", {len(report.flaky)} flaky" if report.flaky else ""
    return (
        f"{report.benchmark}: {_state(report)}, {report.references_passed}/{report.num_references} "
        f"references, {report.controls_failed}/{report.num_controls} controls{runs}{flaky}"
    )


def details_text(report: GateReport) -> str:
    """Return what a reader should check, under the benchmark's name; empty if nothing."""
    lines = []
    for failure in (*report.references_failed, *report.not_run):
        first_line = failure.message.strip().partition("\n")[0]
        lines.append(
            f"  {failure.task_id}: the reference does not pass: {failure.outcome}: {first_line}"
        )
    lines += [f"  {task_id}: a broken control passes" for task_id in report.controls_passed]
    if report.controls_absent:
        lines.append(f"  {report.controls_absent} broken controls not run: no browser was found")
    not_run = report.controls_not_run + report.mutants_not_run
    if not_run:
        lines.append(f"  {not_run} controls or mutants could not be run")
    for task_id, reason in report.quarantined.items():
        passed = " (its reference passed this time)" * (task_id in report.quarantined_passed)
        lines.append(f"  {task_id}: quarantined: {reason}{passed}")
    for flaky in report.flaky:
        kind = "a broken control" if flaky.is_control else "its reference"
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in flaky.outcomes.items())
        lines.append(f"  {flaky.task_id}: {kind} is flaky over {report.runs} runs: {outcomes}")
    for survivor in report.survivors:
        lines += [
            f"  {survivor.task_id}: survives {survivor.mutation} in line {survivor.line}:",
            f"      {survivor.before.strip()}",
            f"   -> {survivor.after.strip()}",
        ]
    return "\n".join([report.benchmark, *lines, ""]) if lines else ""


def table_text(reports: Sequence[GateReport]) -> str:
    """Return the table of all benchmarks, with the CPU time that the gate took."""
    compiled = sum(report.compile_cpu_seconds for report in reports)
    ran = sum(report.run_cpu_seconds for report in reports)
    once = sum(report.run_cpu_seconds / report.runs for report in reports)
    return text_table(_HEADER, [_row(report) for report in reports], left=2) + (
        f"references and controls: {compiled:,.0f} CPU-s compiling, {ran:,.0f} running; "
        f"20 runs of each would take about {compiled + 20 * once:,.0f} CPU-s\n"
    )


def _row(report: GateReport) -> tuple[str, ...]:
    num_references, num_controls = report.num_references, report.num_controls
    num_mutants = report.mutants_killed + len(report.survivors)
    return (
        report.benchmark,
        _state(report),
        str(report.problems),
        f"{report.references_passed}/{num_references}" if num_references else "none",
        str(len(report.quarantined)),
        f"{report.controls_failed}/{num_controls}" if num_controls else "-",
        f"{report.mutants_killed}/{num_mutants}" if num_mutants else "-",
        str(len(report.survivors)) if num_mutants else "-",
        str(len(report.flaky)) if report.runs > 1 else "-",
        f"{report.compile_cpu_seconds:.0f}",
        f"{report.run_cpu_seconds:.0f}",
    )


def _state(report: GateReport) -> str:
    return "ok" if report.is_passed else "FAIL"
