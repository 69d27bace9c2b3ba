"""The record of what was logged to MLflow for one trial."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from codem_ray.storage import Stage, Storage, digest_of
from codem_ray.sweep.stages import CellPlan, LossCellPlan, TrialCell
from codem_ray.sweep.stored_plan import local_files
from codem_ray.sweep.sweep_plan import TrialPlan
from codem_ray.sweep.trial import VERDICTS
from codem_ray.tracking.presence import holds_runs

FORMAT_VERSION = 2
"""Version of what is logged about a trial; trials logged by an older version are logged again."""


def record_stage(storage: Storage, trial: TrialPlan, cells: Iterable[TrialCell], uri: str) -> Stage:
    """Return the stage that records what was last logged for this trial at a tracking URI."""
    key = digest_of([uri, sorted({cell.suffix for cell in cells})])
    return storage.stage(f"trials/{trial.trial_id}/track/{key}")


def record_inputs(storage: Storage, cells: Iterable[TrialCell]) -> dict[str, Any]:
    """Return the SHA-256 of each cell's rows, by the name of its file, and a format version.

    By content, because a cell that is executed again keeps its name.
    """
    names = sorted(cell.results_name for cell in cells)
    return {
        "format": FORMAT_VERSION,
        "results": {
            name: hashlib.sha256(storage.read_bytes(name)).hexdigest()
            for name in names
            if storage.exists(name)
        },
    }


def is_recorded(storage: Storage, uri: str, trial: TrialPlan, cells: Sequence[TrialCell]) -> bool:
    """Whether the current results of the cells were logged and the trial's run still exists."""
    manifest = record_stage(storage, trial, cells, uri).manifest()
    if manifest is None or dict(manifest.inputs) != record_inputs(storage, cells):
        return False
    return holds_runs(uri, [str(manifest.facts.get("run_id"))])


@dataclass(frozen=True, kw_only=True, slots=True)
class TrialFiles:
    """Local files of a trial's cells."""

    results: Sequence[Path] = ()
    """Parquet files of judged completions."""
    losses: Sequence[Path] = ()
    """Parquet files of the losses of reference answers."""
    verdicts: Mapping[CellPlan, Path] = field(default_factory=dict)
    """Completions with their answers and verdicts, by complete cell."""


@contextmanager
def tracked_files(storage: Storage, cells: Sequence[TrialCell]) -> Iterator[TrialFiles]:
    """Provide the local files of cells inside the block; remote ones are downloaded."""
    losses = [cell.results_name for cell in cells if isinstance(cell, LossCellPlan)]
    executed = [cell for cell in cells if isinstance(cell, CellPlan)]
    results = [cell.results_name for cell in executed]
    judged = [cell for cell in executed if cell.execute_stage(storage).manifest() is not None]
    verdicts = [f"{cell.execute_stage(storage).name}/{VERDICTS}" for cell in judged]
    with local_files(storage, [*results, *losses, *verdicts]) as paths:
        yield TrialFiles(
            results=paths[: len(results)],
            losses=paths[len(results) : len(results) + len(losses)],
            verdicts=dict(zip(judged, paths[len(results) + len(losses) :], strict=True)),
        )
