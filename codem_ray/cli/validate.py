"""Run the reference gate: each benchmark's references must pass on this machine, and its broken
controls must fail, and so must sentinels: answers with the right signature that return a fixed
value or raise. Mutants of the references should fail too. Those that survive are listed, because
only a reader can tell a weak test from an equivalent program."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Sequence

from codem_ray.benchmarks import BENCHMARKS, is_local, load
from codem_ray.cli.options import add_json, add_sandbox, positive_int
from codem_ray.cli.output import log, print_json
from codem_ray.cli.progress import progress_bar
from codem_ray.config import expand_home
from codem_ray.errors import ConfigError, ExitCode
from codem_ray.execution.executor import Executor, local_executor
from codem_ray.records import Job, Problem, Verdict
from codem_ray.scoring.gate import validate_benchmark
from codem_ray.scoring.gate_report import GateReport
from codem_ray.scoring.judging import with_progress
from codem_ray.wording import text_table

EXAMPLES = """\
examples:
  CODEM_RAY_DATA=/path/to/data codem-ray validate
  codem-ray validate --benchmark starter-go --mutants 3
  codem-ray validate --repeat 20 --mutants 0     which references and controls are flaky
"""
_HEADER = (
    *("benchmark", "gate", "problems", "references pass", "quarantined", "controls fail"),
    *("sentinels fail", "mutants fail", "survivors", "flaky", "compile cpu s", "run cpu s"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--benchmark",
        action="append",
        default=[],
        type=expand_home,
        metavar="B",
        help="name, or file in a published format; may be repeated; default: all available ones",
    )
    parser.add_argument(
        "--mutants",
        type=int,
        default=2,
        metavar="N",
        help="wrong solutions made from each reference (default %(default)s)",
    )
    parser.add_argument(
        "--no-sentinels",
        action="store_true",
        help="leave out the answers that return a fixed value or raise, all of which must fail",
    )
    parser.add_argument("--limit", type=positive_int, metavar="N", help="first N problems of each")
    parser.add_argument(
        "--repeat",
        type=positive_int,
        default=1,
        metavar="N",
        help="build each reference and control once and run it N times; all N runs must agree",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="also run mutants with a known verdict; references and controls always run",
    )
    add_sandbox(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Validate and print a table; exit 3 when a reference fails or a broken control passes."""
    if args.mutants < 0:
        raise ConfigError(f"--mutants {args.mutants}: must be 0 or more")
    executor = local_executor(args.sandbox, uses_cache=not args.no_cache and args.repeat == 1)
    reports: list[GateReport] = []
    for name in args.benchmark or _available_benchmarks():
        problems = load(name, limit=args.limit)
        started = time.monotonic()
        report = _validate(
            name,
            problems,
            executor,
            runs=args.repeat,
            mutants=args.mutants,
            with_sentinels=not args.no_sentinels,
        )
        reports.append(report)
        log(f"{_summary_line(report)}, {time.monotonic() - started:.0f} s")
        if not args.json and (details := _details_text(report)):
            # Printed at once, so that an interrupted run has shown its findings.
            print(details, flush=True)
    if args.json:
        print_json([report.to_json() for report in reports])
    else:
        print(_table_text(reports), end="")
        if not args.no_sentinels:
            print(_sentinel_table_text(reports), end="")
    is_passed = all(report.is_passed for report in reports)
    return ExitCode.COMPLETE if is_passed else ExitCode.ENVIRONMENT


def _validate(
    name: str,
    problems: Sequence[Problem],
    executor: Executor,
    *,
    runs: int,
    mutants: int,
    with_sentinels: bool,
) -> GateReport:
    with progress_bar(name) as advance:

        def execute_repeatedly(jobs: Sequence[Job]) -> list[list[Verdict]]:
            advance(0, len(jobs) * runs)
            return executor.execute_repeatedly(
                jobs, runs, progress=lambda done: advance(done * runs, 0)
            )

        return validate_benchmark(
            problems,
            with_progress(executor, advance),
            mutants_per_problem=mutants,
            with_sentinels=with_sentinels,
            execute_repeatedly=execute_repeatedly if runs > 1 else None,
        )


def _available_benchmarks() -> list[str]:
    absent = [name for name in BENCHMARKS if not is_local(name)]
    if absent:
        log(f"not available, left out: {', '.join(absent)}; set CODEM_RAY_DATA")
    return [name for name in BENCHMARKS if name not in absent]


