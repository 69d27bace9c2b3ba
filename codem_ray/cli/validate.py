"""Run the reference gate: each benchmark's references must pass on this machine, and its broken
controls must fail. Wrong solutions made from the references by stated mutations should fail too;
those that survive are listed, because only a reader can tell a weak test from an equal program."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codem_ray.cli.options import add_json, add_sandbox, positive_int, print_json
from codem_ray.cli.tables import text_table
from codem_ray.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from codem_ray.execution.executor import Executor
    from codem_ray.records import Job, Problem, Verdict
    from codem_ray.scoring.gate_report import GateReport

EXAMPLES = """\
examples:
  CODEM_RAY_DATA=/path/to/data codem-ray validate
  codem-ray validate --benchmark starter-go --mutants 3
  codem-ray validate --repeat 20 --mutants 0     which references and controls are flaky
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--benchmark",
        action="append",
        default=[],
        metavar="B",
        help="name, or file in a published format; may be repeated; default: all that are at hand",
    )
    parser.add_argument(
        "--mutants",
        type=int,
        default=2,
        metavar="N",
        help="wrong solutions made from each reference (default %(default)s)",
    )
    parser.add_argument("--limit", type=positive_int, metavar="N", help="first N problems of each")
    parser.add_argument(
        "--repeat",
        type=positive_int,
        default=1,
        metavar="N",
        help="build each reference and control once and run it N times: a pass is N of N",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="run mutants whose verdicts are known, too; references and controls always run",
    )
    add_sandbox(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Validate and print a table; exit 3 when a reference fails or a broken control passes."""
    from codem_ray.benchmarks import load
    from codem_ray.execution.executor import local_executor

    if args.mutants < 0:
        raise ConfigError(f"--mutants {args.mutants}: must be 0 or more")
    executor = local_executor(args.sandbox, uses_cache=not args.no_cache and args.repeat == 1)
    reports: list[GateReport] = []
    for name in _chosen(args.benchmark):
        problems = load(name, limit=args.limit)
        started = time.monotonic()
        report = _validate(name, problems, executor, runs=args.repeat, mutants=args.mutants)
        reports.append(report)
        print(f"validate: {_line(report)}, {time.monotonic() - started:.0f} s", file=sys.stderr)
        if not args.json and (details := _details(report)):
            # A long run that is stopped has told what it found by then.
            print(details, flush=True)
    if args.json:
        print_json([report.to_json() for report in reports])
    else:
        print(_table(reports), end="")
    return ExitCode.COMPLETE if all(r.is_passed for r in reports) else ExitCode.ENVIRONMENT


def _validate(
    name: str, problems: Sequence[Problem], executor: Executor, *, runs: int, mutants: int
) -> GateReport:
    from codem_ray.cli.progress import progress_bar
    from codem_ray.scoring.gate import validate_benchmark

    with progress_bar(name) as advance:

        def execute(jobs: Sequence[Job]) -> list[Verdict]:
            advance(0, len(jobs))
            return executor.execute(jobs, progress=lambda done: advance(done, 0))

        def execute_runs(jobs: Sequence[Job]) -> list[list[Verdict]]:
            advance(0, len(jobs) * runs)
            return executor.execute_repeatedly(
                jobs, runs, progress=lambda done: advance(done * runs, 0)
            )

        return validate_benchmark(
            problems,
            execute,
            mutants_per_problem=mutants,
            execute_repeatedly=execute_runs if runs > 1 else None,
        )


def _chosen(names: Sequence[str]) -> Sequence[str]:
    from codem_ray.benchmarks import BENCHMARKS, is_local

    if names:
        return names
    absent = [name for name in BENCHMARKS if not is_local(name)]
    if absent:
        # Without a name asked for, what is not at hand is told and passed over.
        print(
            f"validate: not at hand, left out: {', '.join(absent)}; set CODEM_RAY_DATA",
            file=sys.stderr,
        )
    return [name for name in BENCHMARKS if name not in absent]


def _counted(report: GateReport) -> int:
    # Not by subtraction: a quarantined problem may have no reference either.
    return report.references_passed + len(report.references_failed) + len(report.not_run)


def _line(report: GateReport) -> str:
    state = "ok" if report.is_passed else "FAIL"
    runs = f", each {report.runs} times" if report.runs > 1 else ""
    flaky = f", {len(report.flaky)} flaky" if report.flaky else ""
    return (
        f"{report.benchmark}: {state}, {report.references_passed}/{_counted(report)} references, "
        f"{report.controls_failed}/{_controls(report)} controls{runs}{flaky}"
    )


def _controls(report: GateReport) -> int:
    return report.controls_failed + len(report.controls_passed) + report.controls_not_run


def _table(reports: Sequence[GateReport]) -> str:
    rows = []
    for report in reports:
        made = report.mutants_killed + len(report.survivors)
        controls = _controls(report)
        counted = _counted(report)
        rows.append(
            (
                report.benchmark,
                "ok" if report.is_passed else "FAIL",
                str(report.problems),
                f"{report.references_passed}/{counted}" if counted else "none",
                str(len(report.quarantined)),
                f"{report.controls_failed}/{controls}" if controls else "-",
                f"{report.mutants_killed}/{made}" if made else "-",
                str(len(report.survivors)) if made else "-",
                str(len(report.flaky)) if report.runs > 1 else "-",
                f"{report.compile_cpu_seconds:.0f}",
                f"{report.run_cpu_seconds:.0f}",
            )
        )
    header = (
        "benchmark",
        "gate",
        "problems",
        "references pass",
        "quarantined",
        "controls fail",
        "mutants fail",
        "survivors",
        "flaky",
        "compile cpu s",
        "run cpu s",
    )
    return text_table(header, rows, left=2) + _cost(reports)


def _cost(reports: Sequence[GateReport]) -> str:
    """Say what references and controls took, and what twenty runs of each would."""
    compiled = sum(report.compile_cpu_seconds for report in reports)
    ran = sum(report.run_cpu_seconds for report in reports)
    once = sum(report.run_cpu_seconds / report.runs for report in reports)
    return (
        f"references and controls: {compiled:,.0f} CPU-s compiling, {ran:,.0f} running; "
        f"20 runs of each come to about {compiled + 20 * once:,.0f} CPU-s\n"
    )


def _details(report: GateReport) -> str:
    """Return what a reader has to look at, under the benchmark's name."""
    lines = []
    for failure in (*report.references_failed, *report.not_run):
        first = failure.message.strip().partition("\n")[0]
        lines.append(f"  {failure.task_id}: the reference is no pass: {failure.outcome}: {first}")
    lines += [f"  {task_id}: a broken control passes" for task_id in report.controls_passed]
    if report.controls_absent:
        lines.append(f"  {report.controls_absent} broken controls not run: no browser is here")
    unknown = report.controls_not_run + report.mutants_not_run
    if unknown:
        lines.append(f"  {unknown} controls or mutants could not be run")
    for task_id, reason in report.quarantined.items():
        passes = " (its reference passed this time)" * (task_id in report.quarantined_passed)
        lines.append(f"  {task_id}: quarantined: {reason}{passes}")
    for flaky in report.flaky:
        kind = "a broken control" if flaky.is_control else "its reference"
        told = ", ".join(f"{count} {outcome}" for outcome, count in flaky.outcomes.items())
        lines.append(f"  {flaky.task_id}: {kind} is flaky over {report.runs} runs: {told}")
    for one in report.survivors:
        lines.append(f"  {one.task_id}: survives {one.mutation} in line {one.line}:")
        lines += [f"      {one.before.strip()}", f"   -> {one.after.strip()}"]
    return "\n".join([report.benchmark, *lines, ""]) if lines else ""
