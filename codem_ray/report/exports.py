"""The matrix and its citation in the forms that papers take: LaTeX, Markdown, BibTeX."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from codem_ray import __version__
from codem_ray.report.matrix_views import MatrixView, Value, ViewRow
from codem_ray.report.report_data import ReportData

_LATEX = {
    "\\": r"\textbackslash{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "−": "$-$",
    "–": "--",
    "→": r"$\to$",
    "·": r"$\cdot$",
    "≤": r"$\leq$",
    "×": r"$\times$",
}


@dataclass(frozen=True, slots=True)
class Export:
    """A file that the page offers for download, and that is written beside it."""

    title: str
    name: str
    media_type: str
    content: str

    @property
    def data_uri(self) -> str:
        """The content as a data URI, so that the page needs no other file."""
        return f"data:{self.media_type};base64,{base64.b64encode(self.content.encode()).decode()}"


def make_exports(
    data: ReportData, views: Sequence[MatrixView], *, csv: str, figures: Mapping[str, str]
) -> list[Export]:
    """Return the exports of a report, among them the first of the figures."""
    return [
        Export("CSV", "transfer_matrix.csv", "text/csv", csv),
        Export("LaTeX", "transfer_matrix.tex", "text/x-tex", _latex(data, views)),
        Export("Markdown", "transfer_matrix.md", "text/markdown", _markdown(data, views)),
        Export("BibTeX", "citation.bib", "text/x-bibtex", _bibtex(data)),
        *(Export("SVG", name, "image/svg+xml", svg) for name, svg in list(figures.items())[:1]),
    ]


def _latex(data: ReportData, views: Sequence[MatrixView]) -> str:
    """Return a table per view; they need the package booktabs."""
    tables = []
    for view in views:
        columns = [column.column.flat_label for column in view.columns]
        head = " & ".join(["", *map(_escape, columns)])
        languages, others = (
            "".join(_latex_row(view, row) for row in rows) for rows in view.row_groups
        )
        rule = "\\midrule\n" if languages and others else ""
        tables.append(
            "\\begin{table}\n\\centering\n"
            f"\\caption{{{_escape(_caption(data, view))}}}\n"
            f"\\label{{tab:{re.sub(r'[^a-z0-9]+', '-', data.inputs.sweep_name)}-{view.name}}}\n"
            f"\\begin{{tabular}}{{l{'r' * len(columns)}}}\n\\toprule\n{head} \\\\\n\\midrule\n"
            f"{languages}{rule}{others}\\bottomrule\n\\end{{tabular}}\n\\end{{table}}\n"
        )
    return "% \\usepackage{booktabs}\n" + "\n".join(tables)


def _latex_row(view: MatrixView, row: ViewRow) -> str:
    cells = [
        f"{_escape(view.text(value))}{'$^{*}$' if value and value.is_significant else ''}"
        for value in row.values
    ]
    return " & ".join([_escape(row.row.label), *cells]) + " \\\\\n"


def _escape(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)


def _markdown(data: ReportData, views: Sequence[MatrixView]) -> str:
    parts = [f"# Transfer matrix of {data.inputs.sweep_name}\n"]
    for view in views:
        head = ["", *(column.column.flat_label for column in view.columns)]
        lines = [head, ["---", *(["---:"] * len(view.columns))]]
        lines += [
            [row.row.label, *(_markdown_cell(view, value) for value in row.values)]
            for row in (*view.row_groups[0], *view.row_groups[1])
        ]
        table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
        parts.append(f"## {view.title}\n\n{_caption(data, view)}\n\n{table}")
    return "\n".join(parts)


def _markdown_cell(view: MatrixView, value: Value | None) -> str:
    text = view.text(value) + ("\\*" if value and value.is_significant else "")
    interval = view.interval(value)
    return f"{text} ({interval})" if interval else text


def _caption(data: ReportData, view: MatrixView) -> str:
    return (
        f"{view.title}, {view.unit}. Rows: tuned on; columns: tested on. {view.note} "
        f"*: {view.significance} (Holm-adjusted p ≤ {data.evaluation.alpha:g})."
        f"{data.limited_note}"
    )


def _bibtex(data: ReportData) -> str:
    inputs = data.inputs
    key = re.sub(r"[^a-z0-9]+", "-", inputs.sweep_name.lower()).strip("-")
    finished = inputs.finished_at
    year = f"  year = {{{finished:%Y}}},\n" if finished else ""
    facts = ", ".join(f"{name} {value}" for name, value in data.facts.items())
    return (
        f"@misc{{codem-ray-{key},\n"
        f"  title = {{Transfer matrix of the sweep {{{_escape(inputs.sweep_name)}}}}},\n{year}"
        f"  note = {{Made with codem\\_ray {__version__}; {_escape(facts)}}}\n}}\n\n"
        "@misc{codem2023,\n"
        "  title = {Can Programming Languages Boost Each Other via Instruction Tuning?},\n"
        "  author = {Zan, Daoguang and others},\n"
        "  year = {2023},\n"
        "  eprint = {2308.16824},\n"
        "  archivePrefix = {arXiv}\n}\n"
    )
