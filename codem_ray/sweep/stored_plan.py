"""The plan in a sweep's storage, and the cells and results that it names."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from codem_ray.config import DataConfig, EvaluationConfig, SearchConfig, Sweep
from codem_ray.config.validation_messages import mistakes
from codem_ray.entry_points import nearest
from codem_ray.errors import ConfigError, DataError, IncompleteError, StorageError
from codem_ray.records import LossResult, ProblemResult, PromptStyle
from codem_ray.report.report_warnings import first_names
from codem_ray.storage import Stage, Storage
from codem_ray.storage.node_cache import work_folder
from codem_ray.sweep.active_run import is_run_active
from codem_ray.sweep.stages import (
    CellPlan,
    LossCellPlan,
    TrialCell,
    export_facts,
    is_cell_complete,
    suffixed,
)
from codem_ray.sweep.stopped_trials import stopped_trials
from codem_ray.sweep.sweep_plan import SweepPlan

if TYPE_CHECKING:
    import pandas as pd

    from codem_ray.scoring.stage_files import ResultRow

FORMAT_VERSION = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredCell:
    """One cell of a stored plan."""

    trial_id: str
    target: str
    benchmark: str
    style: PromptStyle
    results: str
    """Parquet file of the cell's rows, below the sweep's folder."""
    execute: str
    """Folder of the stage that completes the cell: its verdicts, or the scores of its answers."""

    @property
    def name(self) -> str:
        """`trial/target/benchmark`, the argument of `replay`."""
        return f"{self.trial_id}/{self.target}/{self.benchmark}"

    def __str__(self) -> str:
        return f"{self.name} ({self.style})"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFacts:
    """Facts of the run that wrote a plan."""

    environment: Mapping[str, str] = field(default_factory=dict)
    """Versions, sandbox, and the toolchain of each target language."""
    warnings: tuple[str, ...] = ()
    data_card: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredSweep:
    """The content of `plan.json`, which `status`, `report` and `replay` work from."""

    plan: SweepPlan
    sweep: Mapping[str, Any]
    """The sweep file's settings."""
    cells: tuple[StoredCell, ...]
    facts: StoredFacts
    loss_cells: tuple[StoredCell, ...] = ()
    """Cells whose values are losses."""

    def stopped(self, storage: Storage) -> dict[str, Mapping[str, Any]]:
        """Return the facts of the trials that a search has stopped early, by trial id."""
        search = SearchConfig.model_validate(self.sweep.get("search", {}))
        return stopped_trials(storage, search, self.plan.trials)

    @property
    def evaluation(self) -> EvaluationConfig:
        """The settings of the evaluation."""
        return EvaluationConfig.model_validate(self.sweep["evaluation"])

    @property
    def template(self) -> str:
        """The template around an instruction."""
        return str(self.sweep["data"].get("template", DataConfig.model_fields["template"].default))


def write_plan(
    storage: Storage,
    sweep: Sweep,
    plan: SweepPlan,
    cells: Iterable[CellPlan],
    facts: Mapping[str, Any],
    loss_cells: Iterable[LossCellPlan] = (),
) -> None:
    """Write `plan.json`."""

    def stored(cell: TrialCell, stage: Stage) -> dict[str, Any]:
        return asdict(
            StoredCell(
                trial_id=cell.trial.trial_id,
                target=cell.benchmark.target,
                benchmark=cell.benchmark.name,
                style=cell.style,
                results=cell.results_name,
                execute=stage.name,
            )
        )

    storage.write_json(
        plan_name(sweep.storage.suffix),
        {
            "format_version": FORMAT_VERSION,
            "plan": plan.to_json(),
            "sweep": sweep.model_dump(mode="json"),
            "cells": [stored(cell, cell.execute_stage(storage)) for cell in cells],
            "loss_cells": [stored(cell, cell.stage(storage)) for cell in loss_cells],
            "facts": dict(facts),
        },
    )


