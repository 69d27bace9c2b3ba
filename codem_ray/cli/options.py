"""Arguments that several commands share."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys

from codem_ray.config import Sweep, load_sweep
from codem_ray.errors import EnvironmentLackError

_TRAINING_PACKAGES = ("ray", "torch", "transformers", "deepspeed", "datasets", "mlflow")


def add_sweep(parser: argparse.ArgumentParser) -> None:
    """Add SWEEP, --set and --limit."""
    parser.add_argument(
        "sweep", metavar="SWEEP", help="path of a sweep file, or the name of a bundled one"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="override any key of the sweep file; may be repeated",
    )
    parser.add_argument(
        "--limit",
        type=positive_int,
        metavar="N",
        help="take only the first N problems of each benchmark (marked in every output)",
    )


def add_limit_kept(parser: argparse.ArgumentParser) -> None:
    """Add --limit for a command that reads what a run left."""
    parser.add_argument(
        "--limit",
        type=positive_int,
        metavar="N",
        help="what a run with --limit N left beside the whole",
    )


def limit_suffix(limit: int | None) -> str:
    """Return the `storage.suffix` of a run with --limit."""
    return "" if limit is None else f"limit-{limit}"


def add_sandbox(parser: argparse._ActionsContainer) -> None:
    """Add --sandbox, to a parser or a group of its arguments."""
    parser.add_argument(
        "--sandbox",
        metavar="BACKEND",
        default="bubblewrap",
        help="sandbox backend: %(default)s (default), process-without-isolation, or one that an "
        "installed package adds",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add --json."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def read_sweep(args: argparse.Namespace) -> Sweep:
    """Return the sweep that the arguments of `add_sweep` mean."""
    overrides = list(args.overrides)
    if args.limit is not None:
        # Beside what whole benchmarks made, never in its place.
        overrides += [
            f"evaluation.limit={args.limit}",
            f"storage.suffix={limit_suffix(args.limit)}",
        ]
    return load_sweep(args.sweep, overrides)


def require_training() -> None:
    """Refuse what the light installation cannot do.

    Raises:
        EnvironmentLackError: names the packages that are absent.
    """
    lacking = [name for name in _TRAINING_PACKAGES if not _is_installed(name)]
    if lacking:
        raise EnvironmentLackError(
            f"this needs {', '.join(lacking)}, which the light installation has not: "
            "pip install 'codem-ray[train]'"
        )


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ValueError:
        # Barred on purpose: a module that is None in `sys.modules`.
        return False


def positive_int(text: str) -> int:
    """Parse a whole number above 0."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return value


def print_json(value: object) -> None:
    """Print plain data as JSON on standard output."""
    json.dump(value, sys.stdout, indent=2, sort_keys=True, default=str)
    print()
