"""Figures of a fine-tune between two reports: throughput, share of targets, MFU, memory, times."""

from __future__ import annotations

import time
from typing import Any

import psutil

from codem_ray.models.gpu_kinds import gpu_of_device
from codem_ray.training.flops import model_flops_utilisation
from codem_ray.training.packed_trainer import PackedTrainer
from codem_ray.training.schedule import Step
from codem_ray.training.training_spec import TrainingSpec


class StepFigures:
    """Counts the tokens of steps and the time between reports."""

    def __init__(self, trainer: PackedTrainer, spec: TrainingSpec, *, parameters: int) -> None:
        self._trainer, self._spec, self._parameters = trainer, spec, parameters
        self._peak_flops = peak_flops(spec, trainer.args.device)
        self._process = psutil.Process()
        self.tokens = 0
        """Tokens of all documents so far, summed over epochs."""
        self.recent: list[dict[str, float]] = []
        """Loss, learning rate, gradient norm and end of each step since the last report."""
        self.start()

    def start(self) -> None:
        """Count from here on, after the steps before a checkpoint."""
        self._started = self._reported_at = time.monotonic()
        self._tokens = self._targets = self._positions = 0

    def skip(self, step: Step) -> None:
        """Count the tokens of a step that another attempt has done."""
        self.tokens += self._trainer.data.num_tokens(step)

    def add(self, step: Step, *, number: int, loss: float) -> None:
        """Count a step that has ended."""
        data = self._trainer.data
        tokens = data.num_tokens(step)
        self.tokens += tokens
        self._tokens += tokens
        self._targets += data.num_targets(step)
        self._positions += data.num_positions(step)
        point = {"step": number, "time": time.time(), "loss": loss, "lr": step.lr}
        # DeepSpeed does not keep it at ZeRO stage 0 in fp32.
        norm = self._trainer.model_wrapped.get_global_grad_norm()
        self.recent.append(point if norm is None else point | {"grad_norm": float(norm)})

    def take(self, blocked: dict[str, float]) -> dict[str, Any]:
        """Return the metrics of a report, and count from here on.

        `blocked` are the seconds so far for which something kept the steps waiting. The memory is
        this rank's; everything else is equal on all ranks or that of rank 0.
        """
        now = time.monotonic()
        rate = self._tokens / max(1e-9, now - self._reported_at)
        figures = {"target_share": self._targets / max(1, self._positions)}
        if self._peak_flops is not None:
            figures["mfu"] = model_flops_utilisation(
                self._spec.training,
                parameters=self._parameters,
                tokens_per_second=rate,
                workers=self._spec.workers,
                peak_flops=self._peak_flops,
            )
        seconds = {"data": self._trainer.data_seconds, **blocked}
        seconds["step"] = now - self._started - sum(seconds.values())
        metrics = {
            "tokens": self.tokens,
            "tokens_per_second": rate,
            "recent": self.recent,
            "figures": figures | {f"seconds/{part}": round(s, 3) for part, s in seconds.items()},
            "memory": {"memory_megabytes": self._process.memory_info().rss / 1e6}
            | _gpu_memory(self._trainer.args.device),
        }
        self.recent, self._reported_at = [], now
        self._tokens = self._targets = self._positions = 0
        return metrics


def peak_flops(spec: TrainingSpec, device: Any) -> float | None:
    """Return the peak of one worker in operations a second; None if it is unknown."""
    if spec.training.peak_tflops is not None:
        return spec.training.peak_tflops * 1e12
    if device.type != "cuda":
        return None
    import torch

    properties = torch.cuda.get_device_properties(device)
    gpu = gpu_of_device(properties.name, properties.total_memory)
    return None if gpu is None else gpu.peak_flops


def _gpu_memory(device: Any) -> dict[str, float]:
    if device.type != "cuda":
        return {}
    import torch

    return {"gpu_memory_megabytes": torch.cuda.max_memory_allocated(device) / 1e6}
