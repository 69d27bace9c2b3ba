"""Estimates of a sweep's hours and cost, from numbers measured on known machines."""

from __future__ import annotations

from dataclasses import dataclass

from codem_ray.config import Sweep

_TRAINING_FLOPS = {"GPU": 125e12, "core": 30e9}
"""Operations a second in training: 40 % of an A100's bf16 peak; a current x86 core in fp32."""
_ENGINE_FLOPS = {"vllm": 30e12}
"""Operations a second of one GPU in generation, by engine: limited by memory, not by arithmetic."""
_OTHER_ENGINE_FLOPS = 10e12
_CORE_GENERATION_FLOPS = 15e9
_SECONDS_PER_STEP = 0.005
"""Overhead of one decoding step of a batch on cores; it dominates for small models."""
_START_SECONDS = 30.0
"""Start of workers, imports and export, for each trial."""
_SHARE_OF_LENGTH = 0.5
"""Mean length of a completion, as a share of `generation.max_new_tokens`."""
_TOKENS_PER_ANSWER = 300
_EXECUTION_CPU_SECONDS = 0.2
"""CPU time to compile and run one program, in batches, as a mean over the languages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepTime:
    """Hours of a sweep whose trials run one after the other."""

    device: str
    """`GPU` (an A100 is assumed) or `core`."""
    training_hours: float
    generation_hours: float
    """Completions and losses."""
    execution_hours: float
    device_hours: float
    """Hours times the devices that are in use."""

    @property
    def hours(self) -> float:
        """Hours from start to end."""
        return self.training_hours + self.generation_hours + self.execution_hours


def estimate_time(
    sweep: Sweep,
    *,
    parameters: int,
    num_trained: int,
    trained_tokens: float,
    completions: int,
    answers: int,
) -> SweepTime:
    """Estimate the time of a sweep, usually to within a factor of two.

    `trained_tokens` is the sum over all trials and epochs, `answers` the number of losses.
    """
    resources, generation = sweep.resources, sweep.generation
    has_gpu = resources.gpus_per_worker > 0
    device = "GPU" if has_gpu else "core"
    cores = resources.workers * resources.cpus_per_worker
    devices = resources.workers * resources.gpus_per_worker if has_gpu else cores
    rate = _TRAINING_FLOPS[device] * devices
    # Recomputed activations cost another forward pass (Korthikanti et al. 2022).
    per_token = (8 if sweep.training.gradient_checkpointing else 6) * parameters
    training = trained_tokens * per_token / rate + num_trained * _START_SECONDS
    written = completions * generation.max_new_tokens * _SHARE_OF_LENGTH
    if has_gpu:
        engine = _ENGINE_FLOPS.get(generation.engine, _OTHER_ENGINE_FLOPS)
        writing = written * 2 * parameters / (engine * generation.tensor_parallel)
    else:
        writing = written * 2 * parameters / (_CORE_GENERATION_FLOPS * cores)
        writing += written / generation.batch_size * _SECONDS_PER_STEP
    reading = answers * _TOKENS_PER_ANSWER * 2 * parameters / rate
    execution = completions * _EXECUTION_CPU_SECONDS / max(1.0, cores)
    used = generation.tensor_parallel if has_gpu else cores
    device_seconds = training * devices + (writing + reading) * used
    return SweepTime(
        device=device,
        training_hours=training / 3600,
        generation_hours=(writing + reading) / 3600,
        execution_hours=execution / 3600,
        device_hours=(device_seconds + (0 if has_gpu else execution * cores)) / 3600,
    )
