"""Writes a sweep's report into a folder."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from codem_ray.analysis import (
    CellKey,
    MatrixCell,
    common_subset,
    mean_gain,
    missing_cells,
    transfer_matrix,
    write_common_csv,
    write_csv,
)
from codem_ray.errors import StorageError
from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.card_tables import card_markdown, card_tables
from codem_ray.report.charts import loss_figure, outcome_figure
from codem_ray.report.figures import gain_figure, inline_svg, render, score_figure
from codem_ray.report.matrix_layout import lay_out_matrix
from codem_ray.report.page import Page, PageFigure, write_page
from codem_ray.report.sentences import (
    detectable_gain,
    headline,
    is_between_programs,
    power_note,
    transfer_notes,
    warnings_of,
)

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """All that a report is made of; tables of facts are shown as they come, keys as headings."""

    sweep_name: str
    results: pd.DataFrame
    """Rows of ProblemResult of one plan."""
    sweep: Mapping[str, object] = field(default_factory=dict)
    """The sweep file as plain data; its `evaluation` section sets the statistics."""
    plan: Mapping[str, object] = field(default_factory=dict)
    expected: Sequence[CellKey] = ()
    """Cells that the plan asks for; those without any result are reported missing."""
    data_card: Mapping[str, object] = field(default_factory=dict)
    """Origins, licences, digests and counts of what was trained on; see `report.data_card`."""
    training_facts: Sequence[Mapping[str, object]] = ()
    """A row per trial: steps, tokens, loss, seconds."""
    loss_curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    """Step and loss by trial."""
    benchmarks: Sequence[Mapping[str, object]] = ()
    """A row per benchmark: problems, quarantined, digest, licence."""
    environment: Mapping[str, object] = field(default_factory=dict)
    """Versions, sandbox, how memory limits are enforced."""
    warnings: Sequence[str] = ()
    """Further warnings: failed trials, weak limits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepReport:
    """What was written and what a caller must act on."""

    cells: tuple[MatrixCell, ...]
    missing: tuple[CellKey, ...]
    warnings: tuple[str, ...]
    headline: str
    transfer: tuple[str, ...]
    """What tuning on one programming language did to the others, on average."""
    files: tuple[Path, ...]
    page: str
    """Path or URI of the HTML page."""
    undone: tuple[str, ...] = ()
    """Cells that the next run does again, be their rows there or not."""

    @property
    def is_complete(self) -> bool:
        """Whether no cell is missing, incomplete or to be done again."""
        has_gaps = self.missing or any(cell.incomplete for cell in self.cells)
        return not has_gaps and not self.undone


