"""The record of what was logged to MLflow for one trial."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from codem_ray.storage import Stage, Storage, digest_of
from codem_ray.sweep.stages import TrialCell
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.tracking.presence import holds_runs


def record_stage(storage: Storage, trial: TrialPlan, cells: Iterable[TrialCell], uri: str) -> Stage:
    """Return the stage that records what was last logged for this trial at a tracking URI."""
    key = digest_of([uri, sorted({cell.suffix for cell in cells})])
    return storage.stage(f"trials/{trial.trial_id}/track/{key}")


def record_inputs(storage: Storage, cells: Iterable[TrialCell]) -> dict[str, Any]:
    """Return the SHA-256 of each cell's rows, by the name of its file.

    By content, because a cell that is executed again keeps its name.
    """
    names = sorted(cell.results_name for cell in cells)
    return {
        "results": {
            name: hashlib.sha256(storage.read_bytes(name)).hexdigest()
            for name in names
            if storage.exists(name)
        }
    }


def is_recorded(storage: Storage, uri: str, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
    """Whether the current results of the cells were logged and the trial's run still exists."""
    manifest = record_stage(storage, trial, cells, uri).manifest()
    if manifest is None or dict(manifest.inputs) != record_inputs(storage, cells):
        return False
    return holds_runs(uri, [str(manifest.facts.get("run_id"))])
