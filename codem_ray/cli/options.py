"""Arguments that several commands share."""

from __future__ import annotations

import argparse

from codem_ray.config import Sweep, expand_home, load_sweep
from codem_ray.storage import Storage


def add_sweep(parser: argparse.ArgumentParser) -> None:
    """Add SWEEP, --set and --limit."""
    parser.add_argument(
        "sweep", metavar="SWEEP", help="path of a sweep file, or the name of a bundled one"
    )
    add_overrides(parser, "override any key of the sweep file; may be repeated")
    parser.add_argument(
        "--limit",
        type=positive_int,
        metavar="N",
        help="take only the first N problems of each benchmark (marked in every output)",
    )


def add_overrides(parser: argparse.ArgumentParser, text: str) -> None:
    """Add --set."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="overrides", help=text
    )


def add_folder(parser: argparse.ArgumentParser) -> None:
    """Add DIR, the folder of a sweep."""
    parser.add_argument("folder", metavar="DIR", type=expand_home, help="folder or URI of a sweep")


def open_folder(folder: str) -> Storage:
    """Open the storage of a command that only reads; StorageError soon if it does not answer."""
    storage = Storage(folder)
    storage.check_readable()
    return storage


def add_cell(parser: argparse.ArgumentParser) -> None:
    """Add DIR, CELL and --style, which name cells of a stored sweep."""
    add_folder(parser)
    parser.add_argument("cell", metavar="CELL", help="trial/target/benchmark[/task_id]")
    parser.add_argument(
        "--style",
        choices=("completion", "instruction"),
        help="prompt style, if the trial has both; default: each in turn",
    )


def add_stored_limit(parser: argparse.ArgumentParser) -> None:
    """Add --limit for a command that reads the results of a run."""
    parser.add_argument(
        "--limit",
        type=positive_int,
        metavar="N",
        help="read the results of a run with --limit N, which are stored beside the full ones",
    )


def limit_suffix(limit: int | None) -> str:
    """Return the `storage.suffix` of a run with --limit."""
    return "" if limit is None else f"limit-{limit}"


def add_sandbox(parser: argparse._ActionsContainer) -> None:
    """Add --sandbox to a parser or a group of its arguments."""
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
    """Load the sweep that the arguments of `add_sweep` describe."""
    overrides = list(args.overrides)
    if args.limit is not None:
        # The suffix keeps limited results apart from those of full benchmarks.
        overrides += [
            f"evaluation.limit={args.limit}",
            f"storage.suffix={limit_suffix(args.limit)}",
        ]
    return load_sweep(args.sweep, overrides)


def positive_int(text: str) -> int:
    """Parse an integer above 0."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not an integer above 0")
    return value


def tag_pair(text: str) -> tuple[str, str]:
    """Return the opening and closing mark of `OPEN,CLOSE`."""
    opening, _, closing = text.partition(",")
    if not opening or not closing:
        raise argparse.ArgumentTypeError(
            f"{text!r} names no two marks; write the opening and the closing one, as <mull>,</mull>"
        )
    return opening, closing
