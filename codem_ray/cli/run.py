"""Do what is missing of a sweep: train, generate, execute, score, track, report. The same command
resumes after any interruption, and a source, seed or benchmark added later computes only its new
cells."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codem_ray.cli.options import add_json, add_sweep, print_json, read_sweep, require_training
from codem_ray.errors import ExitCode

if TYPE_CHECKING:
    from codem_ray.config import Sweep
    from codem_ray.storage import Storage
    from codem_ray.sweep.plan import SweepPlan

EXAMPLES = """\
examples:
  codem-ray run quickstart
  codem-ray run real-small --set sources=[base,python] --limit 10
  ray job submit -- codem-ray run codem-7b.yaml --set storage.path=s3://bucket/runs
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_sweep(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the sweep and print its matrix; exit 4 when something is missing."""
    return run_and_print(read_sweep(args), is_json=args.json)


def run_and_print(sweep: Sweep, *, is_json: bool) -> int:
    """Run a sweep, show its progress, and print how it ended."""
    require_training()
    from codem_ray.cli.live import LiveProgress, log_line
    from codem_ray.cli.report import report_json, report_text
    from codem_ray.runtime.session import run_sweep

    shown: list[LiveProgress] = []

    def say(text: str) -> None:
        (shown[-1].say if shown else log_line)(text)

    @contextmanager
    def show_progress(storage: Storage, plan: SweepPlan) -> Iterator[None]:
        with LiveProgress(storage, plan) as progress:
            shown.append(progress)
            try:
                yield
            finally:
                shown.pop()

    end = run_sweep(sweep, say, show_progress)
    _tell_failures(end.failures, end.incomplete, log_line)
    if is_json:
        report = report_json(end.report) if end.report is not None else None
        print_json(
            {
                "report": report,
                "incomplete": list(end.incomplete),
                "failures": dict(end.failures),
                "storage": end.storage.root,
            }
        )
    elif end.report is not None:
        print(report_text(end.report), end="")
    is_complete = not end.incomplete and not end.failures
    return ExitCode.COMPLETE if is_complete else ExitCode.INCOMPLETE


def _tell_failures(
    failures: Mapping[str, str], incomplete: Sequence[str], tell: Callable[[str], None]
) -> None:
    for trial_id, error in failures.items():
        tell(f"FAILED {trial_id}: {error}")
    if incomplete:
        print(f"codem-ray: {len(incomplete)} cells are missing or incomplete:", file=sys.stderr)
        for cell in incomplete[:20]:
            print(f"  {cell}", file=sys.stderr)
        if len(incomplete) > 20:
            print(f"  and {len(incomplete) - 20} more", file=sys.stderr)
        print("the same command tries them again", file=sys.stderr)
