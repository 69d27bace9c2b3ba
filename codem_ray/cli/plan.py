"""Show the trials, tokens, steps, memory, disk and resources of a sweep, and the smallest gain that
its design can detect. Starts nothing and needs no network."""

from __future__ import annotations

import argparse

from codem_ray.cli.options import add_json, add_sweep, print_json, read_sweep
from codem_ray.errors import ExitCode

EXAMPLES = """\
examples:
  codem-ray plan quickstart
  codem-ray plan codem-7b --set resources.workers=16
  codem-ray plan my-sweep.yaml --json | jq '.trials[].steps'
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_sweep(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the plan."""
    from codem_ray.sweep.planning import plan_offline

    sweep = read_sweep(args)
    plan = plan_offline(sweep).plan
    if args.json:
        print_json(plan.to_json())
        return ExitCode.COMPLETE
    from codem_ray.cli.tables import plan_text

    print(plan_text(plan, sweep), end="")
    return ExitCode.COMPLETE
