"""Which problems each model passes, drawn as one dot per problem."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.matrix_layout import Matrix

if TYPE_CHECKING:
    import pandas as pd

_PITCH, _SIZE = 9, 7


@dataclass(frozen=True, slots=True)
class DotRow:
    """One model's dots on one benchmark."""

    label: str
    num_passed: int
    paths: tuple[tuple[str, str], ...]
    """Outcome and SVG path of all its dots."""
    outcomes: str
    """A digit per dot: the place of the outcome in `Outcome`; `-` no row; `q` quarantined."""


@dataclass(frozen=True, slots=True)
class DotBoard:
    """All models' dots on one benchmark, problems from easiest to hardest."""

    label: str
    tasks: tuple[str, ...]
    rows: tuple[DotRow, ...]
    width: int


def dot_boards(results: pd.DataFrame, matrix: Matrix) -> list[DotBoard]:
    """Make a board per column of the matrix from the first seed and sample of each model."""
    order = list(Outcome)
    table: dict[tuple[str, PromptStyle, str], dict[str, str]] = defaultdict(dict)
    passes: dict[str, Counter[str]] = defaultdict(Counter)
    rows = results.sort_values(["seed", "sample"], kind="stable")
    names = ("source", "prompt_style", "benchmark", "task_id", "outcome", "is_quarantined")
    for source, style, benchmark, task, outcome, is_quarantined in zip(
        *(rows[name].tolist() for name in names), strict=True
    ):
        mark = "q" if is_quarantined else str(order.index(Outcome(outcome)))
        table[source, PromptStyle(style), benchmark].setdefault(task, mark)
        passes[benchmark][task] += Outcome(outcome) is Outcome.PASSED
    boards: list[DotBoard] = []
    for column in matrix.columns:
        tasks = tuple(
            task
            for task, _ in sorted(
                passes[column.benchmark].items(), key=lambda item: (-item[1], item[0])
            )
        )
        boards.append(
            DotBoard(
                label=column.label.replace("\n", " "),
                tasks=tasks,
                rows=tuple(
                    _dot_row(
                        row.label,
                        table.get((row.source, row.prompt_style, column.benchmark), {}),
                        tasks,
                        order,
                    )
                    for row in matrix.rows
                ),
                width=_PITCH * len(tasks),
            )
        )
    return boards


def _dot_row(
    label: str, marks: dict[str, str], tasks: tuple[str, ...], order: list[Outcome]
) -> DotRow:
    paths: dict[str, list[str]] = defaultdict(list)
    letters = "".join(marks.get(task, "-") for task in tasks)
    for index, letter in enumerate(letters):
        name = {"-": "absent", "q": "quarantined"}.get(letter) or str(order[int(letter)])
        paths[name].append(f"M{_PITCH * index} 1h{_SIZE}v{_SIZE}h-{_SIZE}z")
    return DotRow(
        label=label,
        num_passed=letters.count(str(order.index(Outcome.PASSED))),
        paths=tuple((name, "".join(parts)) for name, parts in paths.items()),
        outcomes=letters,
    )
