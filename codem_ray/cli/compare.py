"""Compare two results problem by problem: two files of `evaluate --completions --out`, or the
folders of two sweeps. B is measured against A; nothing is run."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.analysis.comparison import CellComparison, Comparison, compare
from codem_ray.analysis.scores import PooledKey, cells_by_key
from codem_ray.cli.options import add_json, open_folder, positive_int
from codem_ray.cli.output import listing, print_json
from codem_ray.config import EvaluationConfig, expand_home
from codem_ray.errors import ConfigError, ExitCode
from codem_ray.records import Metric
from codem_ray.scoring.scored_rows import scored_frame
from codem_ray.sweep.stored_plan import incomplete_cells, load_losses, load_results, read_stored
from codem_ray.wording import plural, text_table

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
    parser.add_argument("a", metavar="A", type=expand_home, help=kinds)
    parser.add_argument("b", metavar="B", type=expand_home, help=f"{kinds}: measured against A")
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
    a, b = _load(args.a), _load(args.b)
    comparison = _with_losses(compare(a.rows, b.rows, k=args.k), a.losses, b.losses)
    incomplete = {"A": a.incomplete_cells, "B": b.incomplete_cells}
    is_incomplete = comparison.is_incomplete or any(incomplete.values())
    if args.json:
        value = _comparison_json(comparison, args.a, args.b)
        print_json(value | {"is_incomplete": is_incomplete, "incomplete_cells": incomplete})
    else:
        print(_comparison_text(comparison, args.a, args.b, incomplete), end="")
    return ExitCode.INCOMPLETE if is_incomplete else ExitCode.COMPLETE


@dataclass(frozen=True, slots=True)
class _Side:
    rows: pd.DataFrame
    incomplete_cells: tuple[str, ...] = ()
    """Cells of a sweep that are missing, damaged or without some verdicts."""
    losses: pd.DataFrame | None = None


def _is_sweep(name: str) -> bool:
    return "://" in name or Path(name).is_dir()


def _load(name: str) -> _Side:
    if _is_sweep(name):
        storage = open_folder(name)
        stored = read_stored(storage)
        incomplete = tuple(map(str, incomplete_cells(storage, stored)))
        return _Side(load_results(storage, stored), incomplete, load_losses(storage, stored))
    if not Path(name).is_file():
        raise ConfigError(f"{name}: no such file or folder")
    return _Side(scored_frame(Path(name)))


def _with_losses(scores: Comparison, a: pd.DataFrame | None, b: pd.DataFrame | None) -> Comparison:
    """Add the cells whose values are losses; each metric is adjusted over its own cells."""
    if a is not None and b is not None:
        losses = compare(a, b)
        cells, not_compared = (*scores.cells, *losses.cells), losses.not_compared
    else:
        side, only = ("A", a) if a is not None else ("B", b)
        keys = cells_by_key(only) if only is not None else ()
        cells, not_compared = scores.cells, dict.fromkeys(keys, f"only {side} has it")
    return replace(scores, cells=cells, not_compared={**scores.not_compared, **not_compared})


def _comparison_json(comparison: Comparison, a: str, b: str) -> dict[str, Any]:
    return {
        "a": a,
        "b": b,
        "cells": [
            asdict(cell)
            | {
                "place": cell.place._asdict(),
                "is_incomplete": cell.is_incomplete,
                # JSON has no infinity; the interval of losses of one group has no limits.
                "low": cell.low if isfinite(cell.low) else None,
                "high": cell.high if isfinite(cell.high) else None,
            }
            for cell in comparison.cells
        ],
        "not_compared": [
            key._asdict() | {"reason": reason} for key, reason in comparison.not_compared.items()
        ],
        "limited": list(comparison.limited),
    }


def _comparison_text(
    comparison: Comparison, a: str, b: str, incomplete: Mapping[str, Sequence[str]]
) -> str:
    has_losses = any(cell.metric is Metric.LOSS for cell in comparison.cells)
    lines = [
        f"A  {a}",
        f"B  {b}",
        f"pass@{comparison.cells[0].k} in percent, differences in points; p: exact paired test",
        *(["losses in nats per token, B - A as a gain: positive is better"] if has_losses else []),
        "detects: the smallest difference that 80 of 100 such comparisons would find",
        "",
        text_table(_HEADER, [_row(cell) for cell in comparison.cells]),
        _summary(comparison.cells),
        "",
    ]
    if comparison.limited:
        sides = " and ".join(comparison.limited)
        lines += [f"LIMITED: {sides}: first problems only (--limit)", ""]
    for cell in comparison.cells:
        lines += _details(cell)
    lines += [
        f"not compared: {_name(key)}: {reason}" for key, reason in comparison.not_compared.items()
    ]
    lines += [
        f"INCOMPLETE: missing, damaged or without some verdicts in {side}: "
        f"{listing(cells, _SHOWN)}; run the sweep again"
        for side, cells in incomplete.items()
        if cells
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _summary(cells: Sequence[CellComparison]) -> str:
    alpha = EvaluationConfig.model_fields["alpha"].default
    higher = sum(cell.difference > 0 for cell in cells)
    lower = sum(cell.difference < 0 for cell in cells)
    significant = sum(cell.p_adjusted <= alpha for cell in cells)
    return (
        f"{plural(len(cells), 'cell')} compared: B is better in {higher}, worse in {lower}, equal "
        f"in {len(cells) - higher - lower}; significant differences (adjusted p <= {alpha:g}): "
        f"{significant or 'none'}"
    )


def _row(cell: CellComparison) -> tuple[str | int | None, ...]:
    scale, digits = (1, 3) if cell.metric is Metric.LOSS else (100, 1)
    return (
        _name(cell.place),
        cell.problems,
        f"{scale * cell.score_a:.{digits}f}",
        f"{scale * cell.score_b:.{digits}f}",
        f"{scale * cell.difference:+.{digits}f}",
        f"{scale * cell.low:+.{digits}f} to {scale * cell.high:+.{digits}f}",
        f"{cell.p_value:.3g}",
        f"{cell.p_adjusted:.3g}",
        len(cell.better_a),
        len(cell.better_b),
        None if cell.detectable is None else f"{scale * cell.detectable:.{digits}f}",
    )


def _name(key: PooledKey) -> str:
    parts = (key.source, key.benchmark, f"({key.prompt_style})" if key.source else "")
    return " ".join(part for part in parts if part)


def _details(cell: CellComparison) -> list[str]:
    """Return the problems that make the difference, and those that could not be compared."""
    only = "only {} passes" if cell.is_single else "{} is better"
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
