"""List the bundled sweeps, the benchmarks, the languages, or the runs of sweeps in a storage."""

from __future__ import annotations

import argparse
import importlib.util
from collections.abc import Sequence
from dataclasses import asdict

from codem_ray.benchmarks import BENCHMARKS, is_local
from codem_ray.cli.options import add_json
from codem_ray.cli.output import date_text, log, print_json, size_text
from codem_ray.config import StorageConfig, bundled_sweeps, expand_home
from codem_ray.errors import ConfigError, ExitCode
from codem_ray.languages import LANGUAGES, related_pairs
from codem_ray.storage import Storage
from codem_ray.sweep.sweep_summaries import summarise
from codem_ray.wording import text_table

EXAMPLES = """\
examples:
  codem-ray ls benchmarks
  codem-ray ls sweeps --json
  codem-ray ls runs                      the sweeps in the folder runs
  codem-ray ls runs s3://bucket/runs
"""

Table = tuple[Sequence[str], Sequence[Sequence[str | int | None]]]
"""Header and rows."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("what", choices=("sweeps", "benchmarks", "languages", "runs"))
    parser.add_argument(
        "storage",
        metavar="STORAGE",
        nargs="?",
        type=expand_home,
        help="with `runs`: the folder or URI that storage.path names (default: runs)",
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Print the list."""
    if args.what == "runs":
        return _print_runs(Storage(args.storage or StorageConfig().path), is_json=args.json)
    if args.storage:
        raise ConfigError(
            f"ls {args.what} takes no storage, but got {args.storage!r}: leave it out, or use "
            "`ls runs`"
        )
    tables = {"sweeps": _sweeps, "benchmarks": _benchmarks, "languages": _languages}
    header, rows = tables[args.what]()
    if args.json:
        print_json([dict(zip(header, row, strict=True)) for row in rows])
    elif header[-1] == "notes":
        # Notes are too long for a column, and several benchmarks share one.
        print(text_table(header[:-1], [row[:-1] for row in rows], left=len(header)))
        for note in dict.fromkeys(row[-1] for row in rows if row[-1]):
            print(f"{', '.join(str(row[0]) for row in rows if row[-1] == note)}: {note}")
    else:
        print(text_table(header, rows, left=len(header)), end="")
    return ExitCode.COMPLETE


def _print_runs(storage: Storage, *, is_json: bool) -> int:
    summaries, cache_bytes = summarise(storage)
    for summary in summaries:
        if summary.message:
            log(f"{summary.name}: {summary.message}")
    if is_json:
        runs = [asdict(summary) for summary in summaries]
        print_json({"storage": storage.root, "runs": runs, "cache_bytes": cache_bytes})
        return ExitCode.COMPLETE
    rows = [
        (
            summary.name,
            summary.state,
            "all" if summary.limit is None else f"first {summary.limit}",
            f"{summary.trials_done}/{summary.trials}",
            f"{summary.cells_done}/{summary.cells}",
            size_text(summary.num_bytes),
            "-" if summary.changed_at is None else date_text(summary.changed_at),
        )
        for summary in summaries
    ]
    header = ("sweep", "state", "problems", "trials", "cells", "size", "changed")
    print(text_table(header, rows, left=3), end="")
    if cache_bytes:
        print(f"\n{size_text(cache_bytes)} in the cache that they share; see `codem-ray prune`")
    return ExitCode.COMPLETE


def _sweeps() -> Table:
    return ("name", "shows"), [
        (name, _first_sentence(path.read_text(encoding="utf-8")))
        for name, path in bundled_sweeps().items()
    ]


def _first_sentence(text: str) -> str:
    """Return the first sentence of a sweep file's opening comment."""
    lines: list[str] = []
    for line in text.splitlines():
        if lines and not line.startswith("#   "):
            break
        lines.append(line.removeprefix("# Shows: ").removeprefix("#").strip())
    return " ".join(lines).partition(". ")[0].rstrip(".") + "."


def _benchmarks() -> Table:
    hub = "hub" if importlib.util.find_spec("datasets") else "hub (needs the package datasets)"
    rows = [
        (
            spec.name,
            spec.language,
            spec.num_problems,
            spec.licence,
            spec.use,
            "here" if is_local(spec.name) else (hub if spec.hub_path else "absent"),
            # An absolute path is inside a package.
            "" if spec.file.startswith("/") else spec.file,
            spec.title,
            "; ".join(spec.notes),
        )
        for spec in BENCHMARKS.values()
    ]
    header = ("name", "language", "problems", "licence", "use", "data", "file", "title", "notes")
    return header, rows


def _languages() -> Table:
    rows = [
        (
            spec.name,
            spec.title,
            ", ".join(spec.aliases),
            ", ".join(spec.fence_tags),
            "; ".join(
                f"{' and '.join(sorted(pair))}: {reason}"
                for pair, reason in related_pairs().items()
                if spec.name in pair
            ),
        )
        for spec in LANGUAGES.values()
    ]
    return ("name", "title", "aliases", "fence tags", "related"), rows
