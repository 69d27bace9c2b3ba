"""The table of `plan` for sweeps on GPUs: memory, disk and hours on several clusters."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from codem_ray.sweep.durations import SweepTime
from codem_ray.sweep.hardware_fit import USABLE_SHARE, HardwareFit
from codem_ray.wording import text_table

_ROWS: tuple[tuple[str, Callable[[HardwareFit], str]], ...] = (
    ("nodes x GPUs of one node", lambda fit: f"{fit.nodes} x {-(-fit.workers // fit.nodes)}"),
    ("GPU kind", lambda fit: fit.gpu),
    ("workers", lambda fit: str(fit.workers)),
    ("ZeRO stage", lambda fit: str(fit.zero_stage)),
    ("offload", lambda fit: _offload(fit)),
    ("gradient checkpointing", lambda fit: "yes" if fit.gradient_checkpointing else "no"),
    ("micro-batch", lambda fit: str(fit.micro_batch_sequences)),
    ("GPU: weights", lambda fit: _size(fit.memory.weights)),
    ("GPU: gradients", lambda fit: _size(fit.memory.gradients)),
    ("GPU: optimizer", lambda fit: _size(fit.memory.optimizer)),
    ("GPU: activations", lambda fit: _size(fit.memory.activations)),
    ("GPU: logits", lambda fit: _size(fit.memory.logits)),
    ("GPU: buffers", lambda fit: _size(fit.memory.buffers)),
    ("GPU: sum", lambda fit: f"{_size(fit.memory.total)} of {_size(fit.gpu_bytes)}"),
    ("fits", lambda fit: "yes" if fit.is_fit else "no"),
    ("host: loading", lambda fit: _size(fit.host.loading)),
    ("host: offloaded", lambda fit: _size(fit.host.offload)),
    ("host: peak of a node", lambda fit: _size(fit.host.peak)),
    ("disk: exports", lambda fit: _size(fit.disk.exports)),
    ("disk: checkpoints", lambda fit: _size(fit.disk.checkpoints)),
    ("disk: local to a node", lambda fit: _size(fit.disk.node_local)),
    ("training, hours", lambda fit: f"{fit.training_hours:.2g}"),
)


def hardware_table(fits: Sequence[HardwareFit], time: SweepTime | None) -> str:
    """Return the table with its formulas; empty if the sweep has no GPUs."""
    if not fits:
        return ""
    table = text_table(
        ("sizes in GB, estimated", *(fit.name for fit in fits)),
        [(label, *map(value, fits)) for label, value in _ROWS],
    )
    lines = [
        table.rstrip("\n"),
        f"fits: at most {USABLE_SHARE:.0%} of a GPU. The layouts of the last two columns are the",
        "fastest that fit; they give the same weights as this sweep's own.",
    ]
    if time is not None and time.peak_flops is not None and time.mfu is not None:
        peak = f"peak {time.peak_flops / 1e12:.0f} TFLOP/s of one {time.gpu} in this sweep"
        work = f"{time.flops_per_token} x parameters x tokens"
        lines += [
            f"hours: {work} / (GPUs x peak x MFU) + 30 s a trial;",
            f"assumed MFU {time.mfu:.0%}, {peak}.",
        ]
    return "\n".join(lines) + "\n"


def _offload(fit: HardwareFit) -> str:
    if fit.offload_parameters:
        return "all state" if fit.offload_optimizer else "weights"
    return "optimizer" if fit.offload_optimizer else "none"


def _size(num_bytes: int) -> str:
    gigabytes = num_bytes / 1e9
    return f"{gigabytes:,.1f}" if 0 < gigabytes < 10 else f"{gigabytes:,.0f}"
