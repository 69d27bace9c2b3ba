"""Show the state of a sweep from its storage alone, while it runs here or elsewhere."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict

from codem_ray.cli.options import add_folder, add_json, add_stored_limit, limit_suffix, open_folder
from codem_ray.cli.output import date_text, duration_text, print_json
from codem_ray.errors import ExitCode
from codem_ray.sweep.active_run import is_run_active
from codem_ray.sweep.stored_plan import incomplete_cells, read_stored
from codem_ray.sweep.training_text import training_text
from codem_ray.sweep.trial_status import TrialState, TrialStatus, read_statuses, with_stopped
from codem_ray.wording import text_table

EXAMPLES = """\
examples:
  codem-ray status runs/quickstart
  watch -n 5 codem-ray status s3://bucket/runs/codem-7b
"""
HEADER = ("trial", "state", "stage", "step", "loss", "tokens/s", "problems", "left")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_folder(parser)
    add_stored_limit(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the state of every trial; exit 4 while a cell is missing or incomplete."""
    storage, now = open_folder(args.folder), time.time()
    stored = read_stored(storage, limit_suffix(args.limit))
    limit = stored.evaluation.limit
    is_active = is_run_active(storage)
    statuses = with_stopped(read_statuses(storage, stored.plan), is_active=is_active)
    missing = incomplete_cells(storage, stored)
    if args.json:
        print_json(
            {
                "trials": [asdict(status) for status in statuses],
                "incomplete_cells": [str(cell) for cell in missing],
                "limit": limit,
                "is_at_work": is_active,
            }
        )
    else:
        print(status_text(statuses, now), end="")
        stopped = stored.stopped(storage)
        cells = (*stored.cells, *stored.loss_cells)
        num_cells = sum(cell.trial_id not in stopped for cell in cells)
        limited = "" if limit is None else f" (the first {limit} problems of each benchmark)"
        print(f"\n{num_cells - len(missing)} of {num_cells} cells are complete{limited}")
        if missing and not is_active:
            print("no run is active here; `codem-ray run` with the sweep's file continues it")
    return ExitCode.INCOMPLETE if missing else ExitCode.COMPLETE


def status_text(statuses: Sequence[TrialStatus], now: float) -> str:
    """Return the table of all trials, the figures of those that train, what some wait for, and the
    messages of failed ones."""
    table = text_table(HEADER, [status_row(status, now) for status in statuses], left=3)
    trains = (
        f"{s.trial_id}: {training_text(s.figures)}\n"
        for s in statuses
        if s.figures and s.stage == "train" and s.state is TrialState.RUNNING
    )
    waits = (
        f"{s.trial_id}: {s.waits_for} (since {date_text(s.stage_started_at)})\n"
        for s in statuses
        if s.waits_for and s.state is TrialState.RUNNING
    )
    messages = (f"{s.trial_id}: {s.message}\n" for s in statuses if s.message)
    return table + "".join(trains) + "".join(waits) + "".join(messages)


def status_row(status: TrialStatus, now: float) -> tuple[str, ...]:
    """Return a trial's row under HEADER."""
    return (
        f"{status.trial_id} {status.setting}".rstrip(),
        status.state,
        status.stage or "-",
        f"{status.step}/{status.steps}" if status.steps else "-",
        f"{status.loss:.3f}" if status.loss is not None else "-",
        f"{status.tokens_per_second:,.0f}" if status.tokens_per_second else "-",
        f"{status.problems_done}/{status.problems_total}" if status.problems_total else "-",
        duration_text(status.seconds_left(now)),
    )
