"""Set two results against each other, problem by problem: two files that `evaluate --completions`
wrote, or the folders of two sweeps. B is measured against A; nothing is run."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.cli.options import add_json, positive_int, print_json
from codem_ray.cli.tables import text_table
from codem_ray.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    import pandas as pd

    from codem_ray.analysis.comparison import CellComparison, Comparison, ComparisonKey

EXAMPLES = """\
examples:
  codem-ray compare before.jsonl after.jsonl
  codem-ray compare runs/first runs/second
  codem-ray compare a.jsonl b.jsonl --k 10 --json | jq '.cells[0].better_b'
"""
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    kinds = "scored file, or folder of a sweep"
    parser.add_argument("a", metavar="A", help=kinds)
    parser.add_argument("b", metavar="B", help=f"{kinds}: measured against A")
    parser.add_argument(
        "--k", type=positive_int, default=1, metavar="K", help="compare pass@k (default 1)"
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Compare and print; exit 4 when a cell or a problem is on one side only."""
    from codem_ray.analysis.comparison import compare

    is_sweep = [_is_sweep(name) for name in (args.a, args.b)]
    if is_sweep[0] != is_sweep[1]:
        raise ConfigError(
            f"{args.a} and {args.b}: two scored files or two folders of sweeps, not one of each"
        )
    compared = compare(
        *(_results(name, own) for name, own in zip((args.a, args.b), is_sweep, strict=True)),
        k=args.k,
    )
    if args.json:
        print_json(compared_json(compared, args.a, args.b))
    else:
        print(compared_text(compared, args.a, args.b), end="")
    return ExitCode.INCOMPLETE if compared.is_incomplete else ExitCode.COMPLETE


def _is_sweep(name: str) -> bool:
    return "://" in name or Path(name).is_dir()


def _results(name: str, is_sweep: bool) -> pd.DataFrame:
    if is_sweep:
        from codem_ray.storage import Storage
        from codem_ray.sweep.stored_plan import load_results, read_stored

        storage = Storage(name)
        return load_results(storage, read_stored(storage))
    from codem_ray.scoring.scored_rows import scored_frame

    if not Path(name).is_file():
        raise ConfigError(f"{name}: no such file or folder")
    return scored_frame(Path(name))


def compared_json(compared: Comparison, a: str, b: str) -> dict[str, Any]:
    """Return a comparison as plain data."""
    return {
        "a": a,
        "b": b,
        "cells": [
            asdict(cell) | {"place": cell.place._asdict(), "is_incomplete": cell.is_incomplete}
            for cell in compared.cells
        ],
        "not_compared": [
            place._asdict() | {"reason": why} for place, why in compared.not_compared.items()
        ],
        "is_incomplete": compared.is_incomplete,
        "limited": list(compared.limited),
    }


def compared_text(compared: Comparison, a: str, b: str) -> str:
    """Return what is printed about a comparison."""
    k = compared.cells[0].k
    rows = [
        (
            _name(cell.place),
            str(cell.problems),
            f"{100 * cell.score_a:.1f}",
            f"{100 * cell.score_b:.1f}",
            f"{100 * cell.difference:+.1f}",
            f"{100 * cell.low:+.1f} to {100 * cell.high:+.1f}",
            f"{cell.p_value:.3g}",
            f"{cell.p_adjusted:.3g}",
            str(len(cell.better_a)),
            str(len(cell.better_b)),
            "-" if cell.detectable is None else f"{100 * cell.detectable:.1f}",
        )
        for cell in compared.cells
    ]
    header = (
        *("cell", "problems", "A", "B", "B - A", "95 %", "p", "p adjusted"),
        *("A better", "B better", "detects"),
    )
    lines = [
        f"A  {a}",
        f"B  {b}",
        f"pass@{k} in percent, differences in points; p: exact paired test",
        "detects: the smallest difference that 80 of 100 such comparisons would find",
        "",
        text_table(header, rows),
    ]
    if compared.limited:
        lines += [f"LIMITED: {' and '.join(compared.limited)}: first problems only (--limit)", ""]
    for cell in compared.cells:
        lines += _details(cell)
    lines += [
        f"not compared: {_name(place)}: {why}" for place, why in compared.not_compared.items()
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _name(place: ComparisonKey) -> str:
    parts = (place.source, place.benchmark, f"({place.prompt_style})" if place.source else "")
    return " ".join(part for part in parts if part)


def _details(cell: CellComparison) -> Sequence[str]:
    """Return the problems that make the difference, and those that could not be compared."""
    only = "only {} passes" if cell.is_single else "{} scores higher"
    listed = (
        (only.format("A"), cell.better_a),
        (only.format("B"), cell.better_b),
        ("INCOMPLETE: missing in A", cell.missing_a),
        ("INCOMPLETE: missing in B", cell.missing_b),
        ("INCOMPLETE: without a verdict in A", cell.unjudged_a),
        ("INCOMPLETE: without a verdict in B", cell.unjudged_b),
    )
    lines = [
        f"  {title} ({len(tasks)}): {', '.join(tasks[:_SHOWN])}"
        + (f" and {len(tasks) - _SHOWN} more" if len(tasks) > _SHOWN else "")
        for title, tasks in listed
        if tasks
    ]
    return [_name(cell.place), *lines, ""] if lines else []
