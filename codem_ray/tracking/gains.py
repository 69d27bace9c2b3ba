"""Intervals and gains of a trial, from the transfer matrix, as metrics of its run."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from codem_ray.analysis import ALL_SEEDS, MatrixCell
from codem_ray.analysis.losses import baseline_style as baseline_of
from codem_ray.records import Metric, PromptStyle
from codem_ray.tracking.run_metrics import metric_name


def gain_values(
    cells: Iterable[MatrixCell], baseline_style: PromptStyle
) -> dict[str, dict[str, float]]:
    """Return metrics by trial id: bounds of each score, each gain with its bounds, the mean gain.

    Only the lowest k is logged, and no incomplete cell. Metrics of `base` in the other prompt style
    have that style in their names.
    """
    single = [cell for cell in cells if cell.seed != ALL_SEEDS and not cell.incomplete]
    lowest = min((cell.k for cell in single if cell.k is not None), default=None)
    groups: dict[tuple[str, Metric], list[MatrixCell]] = defaultdict(list)
    for cell in single:
        if cell.k in (None, lowest):
            groups[cell.trial_id, cell.metric].append(cell)
    values: dict[str, dict[str, float]] = defaultdict(dict)
    for (trial_id, metric), some in groups.items():
        score, gain = (
            ("loss", "loss_gain") if metric is Metric.LOSS else (f"pass_at_{lowest}", "gain")
        )
        values[trial_id] |= _values(some, score, gain, baseline_of(metric, baseline_style))
    return dict(values)


def _values(
    cells: list[MatrixCell], score: str, gain: str, baseline_style: PromptStyle
) -> dict[str, float]:
    num_styles = len({cell.prompt_style for cell in cells})
    per_target = Counter((cell.target, cell.prompt_style) for cell in cells)
    values: dict[str, float] = {}
    gains: dict[str, list[float]] = defaultdict(list)
    for cell in cells:
        is_headline = num_styles == 1 or cell.prompt_style is baseline_style
        style = "" if is_headline else f"_{cell.prompt_style}"
        several = per_target[cell.target, cell.prompt_style] > 1
        for name, value in (
            (f"{score}{style}_ci_low", cell.ci_low),
            (f"{score}{style}_ci_high", cell.ci_high),
            (f"{gain}{style}", cell.gain),
            (f"{gain}{style}_ci_low", cell.gain_ci_low),
            (f"{gain}{style}_ci_high", cell.gain_ci_high),
            (f"{gain}{style}_p_adjusted", cell.p_adjusted),
        ):
            if value is not None:
                name = metric_name(name, cell.target, cell.benchmark if several else "")
                values[name] = value
        if cell.gain is not None:
            gains[f"{gain}{style}"].append(cell.gain)
    return values | {name: math.fsum(some) / len(some) for name, some in gains.items()}