def read_stored(storage: Storage, suffix: str = "") -> StoredSweep:
    """Read the plan of the run with that `storage.suffix`.

    Without a suffix the plan of the whole sweep is read, or the first other one if there is none.
    Raises ConfigError if there is no plan and StorageError if it cannot be read.
    """
    name = plan_name(suffix)
    known = storage.names("", "plan*.json")
    if not suffix and name not in known and known:
        name = known[0]
    if name not in known:
        raise ConfigError(_describe_missing(storage, name, known))
    raw = storage.read_json(name)
    version = raw.get("format_version", 1) if isinstance(raw, dict) else 1
    if version not in (1, FORMAT_VERSION):
        raise StorageError(
            f"{storage.uri(name)} has format version {version!r}, but this codem-ray reads up to "
            f"{FORMAT_VERSION}: run the sweep again"
        )
    try:
        if version == 1 and isinstance(raw, dict):
            raw = _with_cell_fields(raw)
        stored = TypeAdapter(StoredSweep).validate_python(raw)
        damage = _damage_of(stored)
    except ValidationError as error:
        damage = mistakes(error.errors())
    except (AttributeError, KeyError, TypeError, ValueError):
        damage = [f"plan and cells are not those of format version {version}"]
    if damage:
        raise StorageError(
            f"{storage.uri(name)} is damaged or of another version ({first_names(damage)}): run "
            "the sweep again, or read it with the codem-ray that wrote it"
        )
    return stored


def _describe_missing(storage: Storage, name: str, known: Sequence[str]) -> str:
    """Describe a folder without the wanted plan, and name folders of sweeps that may be meant."""
    folder = storage.root or "/"
    if known:
        return f"{folder} holds no {name}: it holds {', '.join(known)}"
    if storage.is_local and storage.local_path().is_file():
        return f"{folder} is a file: give the folder of a sweep, as in runs/quickstart"
    if storage.exists("") and is_run_active(storage):
        return f"a run has just started in {folder} and has written no {name} yet: try again soon"
    if storage.exists(""):
        place, problem = storage, f"holds no {name}"
    else:
        place, problem = Storage(storage.root.rpartition("/")[0] or "/"), "does not exist"
    sweeps = {
        plan.rpartition("/")[0].rpartition("/")[2]: place.uri(plan.rpartition("/")[0])
        for plan in place.names("", "*/plan*.json")
    }
    near = nearest(storage.root.rpartition("/")[2], sweeps) or list(sweeps)
    hint = (
        f"sweeps are in {first_names([sweeps[sweep] for sweep in near])}"
        if near
        else "give the folder of a sweep, as in runs/quickstart (a run writes its plan there after "
        "its checks)"
    )
    return f"{folder} {problem}: {hint}"


def _damage_of(stored: StoredSweep) -> list[str]:
    """Describe what does not fit together, or cannot be read, in a plan of the right types."""
    try:
        Sweep.model_validate(stored.sweep)
    except ValidationError as error:
        # Other values were checked before the run. The package that added a language need not be
        # installed where its results are read.
        if found := mistakes(
            [
                issue
                for issue in error.errors()
                if issue["type"] != "value_error" or issue["loc"][:1] == ("evaluation",)
            ]
        ):
            return [f"sweep.{mistake}" for mistake in found]
    plan = stored.plan
    planned = [(trial.trial_id, facts.name, style) for trial, facts, style in plan.cells()]
    planned += [(trial.trial_id, facts.name, style) for trial, facts, style in plan.loss_cells()]
    listed = [
        (cell.trial_id, cell.benchmark, cell.style) for cell in (*stored.cells, *stored.loss_cells)
    ]
    if sorted(planned) != sorted(listed):
        return [f"cells: {len(listed)} are listed, which are not the {len(planned)} of its plan"]
    return []


