"""Compare two results problem by problem: two files of `evaluate --completions --out`, or the
folders of two sweeps. B is measured against A; nothing is run."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.analysis.comparison import CellComparison, Comparison, compare
from codem_ray.analysis.scores import PooledKey
from codem_ray.cli.options import add_json, positive_int
from codem_ray.cli.output import listing, print_json, text_table
from codem_ray.errors import ConfigError, ExitCode
from codem_ray.scoring.scored_rows import scored_frame
from codem_ray.storage import Storage
from codem_ray.sweep.stored_plan import load_results, read_stored

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = """\
examples:
  codem-ray compare before.jsonl after.jsonl
  codem-ray compare runs/first runs/second
  codem-ray compare a.jsonl b.jsonl --k 10 --json | jq '.cells[0].better_b'
"""
_HEADER = (
    *("cell", "problems", "A", "B", "B - A", "95 %", "p", "p adjusted"),
    *("A better", "B better", "detects"),
)
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
    if _is_sweep(args.a) != _is_sweep(args.b):
        raise ConfigError(
            f"{args.a} and {args.b}: name two scored files or two folders of sweeps, not one of "
            "each"
        )
    comparison = compare(_load_results(args.a), _load_results(args.b), k=args.k)
    if args.json:
        print_json(_comparison_json(comparison, args.a, args.b))
    else:
        print(_comparison_text(comparison, args.a, args.b), end="")
    return ExitCode.INCOMPLETE if comparison.is_incomplete else ExitCode.COMPLETE


def _is_sweep(name: str) -> bool:
    return "://" in name or Path(name).is_dir()


def _load_results(name: str) -> pd.DataFrame:
    if _is_sweep(name):
        storage = Storage(name)
        return load_results(storage, read_stored(storage))
    if not Path(name).is_file():
        raise ConfigError(f"{name}: no such file or folder")
    return scored_frame(Path(name))


def _comparison_json(comparison: Comparison, a: str, b: str) -> dict[str, Any]:
    return {
        "a": a,
        "b": b,
        "cells": [
            asdict(cell) | {"place": cell.place._asdict(), "is_incomplete": cell.is_incomplete}
            for cell in comparison.cells
        ],
        "not_compared": [
            key._asdict() | {"reason": reason} for key, reason in comparison.not_compared.items()
        ],
        "is_incomplete": comparison.is_incomplete,
        "limited": list(comparison.limited),
    }


def _comparison_text(comparison: Comparison, a: str, b: str) -> str:
    lines = [
        f"A  {a}",
        f"B  {b}",
        f"pass@{comparison.cells[0].k} in percent, differences in points; p: exact paired test",
        "detects: the smallest difference that 80 of 100 such comparisons would find",
        "",
        text_table(_HEADER, [_row(cell) for cell in comparison.cells]),
    ]
    if comparison.limited:
        sides = " and ".join(comparison.limited)
        lines += [f"LIMITED: {sides}: first problems only (--limit)", ""]
    for cell in comparison.cells:
        lines += _details(cell)
    lines += [
        f"not compared: {_name(key)}: {reason}" for key, reason in comparison.not_compared.items()
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _row(cell: CellComparison) -> tuple[str | int | None, ...]:
    return (
        _name(cell.place),
        cell.problems,
        f"{100 * cell.score_a:.1f}",
        f"{100 * cell.score_b:.1f}",
        f"{100 * cell.difference:+.1f}",
        f"{100 * cell.low:+.1f} to {100 * cell.high:+.1f}",
        f"{cell.p_value:.3g}",
        f"{cell.p_adjusted:.3g}",
        len(cell.better_a),
        len(cell.better_b),
        None if cell.detectable is None else f"{100 * cell.detectable:.1f}",
    )


def _name(key: PooledKey) -> str:
    parts = (key.source, key.benchmark, f"({key.prompt_style})" if key.source else "")
    return " ".join(part for part in parts if part)


def _details(cell: CellComparison) -> list[str]:
    """Return the problems that make the difference, and those that could not be compared."""
    only = "only {} passes" if cell.is_single else "{} scores higher"
    groups = {
        only.format("A"): cell.better_a,
        only.format("B"): cell.better_b,
        "INCOMPLETE: missing in A": cell.missing_a,
        "INCOMPLETE: missing in B": cell.missing_b,
        "INCOMPLETE: without a verdict in A": cell.unjudged_a,
        "INCOMPLETE: without a verdict in B": cell.unjudged_b,
    }
    lines = [
        f"  {title} ({len(tasks)}): {listing(tasks, _SHOWN)}"
        for title, tasks in groups.items()
        if tasks
    ]
    return [_name(cell.place), *lines, ""] if lines else []
