"""One line on a running training, from its latest figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from codem_ray.sweep.curve_points import SECONDS_PREFIX
from codem_ray.training.training_spec import HELDOUT_LOSS

_FIGURES: dict[str, tuple[str, Callable[[float], str]]] = {
    "lr": ("lr", lambda value: f"{value:.3g}"),
    "grad_norm": ("grad norm", lambda value: f"{value:.3g}"),
    "target_share": ("targets", lambda value: f"{value:.0%} of positions"),
    "mfu": ("MFU", lambda value: f"{value:.1%}"),
    "memory_megabytes": ("memory", lambda value: f"{value / 1000:.1f} GB"),
    "gpu_memory_megabytes": ("GPU memory", lambda value: f"{value / 1000:.1f} GB"),
}
"""Label and format of each figure, in the order of the line."""


def training_text(figures: Mapping[str, float]) -> str:
    """Return one line: `lr 1.8e-05, grad norm 0.42, ..., seconds: data 0, step 31`."""
    parts = [
        f"{label} {show(figures[name])}"
        for name, (label, show) in _FIGURES.items()
        if name in figures
    ]
    if "mfu" not in figures:
        parts.append("MFU unknown")
    losses = {
        name.removeprefix(f"{HELDOUT_LOSS}/"): value
        for name, value in figures.items()
        if name.startswith(f"{HELDOUT_LOSS}/")
    }
    if losses:
        shown = ", ".join(f"{language} {value:.3f}" for language, value in losses.items())
        parts.append(f"held-out loss: {shown}")
    seconds = {
        name.removeprefix(SECONDS_PREFIX): value
        for name, value in figures.items()
        if name.startswith(SECONDS_PREFIX)
    }
    if seconds:
        spent = ", ".join(f"{part} {value:.3g}" for part, value in seconds.items())
        parts.append(f"seconds: {spent}")
    return ", ".join(parts)
