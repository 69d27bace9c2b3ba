"""Points of a training curve, from what the ranks of a fine-tune report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from codem_ray.training.training_spec import HELDOUT_LOSS

MAX_POINTS = 500
"""About how many steps of a fine-tune are kept; the first and the last are among them."""
SYSTEM_PREFIX = "system/"
"""MLflow shows metrics with this prefix as system metrics."""


FIGURES = ("grad_norm", "target_share", "mfu", "memory_megabytes", "gpu_memory_megabytes")
"""Keys of points, beside step, time, loss, lr and tokens_per_second; each may be missing."""
SECONDS_PREFIX = "seconds/"
"""Keys with the seconds so far that rank 0 spent in one part of the training."""


def curve_points(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the kept steps since the last report; those with a held-out loss are among them.

    Args:
        reports: The metrics of each rank. Losses are equal on all ranks. Throughput, load and the
            other figures cover the time since the last report and are stored with its last kept
            step.
    """
    latest = reports[0]
    points: list[dict[str, Any]] = [
        dict(point)
        for point in latest["recent"]
        if is_kept(point["step"], latest["steps"]) or HELDOUT_LOSS in point
    ]
    if points:
        points[-1] = latest_figures(reports) | points[-1] | _system(reports)
    return points


def latest_figures(reports: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the figures since the last report; the memory is that of the largest rank."""
    latest = reports[0]
    last: Mapping[str, float] = latest["recent"][-1] if latest["recent"] else {}
    memory = {
        name: round(max(report["memory"][name] for report in reports), 1)
        for name in latest["memory"]
    }
    return {
        "tokens_per_second": latest["tokens_per_second"],
        **{name: last[name] for name in ("lr", "grad_norm") if name in last},
        **latest["figures"],
        **memory,
    }


def is_kept(step: int, steps: int) -> bool:
    """Whether a step is kept in the curve."""
    return step in (1, steps) or step % math.ceil(steps / MAX_POINTS) == 0


def _system(reports: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return the load of all nodes; ranks of one node differ in their GPU only."""
    nodes: dict[str, dict[str, float]] = {}
    for report in reports:
        nodes.setdefault(report["node"], {}).update(report["system"])
    # MLflow's own names contain the node where there are several.
    return {
        f"{SYSTEM_PREFIX}{node}/{name}" if len(nodes) > 1 else f"{SYSTEM_PREFIX}{name}": value
        for node, values in nodes.items()
        for name, value in values.items()
    }
