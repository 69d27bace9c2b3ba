"""Run the reference gate: each benchmark's references must pass on this machine, and its broken
controls must fail. Mutants of the references should fail too. Those that survive are listed,
because only a reader can tell a weak test from an equivalent program."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from codem_ray.cli.options import add_json, add_sandbox, positive_int
from codem_ray.cli.output import log, print_json
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
        help="name, or file in a published format; may be repeated; default: all available ones",
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
    from codem_ray.benchmarks import load
    from codem_ray.cli.validate_text import details_text, summary_line, table_text
    from codem_ray.execution.executor import local_executor

    if args.mutants < 0:
        raise ConfigError(f"--mutants {args.mutants}: must be 0 or more")
    executor = local_executor(args.sandbox, uses_cache=not args.no_cache and args.repeat == 1)
    reports: list[GateReport] = []
    for name in args.benchmark or _available_benchmarks():
        problems = load(name, limit=args.limit)
        started = time.monotonic()
        report = _validate(name, problems, executor, runs=args.repeat, mutants=args.mutants)
        reports.append(report)
        log(f"{summary_line(report)}, {time.monotonic() - started:.0f} s")
        if not args.json and (details := details_text(report)):
            # Printed at once, so that an interrupted run has shown its findings.
            print(details, flush=True)
    if args.json:
        print_json([report.to_json() for report in reports])
    else:
        print(table_text(reports), end="")
    is_passed = all(report.is_passed for report in reports)
    return ExitCode.COMPLETE if is_passed else ExitCode.ENVIRONMENT


def _validate(
    name: str, problems: Sequence[Problem], executor: Executor, *, runs: int, mutants: int
) -> GateReport:
    from codem_ray.cli.progress import progress_bar
    from codem_ray.scoring.gate import validate_benchmark
    from codem_ray.scoring.judging import with_progress

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
            execute_repeatedly=execute_repeatedly if runs > 1 else None,
        )


def _available_benchmarks() -> list[str]:
    from codem_ray.benchmarks import BENCHMARKS, is_local

    absent = [name for name in BENCHMARKS if not is_local(name)]
    if absent:
        log(f"not available, left out: {', '.join(absent)}; set CODEM_RAY_DATA")
    return [name for name in BENCHMARKS if name not in absent]