def _with_cell_fields(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of format version 2 for a file of version 1.

    Version 1 named cells by display text only, in the order of the plan's cells.
    """
    planned = SweepPlan.from_json(raw["plan"]).cells()
    cells = [
        {
            "trial_id": trial.trial_id,
            "target": benchmark.target,
            "benchmark": benchmark.name,
            "style": style,
            "results": cell["results"],
            "execute": cell["execute"],
        }
        for (trial, benchmark, style), cell in zip(planned, raw["cells"], strict=True)
    ]
    return {**raw, "format_version": FORMAT_VERSION, "cells": cells}


def plan_name(suffix: str) -> str:
    """Return the name of the stored plan's file."""
    return f"{suffixed('plan', suffix)}.json"


def plan_suffix(name: str) -> str:
    """Return the suffix in the name of a stored plan's file."""
    return name.removeprefix("plan").removesuffix(".json").removeprefix(".")


def incomplete_cells(storage: Storage, stored: StoredSweep) -> list[StoredCell]:
    """Return the cells that are missing or still hold an infrastructure error.

    A trial that a search has stopped early has no cells to wait for.
    """
    stopped = stored.stopped(storage)
    every = (*stored.cells, *stored.loss_cells)
    cells = [cell for cell in every if cell.trial_id not in stopped]
    complete = storage.for_each(
        lambda cell: is_cell_complete(storage, cell.results, storage.stage(cell.execute)), cells
    )
    return [cell for cell, is_complete in zip(cells, complete, strict=True) if not is_complete]


def load_results(storage: Storage, stored: StoredSweep) -> pd.DataFrame:
    """Return the result rows of all cells; IncompleteError for none, or for a damaged file."""
    rows = _read_present(storage, stored.cells, ProblemResult)
    if rows is None:
        raise IncompleteError(f"{storage.root} holds no results yet; run the sweep first")
    return _with_planned_names(rows, stored.plan)


def load_losses(storage: Storage, stored: StoredSweep) -> pd.DataFrame | None:
    """Return the rows of LossResult of all cells; None if there are none yet.

    Raises IncompleteError for a damaged file.
    """
    rows = _read_present(storage, stored.loss_cells, LossResult)
    return None if rows is None else _with_planned_names(rows, stored.plan)


def _with_planned_names(rows: pd.DataFrame, plan: SweepPlan) -> pd.DataFrame:
    """Name the rows' sources as the plan does: a trial may have run in a sweep with other names."""
    names = {trial.trial_id: trial.source for trial in plan.trials}
    if any(trial.searched_source for trial in plan.trials):
        rows["source"] = rows["trial_id"].map(names).fillna(rows["source"])
    return rows


def _read_present(
    storage: Storage, cells: Sequence[StoredCell], kind: type[ResultRow]
) -> pd.DataFrame | None:
    from codem_ray.scoring.stage_files import read_results

    names = [cell.results for cell in cells]
    exist = storage.for_each(storage.exists, names)
    present = [name for name, exists in zip(names, exist, strict=True) if exists]
    if not present:
        return None
    try:
        with local_files(storage, present) as paths:
            return read_results(paths, kind)
    except DataError as error:
        raise IncompleteError(str(error)) from error


@contextmanager
def local_files(storage: Storage, names: Sequence[str]) -> Iterator[list[Path]]:
    """Provide local paths of small files inside the block; remote ones are downloaded."""
    if storage.is_local:
        yield [storage.local_path(name) for name in names]
        return
    with tempfile.TemporaryDirectory(dir=work_folder()) as folder:
        paths = [Path(folder) / f"{index}-{Path(name).name}" for index, name in enumerate(names)]
        storage.for_each(lambda pair: storage.download(*pair), list(zip(names, paths, strict=True)))
        yield paths


def training_facts(storage: Storage, plan: SweepPlan) -> dict[str, Mapping[str, Any]]:
    """Return the facts of each training, by trial id."""
    found = storage.for_each(lambda trial: export_facts(storage, trial.trial_id), plan.trials)
    return {
        trial.trial_id: facts
        for trial, facts in zip(plan.trials, found, strict=True)
        if facts is not None
    }
