"""Build matrix, figures and page again from a sweep's storage, without training anything."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict

from codem_ray.analysis import MatrixCell
from codem_ray.cli.options import add_folder, add_json, add_stored_limit, limit_suffix, open_folder
from codem_ray.cli.output import print_json
from codem_ray.errors import ExitCode
from codem_ray.records import Metric
from codem_ray.report import SweepReport
from codem_ray.report.matrix_layout import Matrix, format_percent, lay_out_matrix
from codem_ray.sweep.sweep_report import build_sweep_report
from codem_ray.wording import text_table

EXAMPLES = """\
examples:
  codem-ray report runs/quickstart
  codem-ray report runs/quickstart --json | jq '.cells[] | select(.target=="java")'
"""
_INCOMPLETE, _SIGNIFICANT, _MISSING = "*", "!", "?"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_folder(parser)
    add_stored_limit(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Write the report and print the matrix; exit 4 when a cell is missing or incomplete."""
    report = build_sweep_report(open_folder(args.folder), limit_suffix(args.limit))
    if args.json:
        print_json(report_json(report))
    else:
        print(report_text(report), end="")
    return ExitCode.COMPLETE if report.is_complete else ExitCode.INCOMPLETE


def report_json(report: SweepReport) -> dict[str, object]:
    """Return a report as plain data."""
    return {
        "cells": [asdict(cell) for cell in (*report.cells, *report.loss_cells)],
        "missing": [key._asdict() for key in report.missing],
        "warnings": list(report.warnings),
        "search": list(report.search),
        "headline": report.headline,
        "transfer": list(report.transfer),
    }


def report_text(report: SweepReport) -> str:
    """Return a report as text: the scores, the gains, and what they mean."""
    matrix = lay_out_matrix(report.cells)
    has_base = any(row.source == "base" for row in matrix.rows)
    gains = f"gain over base in points\n{_gains(matrix, report.alpha)}\n" if has_base else ""
    losses = _losses(lay_out_matrix(report.loss_cells), report.alpha) if report.loss_cells else ""
    return (
        f"pass@{matrix.k} in percent (rows: tuned on; columns: tested on)\n"
        f"{_scores(matrix)}\n"
        f"{gains}{losses}{_search(report.search)}{report.headline}\n"
        + "".join(f"{note}\n" for note in report.transfer)
        + "".join(f"warning: {warning}\n" for warning in report.warnings)
        + f"\nreport  {report.page}\n"
    )


def _search(rows: Sequence[Mapping[str, object]]) -> str:
    """Return the settings that were compared; empty without a search."""
    if not rows:
        return ""
    header = ("source", "setting", "state", "steps", "loss", "")
    table = text_table(
        header,
        [
            (
                str(row["source"]),
                str(row["setting"]),
                str(row["state"]),
                str(row["steps"]),
                f"{row['loss']:.4g}" if isinstance(row["loss"], float) else None,
                str(row["best"]),
            )
            for row in rows
        ],
        left=3,
    )
    metrics = ", ".join(dict.fromkeys(str(row["metric"]) for row in rows if row["metric"]))
    return f"settings compared by {metrics or 'loss'}, each source alone\n{table}\n"


def _losses(matrix: Matrix, alpha: float) -> str:
    return (
        "loss in nats per target token of reference answers (lower is better)\n"
        f"{_scores(matrix, 'loss')}\n"
        "gain over base in nats per target token: base minus tuned, positive is better\n"
        f"{_gains(matrix, alpha, 'gain, nats')}\n"
    )


def _scores(matrix: Matrix, corner: str = "") -> str:
    def text_of(cell: MatrixCell) -> str:
        score = "-" if cell.value is None else _format(cell, cell.value)
        return score + (_INCOMPLETE if cell.incomplete else "")

    return _matrix_table(matrix, corner or f"pass@{matrix.k}, %", text_of)


def _format(cell: MatrixCell, value: float, *, is_signed: bool = False) -> str:
    if cell.metric is Metric.LOSS:
        return f"{value:{'+' if is_signed else ''}.3f}".replace("-", "\N{MINUS SIGN}")
    return format_percent(value, cell.problems, is_signed=is_signed)


def _gains(matrix: Matrix, alpha: float, corner: str = "gain, points") -> str:
    def text_of(cell: MatrixCell) -> str:
        mark = _INCOMPLETE if matrix.has_incomplete_gain(cell) else ""
        if cell.gain is None:
            return f"-{mark}"
        if cell.p_adjusted is not None and cell.p_adjusted <= alpha:
            mark = _SIGNIFICANT + mark
        return _format(cell, cell.gain, is_signed=True) + mark

    table = _matrix_table(matrix, corner, text_of)
    return f"{table}{_SIGNIFICANT} differs from base (adjusted p <= {alpha:g})\n"


def _matrix_table(matrix: Matrix, corner: str, text_of: Callable[[MatrixCell], str]) -> str:
    rows = []
    for row in matrix.rows:
        texts = [_MISSING if cell is None else text_of(cell) for cell in matrix.cells_of(row)]
        # A row of dashes is base in the baseline style, which has no gains.
        if set(texts) != {"-"}:
            rows.append([row.label, *texts])
    header = [corner, *(column.flat_label for column in matrix.columns)]
    columns = map(_align_marks, zip(*rows, strict=True))
    rows = list(map(list, zip(*columns, strict=True)))
    footnotes = {
        _INCOMPLETE: "incomplete: some verdicts are missing",
        _MISSING: "missing: no result at all",
    }
    return text_table(header, rows, is_rule_split=False) + "".join(
        f"{mark} {meaning}\n"
        for mark, meaning in footnotes.items()
        if any(text.endswith(mark) for _, *texts in rows for text in texts)
    )


def _align_marks(texts: Sequence[str]) -> list[str]:
    """Append a space to the texts of a column without a mark, if another text has one."""
    marks = (_INCOMPLETE, _SIGNIFICANT)
    has_mark = any(text.endswith(marks) for text in texts)
    return [f"{text} " if has_mark and not text.endswith(marks) else text for text in texts]
