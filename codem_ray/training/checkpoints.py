"""Resumable checkpoints of a fine-tune, in the form that the Trainer resumes from."""

from __future__ import annotations

from pathlib import Path

import torch
import transformers

from codem_ray.training.worker_errors import disk_errors

STATE, SCHEDULE = "trainer_state.json", "scheduler.pt"
"""Names that the Trainer looks for."""


def write_checkpoint(trainer: transformers.Trainer, folder: Path, place: str) -> str:
    """Write this rank's part of a checkpoint to a folder; return the checkpoint's name.

    Every rank must call it. `place` names the rank in the error of a full disk.
    """
    step, world_size = trainer.state.global_step, trainer.args.world_size
    # The Trainer finds DeepSpeed's state by this name.
    tag = f"global_step{step}"
    # DeepSpeed creates the tag's folder on rank 0 only, and each rank has its own parent.
    (folder / tag).mkdir()
    with disk_errors(folder, place):
        # The frozen weights beside adapters are those of the base model.
        is_adapter = hasattr(trainer.model, "peft_config")
        trainer.model_wrapped.save_checkpoint(
            str(folder), tag=tag, exclude_frozen_parameters=is_adapter
        )
        if trainer.args.process_index == 0:
            trainer.state.save_to_json(str(folder / STATE))
            torch.save(trainer.lr_scheduler.state_dict(), folder / SCHEDULE)
            (folder / f"world-{world_size}").touch()
    return f"step-{step:08d}-of-{world_size}"


def usable_checkpoint(folder: Path | None, *, world_size: int) -> Path | None:
    """Return the folder of a checkpoint if so many ranks have written it."""
    # ZeRO shards can only be loaded by as many ranks as wrote them.
    if folder is None or not (folder / f"world-{world_size}").exists():
        return None
    return folder


def checkpoint_step(folder: Path) -> int:
    """Return the number of steps that a checkpoint has done."""
    return int(transformers.TrainerState.load_from_json(str(folder / STATE)).global_step)
