"""Run the missing parts of a sweep: train, generate, execute, score, track, report. The same
command resumes after any interruption, and a source, seed or benchmark added later computes only
its new cells."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator

from codem_ray import __version__
from codem_ray.checks import require_training
from codem_ray.cli.options import add_json, add_sweep, read_sweep
from codem_ray.cli.output import listing, log, print_json
from codem_ray.cli.report import report_json, report_text
from codem_ray.cli.sweep_progress import sweep_progress
from codem_ray.config import Sweep, sweep_file
from codem_ray.config.submitted_job import submitted_job
from codem_ray.errors import ExitCode
from codem_ray.sweep.dry_run import prepare_dry_run
from codem_ray.wording import plural

EXAMPLES = """\
examples:
  codem-ray run quickstart
  codem-ray run real-small --set sources=[base,python] --limit 10
  codem-ray run codem-7b --dry-run
  RAY_AUTH_MODE=token ray job submit --address http://127.0.0.1:8265 --working-dir sweeps \\
      -- codem-ray run codem-7b.yaml --set storage.path=s3://bucket/runs
"""
_CELLS_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_sweep(parser)
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="try the whole path to the matrix in minutes, on a tiny random model of the base "
        "model's architecture and with a few pairs and problems; its scores mean nothing",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the sweep and print its matrix; exit 4 when a trial or cell is missing or incomplete."""
    sweep = read_sweep(args)
    for line in origin_lines(args):
        log(line)
    if not args.dry_run:
        return run_and_print(sweep, is_json=args.json)
    require_training()
    dry_run = prepare_dry_run(sweep)
    log(f"dry run with a tiny random model of the architecture of {sweep.base_model.path}")
    for line in dry_run.changes:
        log(f"dry run: {line}")
    code = run_and_print(dry_run.sweep, is_json=args.json)
    if code == ExitCode.COMPLETE:
        log("dry run complete: every stage has worked. The scores above mean nothing")
    return code


def origin_lines(args: argparse.Namespace) -> Iterator[str]:
    """Yield the lines of the log that identify the sweep file and, in a job, its folder."""
    path = sweep_file(args.sweep)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    yield " ".join(
        [
            f"codem_ray {__version__} runs {path.resolve()} (SHA-256 {digest}...)",
            *(f"--set {override}" for override in args.overrides),
            *([f"--limit {args.limit}"] if args.limit else []),
        ]
    )
    if (job := submitted_job()) is None:
        return
    if job.has_working_dir:
        yield f"Ray job {job.submission_id}, working directory {job.folder}"
    else:
        yield (
            f"Ray job {job.submission_id} without --working-dir: relative paths lead to "
            f"{job.folder}, where `ray start` ran, not to the files that you have"
        )


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
                "nodes": list(end.nodes),
            }
        )
    elif end.report is not None:
        print(report_text(end.report), end="")
    for line in end.mlflow:
        log(line)
    is_complete = not end.incomplete and not end.failures
    return ExitCode.COMPLETE if is_complete else ExitCode.INCOMPLETE
