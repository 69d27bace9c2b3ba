"""What a sweep's storage holds: the cells that are there, and the report made of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.config import Sweep
from codem_ray.errors import ConfigError, IncompleteError, StorageError
from codem_ray.storage import Storage
from codem_ray.sweep.plan import SweepPlan
from codem_ray.sweep.stages import Cell, is_cell_complete, suffixed

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
        plan_name(sweep.storage.suffix),
        {
            "plan": plan.to_json(),
            "sweep": sweep.model_dump(mode="json"),
            "cells": stored,
            "facts": dict(facts),
        },
    )


def read_stored(storage: Storage, suffix: str = "") -> dict[str, Any]:
    """Return what `write_plan` kept of the run with that `storage.suffix`.

    Where there is no plan without a suffix, the first one with a suffix stands in for it.
    """
    name = plan_name(suffix)
    known = storage.names("", "plan*.json")
    if not suffix and name not in known and known:
        name = known[0]
    if name not in known:
        kept = f"it holds {', '.join(known)}" if known else "give a sweep's, as in runs/quickstart"
        raise ConfigError(f"{storage.root} holds no {name}: {kept}")
    raw = storage.read_json(name)
    if not _is_stored_plan(raw):
        raise StorageError(
            f"{storage.uri(name)} is damaged or of another version; run the sweep again"
        )
    return dict(raw)


def _is_stored_plan(raw: Any) -> bool:
    """Whether a value has the parts that `write_plan` writes, each of its kind."""
    parts = {"plan": dict, "sweep": dict, "facts": dict, "cells": list}
    if not isinstance(raw, dict):
        return False
    if not all(isinstance(raw.get(name), kind) for name, kind in parts.items()):
        return False
    if not all(isinstance(raw["sweep"].get(part), dict) for part in ("storage", "evaluation")):
        return False
    return all(
        isinstance(cell, dict)
        and all(isinstance(cell.get(key), str) for key in ("cell", "results", "execute"))
        for cell in raw["cells"]
    )


def plan_name(suffix: str) -> str:
    """Return the name of the file that `write_plan` writes."""
    return f"{suffixed('plan', suffix)}.json"


def stored_plan(storage: Storage, stored: Mapping[str, Any]) -> SweepPlan:
    """Return the plan of what `read_stored` gave."""
    try:
        return SweepPlan.from_json(stored["plan"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StorageError(
            f"the plan in {storage.root} is of another version ({error!r}); run the sweep again"
        ) from error


def incomplete_cells(storage: Storage, stored: Mapping[str, Any]) -> list[str]:
    """Name the stored plan's cells that are missing or still hold an infrastructure error."""
    return [
        cell["cell"]
        for cell in stored["cells"]
        if not is_cell_complete(storage, cell["results"], storage.stage(cell["execute"]))
    ]


def load_results(storage: Storage, stored: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of all cells that the stored plan names and that are there."""
    from codem_ray.scoring.stage_files import read_results

    present = [cell["results"] for cell in stored["cells"] if storage.exists(cell["results"])]
    if not present:
        raise IncompleteError(f"{storage.root} holds no results yet; run the sweep first")
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
