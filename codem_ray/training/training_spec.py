"""The description and the result of one fine-tune."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from codem_ray.config import Placement, TrainingConfig
from codem_ray.tokens.tuning_record import TuningRecord

HELDOUT_LOSS = "heldout_loss"
"""Key in curves of the loss on held-out pairs; that of one language is `heldout_loss/<language>`.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldOutSpec:
    """Pairs held out of all sources, on which a fine-tune measures its loss while it trains."""

    folders: Mapping[str, str]
    """Folder of packed tokens of each language, as in `TrainingSpec.tokens_folders`."""
    own: tuple[str, ...]
    """Languages over which the mean is the loss of this fine-tune, for its search and patience."""
    compared_at: tuple[float, ...] = ()
    """Shares of the steps after which a search compares this loss."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingSpec:
    """One fine-tune. Its paths and URIs must be valid on every node that runs a worker."""

    trial_id: str
    """A fine-tune with the same `trial_id` and `ray_storage_path` is resumed."""
    base_model: str
    """Local folder or hub id."""
    revision: str | None = None
    trust_remote_code: bool = False
    tokens_folders: tuple[str, ...]
    """Folders of packed tokens, one for each phase; a URI names a folder in a finished stage."""
    heldout: HeldOutSpec | None = None
    """None: no loss is measured on held-out pairs."""
    training: TrainingConfig
    seed: int = 0
    workers: int = 2
    cpus_per_worker: float = 1.0
    gpus_per_worker: float = 0.0
    placement: Placement = "PACK"
    labels: Mapping[str, str] = field(default_factory=dict)
    """Ray's label selector for the nodes of the workers."""
    ray_storage_path: str
    """Folder or URI of Ray Train's own state and of checkpoints."""
    node_folder: str = ""
    """Folder of a node's own disk where checkpoints are staged; "": in storage if that is a local
    path, else in the node's cache."""
    export_folder: str
    """Destination of the full weights, a Hugging Face safetensors folder: a path, or the URI of a
    stage that the trial finishes."""
    record: TuningRecord | None = None
    """Written beside the weights; None: the export does not say how the model was tuned."""
    start_timeout_seconds: float = 24 * 3600.0
    """Limit for the scheduling of the workers. They have waited for their place in the queue
    already, so only another job of the cluster can have taken it."""
    collective_timeout_seconds: float = 900.0
    """Limit for a worker's wait in a collective operation."""
    stall_seconds: float = 1800.0
    """Limit for the time from one step to the next, and for the start and the export."""

    @property
    def checkpoints_uri(self) -> str:
        """Folder or URI of the checkpoints."""
        return f"{self.ray_storage_path}/checkpoints/{self.trial_id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingResult:
    """Facts of a finished fine-tune; its weights are in the export folder."""

    steps: int
    final_loss: float
    heldout: Mapping[str, float] = field(default_factory=dict)
    """Last losses on held-out pairs, by their names in curves."""
    stop_reason: str = ""
    """Why `training.patience` has ended it early; empty: it has not."""
    tokens: int
    """Tokens of all documents, summed over epochs."""
    seconds: float
    """Wall time, including the start of the workers."""
    resumed_from_step: int
    """Step of the checkpoint that the last attempt resumed from; 0: none."""
    notes: tuple[str, ...] = ()
    """Sentences on checkpoints that could not be used as they were."""
    blocked_seconds: float = 0.0
    """Seconds of the last attempt for which checkpoints kept the training from going on."""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds of rank 0 by phase."""
    is_packed: bool = True
    """Whether a row could hold several documents."""
    attention: str = ""
    """Attention implementation of transformers, and why it was chosen."""
    peak_memory_bytes: int = 0
    """Largest resident set of a worker."""
    uploaded: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 of the files of an export that was written to a URI."""
