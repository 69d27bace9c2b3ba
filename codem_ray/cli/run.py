"""Run the missing parts of a sweep: train, generate, execute, score, track, report. The same
command resumes after any interruption, and a source, seed or benchmark added later computes only
its new cells."""

from __future__ import annotations

import argparse
import sys

from codem_ray.checks import require_training
from codem_ray.cli.options import add_json, add_sweep, read_sweep
from codem_ray.cli.output import listing, log, print_json
from codem_ray.cli.report import report_json, report_text
from codem_ray.cli.sweep_progress import sweep_progress
from codem_ray.config import Sweep
from codem_ray.errors import ExitCode
from codem_ray.wording import plural

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
    require_training()
    # The light installation does not have Ray.
    from codem_ray.runtime.session import run_sweep

    end = run_sweep(sweep, log, sweep_progress)
    for trial_id, error in end.failures.items():
        log(f"FAILED {trial_id}: {error}")
    if end.incomplete:
        cells = listing(end.incomplete, _CELLS_SHOWN, separator="\n  ")
        print(
            f"codem-ray: {plural(len(end.incomplete), 'cell')} missing or incomplete:\n  {cells}\n"
            "run the same command again to retry them",
            file=sys.stderr,
        )
    if is_json:
        print_json(
            {
                "report": report_json(end.report) if end.report is not None else None,
                "incomplete": list(end.incomplete),
                "failures": dict(end.failures),
                "storage": end.storage.root,
            }
        )
    elif end.report is not None:
        print(report_text(end.report), end="")
    is_complete = not end.incomplete and not end.failures
    return ExitCode.COMPLETE if is_complete else ExitCode.INCOMPLETE
