"""The section that shows which problems each model passes, with a dot per problem."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from codem_ray.records import Outcome
from codem_ray.report.report_data import ReportData
from codem_ray.report.section import RenderedSection, ReportSection
from codem_ray.report.templating import render_template

_PITCH, _SIZE = 9, 7
_ABSENT, _QUARANTINED = "-", "q"
_CODES = {outcome: str(index) for index, outcome in enumerate(Outcome)}
_NAMES = {code: str(outcome) for outcome, code in _CODES.items()} | {
    _ABSENT: "absent",
    _QUARANTINED: "quarantined",
}


@dataclass(frozen=True, slots=True)
class DotRow:
    """The dots of a model on a benchmark."""

    label: str
    codes: str
    """A character per dot: the index of its outcome in `Outcome`, `-` absent, `q` quarantined."""

    @property
    def num_passed(self) -> int:
        """Number of problems that the model passes."""
        return self.codes.count(_CODES[Outcome.PASSED])

    @property
    def paths(self) -> dict[str, str]:
        """The SVG path of all dots of an outcome, by outcome."""
        paths: dict[str, str] = defaultdict(str)
        for index, code in enumerate(self.codes):
            paths[_NAMES[code]] += f"M{_PITCH * index} 1h{_SIZE}v{_SIZE}h-{_SIZE}z"
        return dict(paths)


@dataclass(frozen=True, slots=True)
class DotBoard:
    """The dots of all models on a benchmark."""

    label: str
    problems: tuple[str, ...]
    """The problems, from easiest to hardest."""
    rows: tuple[DotRow, ...]

    @property
    def width(self) -> int:
        """Width of all dots of a row, in units of the paths."""
        return _PITCH * len(self.problems)


def compute(data: ReportData) -> list[DotBoard]:
    """Make a board per column of the matrix from the first seed and sample of each model."""
    codes: dict[tuple[str, str, str], dict[str, str]] = defaultdict(dict)
    passes: dict[str, Counter[str]] = defaultdict(Counter)
    columns = ["source", "prompt_style", "benchmark", "task_id", "outcome", "is_quarantined"]
    ordered = data.inputs.results.sort_values(["seed", "sample"], kind="stable")[columns]
    rows = ordered.itertuples(index=False, name=None)
    for source, style, benchmark, problem, outcome, is_quarantined in rows:
        code = _QUARANTINED if is_quarantined else _CODES[Outcome(outcome)]
        codes[source, str(style), benchmark].setdefault(problem, code)
        passes[benchmark][problem] += Outcome(outcome) is Outcome.PASSED
    boards: list[DotBoard] = []
    for column in data.matrix.columns:
        counts = passes[column.benchmark]
        problems = tuple(sorted(counts, key=lambda problem: (-counts[problem], problem)))
        dot_rows = []
        for row in data.matrix.rows:
            code_of = codes[row.source, row.prompt_style, column.benchmark]
            row_codes = "".join(code_of.get(problem, _ABSENT) for problem in problems)
            dot_rows.append(DotRow(row.label, row_codes))
        boards.append(DotBoard(column.flat_label, problems, tuple(dot_rows)))
    return boards


def render(boards: list[DotBoard]) -> RenderedSection:
    """Render the boards, with a script that names the problem under the pointer."""
    shown = {code for board in boards for row in board.rows for code in row.codes}
    return RenderedSection(
        html=render_template(
            "problem_dots.html.j2",
            boards=boards,
            legend=[outcome for outcome, code in _CODES.items() if code in shown],
            board_data=[
                {"problems": board.problems, "rows": [row.codes for row in board.rows]}
                for board in boards
            ],
            names={code: name.replace("_", " ") for code, name in _NAMES.items()},
        )
    )


SECTION = ReportSection(
    name="problems", title="Problem by problem", order=500, compute=compute, render=render
)
