"""Do what is missing of a sweep: train, generate, execute, score, track, report. The same command
resumes after any interruption, and a source, seed or benchmark added later computes only its new
cells."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from codem_ray.cli.options import add_json, add_sweep, read_sweep
from codem_ray.cli.output import listing, log, print_json
from codem_ray.errors import ExitCode

if TYPE_CHECKING:
    from codem_ray.config import Sweep
    from codem_ray.storage import Storage
    from codem_ray.sweep.sweep_plan import SweepPlan

EXAMPLES = """\
examples:
  codem-ray run quickstart
  codem-ray run real-small --set sources=[base,python] --limit 10
  ray job submit -- codem-ray run codem-7b.yaml --set storage.path=s3://bucket/runs
"""
_CELLS_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_sweep(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the sweep and print its matrix; exit 4 when a trial or cell is missing or incomplete."""
    return run_and_print(read_sweep(args), is_json=args.json)


def run_and_print(sweep: Sweep, *, is_json: bool) -> int:
    """Run a sweep, show its progress, and print its results."""
    from codem_ray.checks import require_training

    require_training()
    from codem_ray.cli.report import report_json, report_text
    from codem_ray.cli.sweep_progress import SweepProgress
    from codem_ray.runtime.session import run_sweep

    active: list[SweepProgress] = []

    def log_progress(text: str) -> None:
        (active[-1].log if active else log)(text)

    @contextmanager
    def show_progress(storage: Storage, plan: SweepPlan) -> Iterator[None]:
        with SweepProgress(storage, plan) as progress:
            active.append(progress)
            try:
                yield
            finally:
                active.pop()

    end = run_sweep(sweep, log_progress, show_progress)
    for trial_id, error in end.failures.items():
        log(f"FAILED {trial_id}: {error}")
    _print_incomplete(end.incomplete)
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


def _print_incomplete(cells: Sequence[str]) -> None:
    if cells:
        listed = listing(cells, _CELLS_SHOWN, separator="\n  ")
        print(
            f"codem-ray: {len(cells)} cells are missing or incomplete:\n  {listed}\n"
            "run the same command again to retry them",
            file=sys.stderr,
        )
