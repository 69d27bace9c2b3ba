"""What one fine-tune is, as values that cross to its workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codem_ray.config import TrainingConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingSpec:
    """One fine-tune. Paths must mean the same on every node that runs a worker."""

    trial_id: str
    """With `ray_storage_path` the only key of a resume: the same two go on where they stopped."""
    base_model: str
    """Local folder or hub id."""
    revision: str | None = None
    trust_remote_code: bool = False
    tokens_folders: tuple[str, ...]
    """Folders of packed tokens; more than one are trained one after the other."""
    training: TrainingConfig
    seed: int = 0
    workers: int = 2
    cpus_per_worker: float = 1.0
    gpus_per_worker: float = 0.0
    ray_storage_path: str
    """Folder or URI of Ray Train's own state and checkpoints."""
    export_folder: str
    """Where the full weights go, as a Hugging Face safetensors folder."""
    max_failures: int = 2
    """Restarts of the workers, from the last checkpoint, before the trial fails."""
    start_timeout_seconds: float = 300.0
    """How long the workers may take to be scheduled."""
    collective_timeout_seconds: float = 900.0
    """How long a worker waits for another in a collective operation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingResult:
    """What a finished fine-tune did; the weights are in the export folder."""

    steps: int
    final_loss: float
    tokens: int
    """Tokens in documents that were trained on, over all epochs."""
    seconds: float
    """Wall time of the call, start of the workers included."""
    resumed_from_step: int
    """Step of the checkpoint that the last attempt went on from; 0: from the start."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds of rank 0 by phase."""
    peak_memory_bytes: int = 0
    """Largest resident set of a worker."""
