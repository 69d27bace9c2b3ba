"""What a sweep's storage holds: the cells that are there, and the report made of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.config import Sweep
from codem_ray.config.load import as_mapping
from codem_ray.errors import StorageError
from codem_ray.storage import Storage
from codem_ray.sweep.plan import SweepPlan
from codem_ray.sweep.stages import Cell
from codem_ray.sweep.status import PLAN

if TYPE_CHECKING:
    import pandas as pd


def write_plan(
    storage: Storage,
    sweep: Sweep,
    plan: SweepPlan,
    cells: Iterable[Cell],
    facts: Mapping[str, Any],
) -> None:
    """Keep what `status` and `report` need to know, so that storage alone tells all."""
    stored = [
        {
            "cell": f"{cell.replay_name} ({cell.style})",
            "results": cell.results_name,
            "execute": cell.execute_stage(storage).name,
            "trial_id": cell.trial.trial_id,
        }
        for cell in cells
    ]
    storage.write_json(
        PLAN,
        {"plan": plan.to_json(), "sweep": as_mapping(sweep), "cells": stored, "facts": dict(facts)},
    )


def read_stored(storage: Storage) -> dict[str, Any]:
    """Return what `write_plan` kept."""
    raw = storage.read_json(PLAN)
    if not isinstance(raw, dict) or not {"plan", "sweep", "cells", "facts"} <= raw.keys():
        raise StorageError(f"{storage.uri(PLAN)} is of another version; run the sweep again")
    return raw


def incomplete_cells(storage: Storage, plan: SweepPlan) -> list[str]:
    """Name the cells of the plan that are missing or still hold an infrastructure error."""
    return [
        cell["cell"]
        for cell in read_stored(storage)["cells"]
        if not storage.exists(cell["results"]) or storage.stage(cell["execute"]).manifest() is None
    ]


def load_results(storage: Storage) -> pd.DataFrame:
    """Return the rows of all cells that the plan names and that are there."""
    from codem_ray.evaluation.evaluate import read_results

    present = [c["results"] for c in read_stored(storage)["cells"] if storage.exists(c["results"])]
    if not present:
        raise StorageError(f"{storage.root} holds no results yet; run the sweep first")
    if storage.is_local:
        return read_results([storage.local_path(name) for name in present])
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for index, name in enumerate(present):
            path = Path(folder) / f"{index}.parquet"
            path.write_bytes(storage.read_bytes(name))
            paths.append(path)
        return read_results(paths)


def training_facts(storage: Storage, trial_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what each trained trial's export measured, by trial id."""
    found = {}
    for trial_id in trial_ids:
        manifest = storage.stage(f"trials/{trial_id}/export").manifest()
        if manifest is not None:
            found[trial_id] = dict(manifest.facts)
    return found
