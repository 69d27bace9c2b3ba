"""The training session of a warm trainer, which stores checkpoints without Ray Train."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from codem_ray.storage import Storage
from codem_ray.training.training_spec import TrainingSpec

_CHECKPOINTS = "step-*"
FOLDER = "one-worker"
"""Folder of checkpoints below that of the trial, apart from Ray Train's."""


class WarmSession:
    """Implements `Session` for one rank in one process.

    A checkpoint is a stage: a folder with a manifest. One that is being written, or was damaged, is
    treated as absent.
    """

    def __init__(self, spec: TrainingSpec, place: str, callbacks: Sequence[Any] = ()) -> None:
        """`callbacks` have the method `after_report` of `ray.train.UserCallback`."""
        self.place, self._callbacks = place, callbacks
        self._storage = Storage(f"{spec.ray_storage_path}/{spec.trial_id}/{FOLDER}")
        self._reported_at = time.monotonic()

    @property
    def idle_seconds(self) -> float:
        """Time since the last report, or since the start."""
        return time.monotonic() - self._reported_at

    def preempted_node(self) -> str:
        """Return "": a sweep's own machine is not taken away."""
        return ""

    @contextmanager
    def checkpoint(self) -> Iterator[Path | None]:
        """Provide the folder of the last complete checkpoint."""
        for name in reversed(self._storage.names("", _CHECKPOINTS)):
            stage = self._storage.stage(name)
            if stage.manifest(is_checked=True) is not None:
                yield stage.folder()
                return
        yield None

    def report(
        self, metrics: dict[str, Any], checkpoint: Path | None = None, *, name: str = ""
    ) -> None:
        """Keep the checkpoint in place of the one before, then call the callbacks."""
        if checkpoint is not None:
            with self._storage.stage(name).writing({}) as writer:
                for part in checkpoint.iterdir():
                    shutil.move(part, writer.folder)
            for old in self._storage.names("", _CHECKPOINTS):
                if old != name:
                    self._storage.remove(old)
        for callback in self._callbacks:
            callback.after_report(None, [metrics], checkpoint)
        self._reported_at = time.monotonic()
