"""Show where a sweep stands, from its storage alone, while it runs here or elsewhere."""

from __future__ import annotations

import argparse
import time

from codem_ray.cli.options import add_json, add_limit_kept, limit_suffix, print_json
from codem_ray.errors import ExitCode

EXAMPLES = """\
examples:
  codem-ray status runs/quickstart
  watch -n 5 codem-ray status s3://bucket/runs/codem-7b
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", metavar="DIR", help="folder or URI of a sweep")
    add_limit_kept(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the state of every trial; exit 4 while anything is missing."""
    from dataclasses import asdict

    from codem_ray.cli.live import status_text
    from codem_ray.storage import Storage
    from codem_ray.sweep.status import is_run_active, read_statuses, with_stopped
    from codem_ray.sweep.stored_plan import incomplete_cells, read_stored

    storage, now = Storage(args.folder), time.time()
    stored = read_stored(storage, limit_suffix(args.limit))
    limit = stored.sweep["evaluation"].get("limit")
    plan = stored.plan
    is_active = is_run_active(storage)
    statuses = with_stopped(read_statuses(storage, plan), is_active=is_active, now=now)
    missing = incomplete_cells(storage, stored)
    if args.json:
        print_json(
            {
                "trials": [asdict(s) for s in statuses],
                "incomplete_cells": [str(cell) for cell in missing],
                "limit": limit,
                "is_at_work": is_active,
            }
        )
        return ExitCode.INCOMPLETE if missing else ExitCode.COMPLETE
    print(status_text(statuses, now), end="")
    done = len(plan.cells()) - len(missing)
    limited = "" if limit is None else f" (the first {limit} problems of each benchmark)"
    print(f"\n{done} of {len(plan.cells())} cells are complete{limited}")
    if missing and is_active is False:
        print("no run is at work here: `codem-ray run` with the sweep's file goes on")
    return ExitCode.INCOMPLETE if missing else ExitCode.COMPLETE
