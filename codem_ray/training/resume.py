"""Choose the checkpoint from which a fine-tune goes on, the same on all ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from codem_ray.training.checkpoint_names import CheckpointForm
from codem_ray.training.checkpoint_store import CheckpointStore, FoundCheckpoint
from codem_ray.training.collectives import Agreement
from codem_ray.training.universal_checkpoint import (
    LoadableCheckpoint,
    converted,
    needs_conversion,
    obstacle,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Resume:
    """Where a fine-tune begins."""

    step: int = 0
    checkpoint: LoadableCheckpoint | None = None
    notes: tuple[str, ...] = ()
    """Sentences on checkpoints that were converted or not used."""

    @property
    def folder(self) -> Path | None:
        """Folder of the checkpoint."""
        return self.checkpoint.folder if self.checkpoint is not None else None

    @property
    def is_universal(self) -> bool:
        """Whether the checkpoint is in DeepSpeed's universal format."""
        return self.checkpoint is not None and bool(self.checkpoint.universal_key)

    def forget_copy(self) -> None:
        """Delete a converted copy, once all ranks have loaded it."""
        if self.checkpoint is not None:
            self.checkpoint.forget()


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """The checkpoint to use, if there is one, and sentences about the others."""

    found: FoundCheckpoint | None
    notes: tuple[str, ...]


def choose(
    complete: Sequence[FoundCheckpoint], damaged: Sequence[str], wanted: CheckpointForm
) -> Choice:
    """Choose the newest checkpoint that can be loaded, in its own form or converted.

    `complete` are the complete ones, newest first; `damaged` sentences on others.
    """
    notes = [f"the checkpoint {sentence}" for sentence in damaged]
    for found in complete:
        reason = obstacle(found.form, wanted)
        if not reason:
            if notes:
                notes.append(f"training goes on from step {found.name.step}")
            return Choice(found=found, notes=tuple(notes))
        notes.append(f"the checkpoint of step {found.name.step} cannot be used: {reason}")
    if notes:
        notes.append("training starts at step 0")
    return Choice(found=None, notes=tuple(notes))


def find_resume(
    store: CheckpointStore, wanted: CheckpointForm, agreement: Agreement, *, trial_id: str
) -> Resume:
    """Return where to begin; every rank must call it. All other checkpoints are deleted."""
    with agreement.together():
        store.finish_copies()
    choice = Choice(found=None, notes=())
    with agreement.together():
        if store.rank == 0:
            choice = choose(*store.complete(), wanted)
    choice = agreement.share(choice)
    found = choice.found
    checkpoint = None
    with agreement.together():
        store.keep_only(found.name if found is not None else None)
        if found is not None:
            folder = store.fetch(found.name)
            checkpoint = LoadableCheckpoint(folder=folder)
            if needs_conversion(found.form, wanted):
                checkpoint = converted(
                    folder,
                    found.name.step,
                    str(found.name),
                    trial_id=trial_id,
                    is_divided=found.form.zero_stage == 3,
                )
    return Resume(
        step=found.name.step if found is not None else 0,
        checkpoint=checkpoint,
        notes=choice.notes,
    )