def _summary_line(report: GateReport) -> str:
    runs = f", each {report.runs} times" if report.runs > 1 else ""
    flaky = f", {len(report.flaky)} flaky" if report.flaky else ""
    return (
        f"{report.benchmark}: {_state(report)}, {report.references_passed}/{report.num_references} "
        f"references, {report.controls_failed}/{report.num_controls} controls{runs}{flaky}"
    )


def _details_text(report: GateReport) -> str:
    """Return what a reader should check, under the benchmark's name; empty if nothing."""
    lines = []
    for failure in (*report.references_failed, *report.not_run):
        first_line = failure.message.strip().partition("\n")[0]
        lines.append(
            f"  {failure.task_id}: the reference does not pass: {failure.outcome}: {first_line}"
        )
    lines += [f"  {task_id}: a broken control passes" for task_id in report.controls_passed]
    lines += [
        f"  {passed.task_id}: a sentinel passes ({passed.name}): "
        + (passed.reason or "not known why; are the tests weak, or do they not call the answer?")
        for passed in report.sentinels_passed
    ]
    lines += [
        f"  {task_id}: no sentinel: {reason}"
        for task_id, reason in report.without_sentinel.items()
        if task_id not in report.quarantined
    ]
    if report.sentinels_not_run:
        lines.append(f"  {report.sentinels_not_run} sentinels could not be run")
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
    if not report.is_passed:
        lines.append(f"  {report.remedy}")
    return "\n".join([report.benchmark, *lines, ""]) if lines else ""


def _table_text(reports: Sequence[GateReport]) -> str:
    compiled = sum(report.compile_cpu_seconds for report in reports)
    ran = sum(report.run_cpu_seconds for report in reports)
    once = sum(report.run_cpu_seconds / report.runs for report in reports)
    return text_table(_HEADER, [_row(report) for report in reports], left=2) + (
        f"references and controls: {compiled:,.0f} CPU-s compiling, {ran:,.0f} running; "
        f"20 runs of each would take about {compiled + 20 * once:,.0f} CPU-s\n"
    )


def _sentinel_table_text(reports: Sequence[GateReport]) -> str:
    """Return how many sentinels of each kind failed, and how many problems have none."""
    names = dict.fromkeys(
        name
        for report in reports
        for name in (*report.sentinels_failed, *(one.name for one in report.sentinels_passed))
    )
    rows = []
    for report in reports:
        passed = Counter(one.name for one in report.sentinels_passed)
        rows.append(
            (
                report.benchmark,
                report.problems,
                *(
                    f"{failed}/{failed + passed[name]}"
                    if (failed := report.sentinels_failed.get(name, 0)) + passed[name]
                    else None
                    for name in names
                ),
                len({one.task_id for one in report.sentinels_passed}),
                len(report.without_sentinel),
            )
        )
    header = ("benchmark", "problems", *names, "one passes", "no sentinels")
    return (
        "\nsentinels: answers that are wrong for every problem; a/b: a of b fail, as all must\n"
        + text_table(header, rows, left=1)
        + "one passes: problems with a sentinel that passes; no sentinels: problems that are "
        "quarantined, or for which none can be made\n"
    )


def _row(report: GateReport) -> tuple[str | int | None, ...]:
    num_references, num_controls = report.num_references, report.num_controls
    num_mutants = report.mutants_killed + len(report.survivors)
    num_failed = sum(report.sentinels_failed.values())
    num_sentinels = num_failed + len(report.sentinels_passed)
    return (
        report.benchmark,
        _state(report),
        report.problems,
        f"{report.references_passed}/{num_references}" if num_references else "none",
        len(report.quarantined),
        f"{report.controls_failed}/{num_controls}" if num_controls else None,
        f"{num_failed}/{num_sentinels}" if num_sentinels else None,
        f"{report.mutants_killed}/{num_mutants}" if num_mutants else None,
        len(report.survivors) if num_mutants else None,
        len(report.flaky) if report.runs > 1 else None,
        f"{report.compile_cpu_seconds:.0f}",
        f"{report.run_cpu_seconds:.0f}",
    )


def _state(report: GateReport) -> str:
    return "ok" if report.is_passed else "FAIL"
