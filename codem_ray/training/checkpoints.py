"""Resumable checkpoints of a fine-tune, in the form that the Trainer resumes from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers

from codem_ray.training.checkpoint_names import SCHEDULE, STATE
from codem_ray.training.worker_errors import disk_errors


def write_checkpoint(trainer: transformers.Trainer, folder: Path, place: str) -> None:
    """Write this rank's part of a checkpoint to a folder of its own.

    Every rank must call it. `place` names the rank in the error of a full disk.
    """
    # The Trainer finds DeepSpeed's state by this name.
    tag = f"global_step{trainer.state.global_step}"
    # DeepSpeed creates the tag's folder on rank 0 only, and each rank has its own parent.
    (folder / tag).mkdir(parents=True)
    with disk_errors(folder, place):
        # The frozen weights beside adapters are those of the base model.
        is_adapter = hasattr(trainer.model, "peft_config")
        trainer.model_wrapped.save_checkpoint(
            str(folder), tag=tag, exclude_frozen_parameters=is_adapter
        )
        if trainer.args.process_index == 0:
            trainer.state.save_to_json(str(folder / STATE))
            torch.save(trainer.lr_scheduler.state_dict(), folder / SCHEDULE)


def checkpoint_step(folder: Path) -> int:
    """Return the number of steps that a checkpoint has done."""
    return int(transformers.TrainerState.load_from_json(str(folder / STATE)).global_step)


def separate_groups(optimizer: Any, weight_decays: list[float]) -> None:
    """Give each group of weights its own settings and its own count of steps again.

    When DeepSpeed 0.19.8 loads a universal checkpoint at stage 3, all groups get the settings of
    the first one, weight decay among them, and one tensor that counts the steps of them all.
    """
    for group, weight_decay in zip(optimizer.param_groups, weight_decays, strict=True):
        group["weight_decay"] = weight_decay
    for state in optimizer.state.values():
        if torch.is_tensor(state.get("step")):
            state["step"] = state["step"].clone()
