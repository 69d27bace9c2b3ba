"""The section that shows which problems each model passes, with a dot per problem."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.matrix_layout import Matrix
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

if TYPE_CHECKING:
    import pandas as pd

_PITCH, _SIZE = 9, 7
_CODES = {outcome: str(index) for index, outcome in enumerate(Outcome)}
_ABSENT, _QUARANTINED = "-", "q"
_NAMES = {code: str(outcome) for outcome, code in _CODES.items()} | {
    _ABSENT: "absent",
    _QUARANTINED: "quarantined",
}


@dataclass(frozen=True, slots=True)
class DotRow:
    """One model's dots on one benchmark."""

    label: str
    num_passed: int
    paths: tuple[tuple[str, str], ...]
    """Each outcome with the SVG path of all its dots."""
    codes: str
    """A character per dot: the index of its outcome in `Outcome`, `-` absent, `q` quarantined."""


@dataclass(frozen=True, slots=True)
class DotBoard:
    """All models' dots on one benchmark, problems from easiest to hardest."""

    label: str
    tasks: tuple[str, ...]
    rows: tuple[DotRow, ...]
    width: int


@dataclass(frozen=True, slots=True)
class ProblemDots:
    """A board per benchmark, and the outcomes of the legend."""

    boards: tuple[DotBoard, ...]
    outcomes: tuple[Outcome, ...]


def compute(data: ReportData) -> ProblemDots:
    """Lay out the dots."""
    return ProblemDots(tuple(dot_boards(data.inputs.results, data.matrix)), data.outcomes)


def dot_boards(results: pd.DataFrame, matrix: Matrix) -> list[DotBoard]:
    """Make a board per column of the matrix from the first seed and sample of each model."""
    codes: dict[tuple[str, PromptStyle, str], dict[str, str]] = defaultdict(dict)
    passes: dict[str, Counter[str]] = defaultdict(Counter)
    columns = ["source", "prompt_style", "benchmark", "task_id", "outcome", "is_quarantined"]
    ordered = results.sort_values(["seed", "sample"], kind="stable")[columns]
    rows = ordered.itertuples(index=False, name=None)
    for source, style, benchmark, task, outcome, is_quarantined in rows:
        code = _QUARANTINED if is_quarantined else _CODES[Outcome(outcome)]
        codes[source, PromptStyle(style), benchmark].setdefault(task, code)
        passes[benchmark][task] += Outcome(outcome) is Outcome.PASSED
    boards: list[DotBoard] = []
    for column in matrix.columns:
        counts = passes[column.benchmark]
        tasks = tuple(sorted(counts, key=lambda task: (-counts[task], task)))
        board_rows = tuple(
            _dot_row(row.label, codes[row.source, row.prompt_style, column.benchmark], tasks)
            for row in matrix.rows
        )
        boards.append(DotBoard(column.flat_label, tasks, board_rows, _PITCH * len(tasks)))
    return boards


def _dot_row(label: str, codes: dict[str, str], tasks: tuple[str, ...]) -> DotRow:
    paths: dict[str, list[str]] = defaultdict(list)
    row = "".join(codes.get(task, _ABSENT) for task in tasks)
    for index, code in enumerate(row):
        paths[_NAMES[code]].append(f"M{_PITCH * index} 1h{_SIZE}v{_SIZE}h-{_SIZE}z")
    return DotRow(
        label=label,
        num_passed=row.count(_CODES[Outcome.PASSED]),
        paths=tuple((name, "".join(parts)) for name, parts in paths.items()),
        codes=row,
    )


def render(dots: ProblemDots) -> RenderedSection:
    """Render the boards, with a script that names the problem under the pointer."""
    boards = [
        {"tasks": board.tasks, "rows": [row.codes for row in board.rows]} for board in dots.boards
    ]
    names = {code: name.replace("_", " ") for code, name in _NAMES.items()}
    return RenderedSection(
        html=render_template("problem_dots.html.j2", dots=dots, board_data=boards, names=names)
    )


SECTION = ReportSection(
    name="problems", title="Problem by problem", order=500, compute=compute, render=render
)
