"""What DeepSpeed, torch and accelerate need of a worker's process."""

from __future__ import annotations

import gc
import logging
import os
import sys
import uuid
import warnings
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

from codem_ray.storage.node_cache import work_folder
from codem_ray.training.training_spec import TrainingSpec


def extensions_folder(spec: TrainingSpec) -> Path:
    """Return a new folder name for compiled extensions; only a build creates the folder.

    Each worker has its own, because a killed build leaves a lock on which the next build would wait
    for ever. Its parent is the folder of checkpoints, which is removed after the export, or the
    node's work folder if checkpoints are on remote storage.
    """
    is_remote = "://" in spec.ray_storage_path
    parent = work_folder() if is_remote else Path(spec.ray_storage_path)
    return parent / f"codem-ray-extensions-{uuid.uuid4().hex[:12]}"


def prepare_environment(*, has_gpu: bool, threads: int, extensions: Path) -> None:
    """Set the environment variables that DeepSpeed and torch read on import."""
    os.environ.setdefault("TORCH_EXTENSIONS_DIR", str(extensions))
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
    os.environ.setdefault("DEEPSPEED_LOG_LEVEL", "warning")
    if not has_gpu:
        os.environ["DS_ACCELERATOR"] = "cpu"
        os.environ["OMP_NUM_THREADS"] = str(threads)
    # Ray Train logs every report of every rank at level INFO.
    logging.getLogger("ray.train").setLevel(logging.WARNING)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch\.")
    import torch

    if not has_gpu:
        torch.set_num_threads(threads)


def import_deepspeed(*, has_gpu: bool) -> Any:
    """Import DeepSpeed; on a CPU, keep it from compiling extensions."""
    import deepspeed
    import deepspeed.ops

    deepspeed.utils.logger.setLevel(logging.WARNING)
    if not has_gpu:
        # DeepSpeed would probe compilers and build `deepspeed_shm_comm` for a minute or two;
        # without that extension collectives use gloo.
        vars(deepspeed.ops)["__compatible_ops__"] = defaultdict(bool)
    return deepspeed


def make_deterministic(seed: int) -> None:
    """Let torch choose deterministic operations, and seed it."""
    import torch

    torch.use_deterministic_algorithms(True, warn_only=True)
    # Filling every new buffer costs more time than training a small model.
    deterministic: Any = torch.utils.deterministic
    deterministic.fill_uninitialized_memory = False
    torch.manual_seed(seed)


def forget_training() -> None:
    """Drop what a fine-tune leaves in its process, such as the ZeRO stage of every new model."""
    if "accelerate" not in sys.modules:
        return
    from accelerate.state import AcceleratorState
    from transformers.integrations import unset_hf_deepspeed_config

    unset_hf_deepspeed_config()
    AcceleratorState._reset_state(reset_partial_state=True)


def free_memory() -> None:
    """Free what a fine-tune has left in cycles of references."""
    gc.collect()
    if "torch" in sys.modules:
        import torch

        if torch.cuda.is_available():
            torch.cuda.empty_cache()


def group_of_one(*, has_gpu: bool) -> None:
    """Make this process the only rank of torch's process group, unless it is so already.

    The group stays for the process's next fine-tune: DeepSpeed keeps groups that it has derived.
    """
    import torch.distributed as dist

    if dist.is_initialized():
        return
    # The variables that Ray Train sets for a rank.
    os.environ.update(RANK="0", LOCAL_RANK="0", WORLD_SIZE="1", LOCAL_WORLD_SIZE="1", NODE_RANK="0")
    backend = "nccl" if has_gpu else "gloo"
    store = dist.HashStore()  # type: ignore[attr-defined]
    dist.init_process_group(backend, store=store, rank=0, world_size=1)


def configure_accelerate(*, has_gpu: bool, limit_seconds: float) -> None:
    """Make the state of accelerate, from which the Trainer takes its ranks.

    The process group exists already.
    """
    import deepspeed
    from accelerate import PartialState

    deepspeed.init_distributed(
        dist_backend="nccl" if has_gpu else "gloo",
        auto_mpi_discovery=False,
        timeout=timedelta(seconds=limit_seconds),
    )
    os.environ["ACCELERATE_USE_DEEPSPEED"] = "true"
    # accelerate would choose another backend on a CPU, and a world of one.
    PartialState(backend="nccl" if has_gpu else "gloo")
