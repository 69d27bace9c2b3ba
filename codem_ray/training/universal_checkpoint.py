"""Checkpoints for another number of workers, by DeepSpeed's universal format."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from codem_ray.errors import TrialError
from codem_ray.storage.node_cache import cached_folder, forget
from codem_ray.training.checkpoint_names import SCHEDULE, STATE, CheckpointForm

ADAM = {"adamw", "adamw_fused"}
"""Optimizers whose state the universal format holds: weights and two moments of Adam in fp32."""
_MAX_PROCESSES = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadableCheckpoint:
    """A checkpoint in a form that this fine-tune can load."""

    folder: Path
    universal_key: str = ""
    """Key in the node's cache of a folder in the universal format; "": the ordinary format."""

    def forget(self) -> None:
        """Delete the converted copy, if there is one."""
        if self.universal_key:
            forget(self.universal_key)


def obstacle(written: CheckpointForm, wanted: CheckpointForm) -> str:
    """Return why a checkpoint cannot be loaded in another form; "" if it can."""
    if not needs_conversion(written, wanted):
        return ""
    change = f"it was written {_describe(written)}, and this attempt trains {_describe(wanted)}"
    stages = {written.zero_stage, wanted.zero_stage}
    # The files of weights have other names at stage 3.
    if len(stages) > 1 and stages != {1, 2}:
        return f"{change}: DeepSpeed can change the stage from 1 to 2 or from 2 to 1 only"
    if written.optimizer not in ADAM:
        return (
            f"{change}: DeepSpeed converts the state of {' and '.join(sorted(ADAM))} only, and "
            f"training.optimizer is {written.optimizer}"
        )
    return ""


def needs_conversion(written: CheckpointForm, wanted: CheckpointForm) -> bool:
    """Whether the files of a checkpoint are divided in another way than wanted."""
    # At stage 0 every rank has the whole state, which rank 0 writes.
    is_undivided = written.zero_stage == wanted.zero_stage == 0
    return written != wanted and not is_undivided


def converted(
    folder: Path, step: int, name: str, *, trial_id: str, is_divided: bool
) -> LoadableCheckpoint:
    """Return a checkpoint in the universal format, in this node's cache.

    One rank of a node converts it while the others wait. `is_divided`: it is one of stage 3.
    Raises TrialError.
    """
    key = f"universal-{hashlib.sha256(f'{folder}/{name}'.encode()).hexdigest()[:24]}"
    num_bytes = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())

    def fill(target: Path) -> None:
        tag = f"global_step{step}"
        _convert(folder / tag, target / tag, trial_id, is_divided=is_divided)
        for file in (STATE, SCHEDULE):
            shutil.copy2(folder / file, target / file)

    # The converter keeps its pieces until they are merged.
    return LoadableCheckpoint(
        folder=cached_folder(key, fill, num_bytes=2 * num_bytes), universal_key=key
    )


def _convert(source: Path, target: Path, trial_id: str, *, is_divided: bool) -> None:
    """Run DeepSpeed's converter, which prints, forks and needs memory, in a process of its own."""
    processes = str(max(1, min(_MAX_PROCESSES, os.cpu_count() or 1)))
    command = [
        *(sys.executable, "-m", "deepspeed.checkpoint.ds_to_universal"),
        *("--input_folder", str(source), "--output_folder", str(target)),
        *("--num_extract_workers", processes, "--num_merge_workers", processes),
        # Stages 1 and 2 lack an entry that Megatron writes; stage 3 needs none.
        *([] if is_divided else ["--inject_missing_state"]),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise TrialError(
            trial_id,
            f"DeepSpeed could not convert the checkpoint {source} for another number of workers "
            f"({reason}): set resources.workers and training.zero_stage to what "
            "they were, or delete the checkpoint to start at step 0",
        )


def _describe(form: CheckpointForm) -> str:
    workers = "1 worker" if form.ranks == 1 else f"{form.ranks} workers"
    return f"by {workers} at ZeRO stage {form.zero_stage}"
