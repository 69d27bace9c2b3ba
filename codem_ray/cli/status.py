"""Show where a sweep stands, from its storage alone, while it runs here or elsewhere."""

from __future__ import annotations

import argparse
import time

from codem_ray.cli.options import add_json, print_json
from codem_ray.errors import ExitCode

EXAMPLES = """\
examples:
  codem-ray status runs/quickstart
  watch -n 5 codem-ray status s3://bucket/runs/codem-7b
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", metavar="DIR", help="folder or URI of a sweep")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the state of every trial; exit 4 while anything is missing."""
    from dataclasses import asdict

    from codem_ray.cli.live import status_text
    from codem_ray.storage import Storage
    from codem_ray.sweep.status import read_plan, read_statuses
    from codem_ray.sweep.stored import incomplete_cells

    storage = Storage(args.folder)
    plan = read_plan(storage)
    statuses = read_statuses(storage, plan)
    missing = incomplete_cells(storage, plan)
    if args.json:
        print_json({"trials": [asdict(s) for s in statuses], "incomplete_cells": missing})
    else:
        print(status_text(statuses, time.time()), end="")
        done = len(plan.cells()) - len(missing)
        print(f"\n{done} of {len(plan.cells())} cells are complete")
    return ExitCode.INCOMPLETE if missing else ExitCode.COMPLETE
