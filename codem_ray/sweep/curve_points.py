"""Points of a training curve, from what the ranks of a fine-tune report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

MAX_POINTS = 500
"""About how many steps of a fine-tune are kept; the first and the last are among them."""
SYSTEM_PREFIX = "system/"
"""MLflow shows metrics with this prefix as system metrics."""


def curve_points(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the kept steps since the last report.

    Args:
        reports: The metrics of each rank. Losses are equal on all ranks. Throughput and load
            cover the time since the last report and are stored with its last kept step.
    """
    latest = reports[0]
    points: list[dict[str, Any]] = [
        {"step": step, "time": time, "loss": loss, "lr": lr}
        for step, time, loss, lr in latest["recent"]
        if is_kept(step, latest["steps"])
    ]
    if points:
        points[-1] |= {"tokens_per_second": latest["tokens_per_second"], **_system(reports)}
    return points


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
