"""Charts beside the matrix: outcomes by target, loss over training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from codem_ray.records import Outcome, PromptStyle
from codem_ray.report.figures import RC
from codem_ray.report.matrix_layout import Matrix
from codem_ray.report.palette import INK, LINE_COLOURS, OUTCOME_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

OutcomeCounts = Mapping[tuple[str, PromptStyle, str], Counter[Outcome]]
"""Samples by outcome for each source, prompt style and benchmark; quarantined ones left out."""


def outcome_figure(
    matrix: Matrix, counts: OutcomeCounts, baseline_style: PromptStyle, *, heading: str
) -> Figure:
    """Draw how base and the tuned models end on each target, as shares of all answers."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    bars: list[tuple[str, Counter[Outcome]]] = []
    for column in matrix.columns:
        base, tuned = Counter[Outcome](), Counter[Outcome]()
        for (source, style, benchmark), counter in counts.items():
            if benchmark == column.benchmark and source != "base":
                tuned.update(counter)
            elif benchmark == column.benchmark and style == baseline_style:
                base.update(counter)
        bars += [(f"{column.label.replace(chr(10), ' ')}   base", base), ("tuned", tuned)]
    present = [outcome for outcome in Outcome if any(counter[outcome] for _, counter in bars)]
    with mpl.rc_context(RC):
        figure = Figure(figsize=(8.2, 0.31 * len(bars) + 0.2), label="outcomes")
        axes = figure.add_axes((0, 0, 1, 1))
        positions = [0.8 * (i // 2) * 2.6 + 0.85 * (i % 2) for i in range(len(bars))]
        left = [0.0] * len(bars)
        for outcome in present:
            widths = [100 * counter[outcome] / max(1, counter.total()) for _, counter in bars]
            axes.barh(
                positions,
                widths,
                0.76,
                left=left,
                color=OUTCOME_COLOURS[outcome],
                label=outcome.replace("_", " "),
            )
            left = [start + width for start, width in zip(left, widths, strict=True)]
        axes.set_yticks(positions, [name for name, _ in bars], fontsize=9)
        axes.set(xlim=(0, 100), ylim=(max(positions, default=0) + 0.6, -0.6))
        axes.set_xlabel("answers, %", fontsize=9)
        _bare(axes)
        axes.tick_params(axis="y", length=0)
        axes.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncol=4,
            frameon=False,
            fontsize=8.5,
            handlelength=1,
            handleheight=1,
            labelcolor=INK,
            borderaxespad=0.3,
        )
        rows = -(-len(present) // 4)
        figure.text(
            0,
            1 + (0.2 + 0.22 * rows) / figure.get_figheight(),
            heading,
            fontsize=13,
            weight="bold",
            va="bottom",
        )
    return figure


def loss_figure(curves: Mapping[str, Sequence[tuple[int, float]]], *, heading: str) -> Figure:
    """Draw training loss over optimizer steps, a line per trial."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(RC):
        figure = Figure(figsize=(7.2, 3.6), label="loss")
        axes = figure.add_axes((0, 0, 1, 1))
        for index, (name, points) in enumerate(curves.items()):
            axes.plot(
                [step for step, _ in points],
                [loss for _, loss in points],
                label=name,
                lw=1.5,
                color=LINE_COLOURS[index % len(LINE_COLOURS)],
                linestyle=("-", "--", ":", "-.")[index // len(LINE_COLOURS) % 4],
                marker="o" if len(points) == 1 else None,
            )
        axes.set_xlabel("optimizer step", fontsize=9)
        axes.set_ylabel("loss per target token", fontsize=9)
        axes.margins(x=0.01)
        _bare(axes)
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(1.01, 1.02),
            frameon=False,
            fontsize=8.5,
            labelcolor=INK,
            ncol=1 + len(curves) // 16,
        )
        figure.text(0, 1.05, heading, fontsize=13, weight="bold", va="bottom")
    return figure


def _bare(axes: Axes) -> None:
    axes.patch.set_visible(False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(labelsize=9)