def build_report(inputs: ReportInputs, folder: Path) -> SweepReport:
    """Write the CSV, the figures and the page; StorageError where the folder cannot be written."""
    evaluation = inputs.sweep.get("evaluation")
    settings: Mapping[str, object] = evaluation if isinstance(evaluation, Mapping) else {}
    style = PromptStyle(str(settings.get("baseline_style", PromptStyle.COMPLETION)))
    alpha = float(str(settings.get("alpha", 0.05)))
    confidence = float(str(settings.get("confidence", 0.95)))
    resamples = int(str(settings.get("bootstrap_resamples", 2000)))
    ks = settings.get("k", (1,))
    cells = transfer_matrix(
        inputs.results,
        baseline_style=style,
        k=[int(k) for k in ks] if isinstance(ks, Sequence) else [1],
        confidence=confidence,
        resamples=resamples,
    )
    lowest_k = min((cell.k for cell in cells), default=1)
    common = common_subset(
        inputs.results,
        baseline_style=style,
        k=lowest_k,
        confidence=confidence,
        resamples=resamples,
    )
    gains = (
        mean_gain(
            inputs.results,
            is_between_programs,
            baseline_style=one,
            k=lowest_k,
            confidence=confidence,
            resamples=resamples,
        )
        for one in sorted(PromptStyle, key=lambda one: one != style)
    )
    transfer = transfer_notes([one for one in gains if one], confidence=confidence)
    missing = missing_cells(inputs.expected, cells)
    matrix = lay_out_matrix(cells)
    counts = _outcome_counts(inputs.results)
    is_limited = bool(inputs.results["is_limited"].any())
    warnings = [
        *warnings_of(
            cells,
            missing,
            is_limited=is_limited,
            num_not_run=sum(counter[Outcome.NOT_RUN] for counter in counts.values()),
        ),
        *inputs.warnings,
    ]
    sentence = headline(matrix, alpha=alpha)
    num_groups = _num_groups(inputs.results)
    power = power_note(matrix, alpha=alpha, num_groups=num_groups)
    detectable = detectable_gain(matrix, alpha=alpha, num_groups=num_groups)
    limited = "  (limited: first problems only)" if is_limited else ""
    has_flaws = bool(missing) or any(cell.incomplete for cell in cells)
    flaws = "\nHatched: missing, or incomplete for want of some verdicts." if has_flaws else ""
    figures = {
        "heat_map": score_figure(
            matrix,
            heading=f"{inputs.sweep_name}: pass@{matrix.k} by source and target{limited}",
            caption=f"Rows: tuned on. Percent of problems, with {100 * confidence:.0f} % intervals "
            f"below. Framed: tuned on the target itself.{flaws}",
        )
    }
    if any(cell.gain is not None for cell in matrix.cells.values()):
        figures["gains"] = gain_figure(
            matrix,
            alpha=alpha,
            detectable=detectable,
            heading=f"{inputs.sweep_name}: gain over base ({style} prompt){limited}",
            caption=_gain_caption(confidence, alpha, detectable) + flaws,
        )
    figures["outcomes"] = outcome_figure(
        matrix,
        counts,
        style,
        heading=f"How answers end: base ({style} prompt) and all tuned models{limited}",
    )
    if inputs.loss_curves:
        figures["loss"] = loss_figure(inputs.loss_curves, heading="Training loss")
    contents: dict[str, bytes] = {}
    shown: list[PageFigure] = []
    for name, figure in figures.items():
        for kind in ("svg", "png"):
            contents[f"{name}.{kind}"] = render(figure, kind)
        text = sentence if name in ("heat_map", "gains") else name
        shown.append(PageFigure(name, inline_svg(contents[f"{name}.svg"], text)))
    files = [folder / name for name in contents]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
        write_csv(cells, folder / "transfer_matrix.csv")
        write_common_csv(common, folder / "common_subset.csv")
        cards = _write_card(inputs.data_card, folder)
        write_page(
            Page(
                inputs=inputs,
                matrix=matrix,
                cells=tuple(cells),
                common=tuple(common),
                figures=tuple(shown),
                headline=sentence,
                transfer=tuple(transfer),
                power=power,
                warnings=tuple(warnings),
                counts=counts,
                alpha=alpha,
                detectable=detectable,
                is_limited=is_limited,
                baseline_style=style,
                card=tuple(card_tables(inputs.data_card)),
            ),
            folder / "index.html",
        )
    except OSError as error:
        raise StorageError(
            f"cannot write the report into {folder}: {error.strerror}; free space, mend its "
            "rights or choose another storage.path"
        ) from error
    return SweepReport(
        cells=tuple(cells),
        missing=tuple(missing),
        warnings=tuple(warnings),
        headline=sentence,
        transfer=tuple(transfer),
        files=(
            *files,
            folder / "transfer_matrix.csv",
            folder / "common_subset.csv",
            folder / "index.html",
            *cards,
        ),
        page=str(folder / "index.html"),
    )


def _write_card(card: Mapping[str, object], folder: Path) -> list[Path]:
    if not card:
        return []
    paths = [folder / "data_card.json", folder / "data_card.md"]
    paths[0].write_text(json.dumps(card, indent=2, default=str) + "\n", encoding="utf-8")
    paths[1].write_text(card_markdown(card), encoding="utf-8")
    return paths


def _gain_caption(confidence: float, alpha: float, detectable: float | None) -> str:
    rule = (
        "No gain is coloured: this design can tell none from chance"
        if detectable is None
        else f"Coloured: adjusted p ≤ {alpha:g} and at least {100 * detectable:.0f} points, "
        "what this design can detect"
    )
    return (
        f"Points over base on the same problems, with {100 * confidence:.0f} % intervals below.\n"
        f"{rule}. Framed: tuned on the target itself."
    )


def _outcome_counts(
    results: pd.DataFrame,
) -> dict[tuple[str, PromptStyle, str], Counter[Outcome]]:
    counts: dict[tuple[str, PromptStyle, str], Counter[Outcome]] = defaultdict(Counter)
    names = ("source", "prompt_style", "benchmark", "outcome", "is_quarantined")
    for source, style, benchmark, outcome, is_quarantined in zip(
        *(results[name].tolist() for name in names), strict=True
    ):
        if not is_quarantined:
            counts[source, PromptStyle(style), benchmark][Outcome(outcome)] += 1
    return dict(counts)


def _num_groups(results: pd.DataFrame) -> int:
    """Return the fewest independent groups that any benchmark's problems form."""
    groups: dict[str, set[str]] = defaultdict(set)
    for benchmark, group, task, is_quarantined in zip(
        *(results[name].tolist() for name in ("benchmark", "group", "task_id", "is_quarantined")),
        strict=True,
    ):
        if not is_quarantined:
            groups[benchmark].add(group or f"\0{task}")
    return min((len(names) for names in groups.values()), default=0)
