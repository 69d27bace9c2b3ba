"""Estimates of a sweep's hours and cost, from numbers measured on known machines."""

from __future__ import annotations

from dataclasses import dataclass

from codem_ray.config import Sweep, TrainingConfig
from codem_ray.models.gpu_kinds import ASSUMED_GPU, GpuKind, stated_gpu
from codem_ray.training.flops import FLOPS_PER_TOKEN, flops_per_token

MFU = 0.4
"""Share of a GPU's peak that training reaches."""
MFU_RECOMPUTING = 0.3
"""The same with gradient checkpointing, whose second forward pass does not count in the MFU."""
_CORE_TRAINING_FLOPS = 30e9
"""Operations a second of a current x86 core in fp32."""
_ENGINE_FLOPS = {"vllm": 30e12}
"""Operations a second of one GPU in generation, by engine: limited by memory, not by arithmetic."""
_OTHER_ENGINE_FLOPS = 10e12
_CORE_GENERATION_FLOPS = 15e9
_SECONDS_PER_STEP = 0.005
"""Overhead of one decoding step of a batch on cores; it dominates for small models."""
_START_SECONDS = 30.0
"""Start of workers, imports and export, for each trial."""
_WARM_START_SECONDS = 6.0
"""The same for a trial of one worker without a GPU, whose process mostly has trained before."""
_SHARE_OF_LENGTH = 0.5
"""Mean length of a completion, as a share of `generation.max_new_tokens`."""
_TOKENS_PER_ANSWER = 300
_EXECUTION_CPU_SECONDS = 0.2
"""CPU time to compile and run one program, in batches, as a mean over the languages."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepTime:
    """Hours of a sweep whose trials run one after the other."""

    device: str
    """`GPU` or `core`."""
    training_hours: float
    generation_hours: float
    """Completions and losses."""
    execution_hours: float
    device_hours: float
    """Hours times the devices that are in use."""
    gpu: str = ""
    """Kind of GPU, as Ray's accelerator type; empty on cores."""
    peak_flops: float | None = None
    """Of one GPU."""
    mfu: float | None = None
    """Assumed model FLOPs utilisation in training."""
    flops_per_token: int = FLOPS_PER_TOKEN
    """Operations of training per token and parameter."""

    @property
    def hours(self) -> float:
        """Hours from start to end."""
        return self.training_hours + self.generation_hours + self.execution_hours


def assumed_mfu(training: TrainingConfig) -> float:
    """Return the share of the peak that training on GPUs is assumed to reach."""
    return MFU_RECOMPUTING if training.gradient_checkpointing else MFU


def training_seconds(
    training: TrainingConfig,
    *,
    parameters: int,
    tokens: float,
    num_trained: int,
    gpus: float,
    gpu: GpuKind,
) -> float:
    """Return the time of trials that train on GPUs one after the other.

    `tokens` is the sum over all trials and epochs.
    """
    rate = gpus * gpu.peak_flops * assumed_mfu(training)
    return tokens * flops_per_token(training) * parameters / rate + num_trained * _START_SECONDS


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
    resources, generation, config = sweep.resources, sweep.generation, sweep.training
    has_gpu = resources.gpus_per_worker > 0
    cores = resources.workers * resources.cpus_per_worker
    devices = resources.workers * resources.gpus_per_worker if has_gpu else cores
    gpu = stated_gpu(sweep.cluster.training_labels) or ASSUMED_GPU
    written = completions * generation.max_new_tokens * _SHARE_OF_LENGTH
    if has_gpu:
        training = training_seconds(
            config,
            parameters=parameters,
            tokens=trained_tokens,
            num_trained=num_trained,
            gpus=devices,
            gpu=gpu,
        )
        rate = devices * gpu.peak_flops * MFU
        engine = _ENGINE_FLOPS.get(generation.engine, _OTHER_ENGINE_FLOPS)
        writing = written * 2 * parameters / (engine * generation.tensor_parallel)
    else:
        rate = _CORE_TRAINING_FLOPS * devices
        # Recomputed activations cost another forward pass (Korthikanti et al. 2022).
        again = 2 if config.gradient_checkpointing else 0
        per_token = (flops_per_token(config) + again) * parameters
        start = _WARM_START_SECONDS if resources.workers == 1 else _START_SECONDS
        training = trained_tokens * per_token / rate + num_trained * start
        writing = written * 2 * parameters / (_CORE_GENERATION_FLOPS * cores)
        writing += written / generation.batch_size * _SECONDS_PER_STEP
    reading = answers * _TOKENS_PER_ANSWER * 2 * parameters / rate
    execution = completions * _EXECUTION_CPU_SECONDS / max(1.0, cores)
    used = generation.tensor_parallel if has_gpu else cores
    device_seconds = training * devices + (writing + reading) * used
    return SweepTime(
        device="GPU" if has_gpu else "core",
        training_hours=training / 3600,
        generation_hours=(writing + reading) / 3600,
        execution_hours=execution / 3600,
        device_hours=(device_seconds + (0 if has_gpu else execution * cores)) / 3600,
        gpu=gpu.name if has_gpu else "",
        peak_flops=gpu.peak_flops if has_gpu else None,
        mfu=assumed_mfu(config) if has_gpu else None,
        flops_per_token=flops_per_token(config),
    )
