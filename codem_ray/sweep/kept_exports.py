"""Which weights a sweep keeps after its trials are scored (`storage.keep_exports`)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from codem_ray.analysis.scores import scored_cells
from codem_ray.config import KeepExports, Sweep
from codem_ray.errors import ConfigError
from codem_ray.report.report_warnings import first_names
from codem_ray.scoring.stage_files import read_results
from codem_ray.storage import MANIFEST, Storage
from codem_ray.sweep.stages import (
    CellPlan,
    LossCellPlan,
    MissingWork,
    export_stage,
    is_cell_complete,
    is_export_removed,
    keep_export_facts,
)
from codem_ray.sweep.stored_plan import local_files
from codem_ray.sweep.sweep_plan import TrialKind, TrialPlan
from codem_ray.sweep.used_exports import used_exports


@dataclass(frozen=True, kw_only=True, slots=True)
class ScoredExport:
    """Weights of a trial that is scored and logged."""

    trial_id: str
    source: str
    """The source of its pairs, which all its seeds and settings share."""
    mean_score: float
    """Mean pass@1 over the benchmarks of the sweep, each counting the same."""


def superfluous(exports: Sequence[ScoredExport], keep: KeepExports) -> list[str]:
    """Return the trials whose weights go. Of equal ones, the first in order stays."""
    if keep == "all":
        return []
    best: dict[str, ScoredExport] = {}
    if keep == "best":
        for export in exports:
            if export.mean_score > best.get(export.source, _NOTHING).mean_score:
                best[export.source] = export
    kept = {export.trial_id for export in best.values()}
    return [export.trial_id for export in exports if export.trial_id not in kept]


_NOTHING = ScoredExport(trial_id="", source="", mean_score=-math.inf)


def remove_superfluous(
    storage: Storage,
    sweep: Sweep,
    cells: Iterable[CellPlan],
    loss_cells: Iterable[LossCellPlan] = (),
) -> list[str]:
    """Remove weights as `storage.keep_exports` says; return their trials.

    Only trials take part whose cells are all stored, and which are logged to MLflow. Weights that
    another sweep of this storage starts from stay.
    """
    keep = sweep.storage.keep_exports
    if keep == "all":
        return []
    exports = _scored(storage, cells, loss_cells)
    removed = superfluous(exports, keep)
    if removed:
        used = used_exports(storage)
        removed = [trial_id for trial_id in removed if trial_id not in used]
    for trial_id in removed:
        # The facts first: without them and without the weights, a resume would train again.
        keep_export_facts(storage, trial_id, removed_by=f"storage.keep_exports: {keep}")
        storage.remove(f"trials/{trial_id}/export")
    return removed


def refuse_removed(storage: Storage, sweep: Sweep, missing: Sequence[MissingWork]) -> None:
    """Raise ConfigError if a cell needs weights that this sweep's settings have removed.

    With `storage.keep_exports: all` they are trained again.
    """
    lost = [
        work
        for work in missing
        if work.is_training_missing and is_export_removed(storage, work.trial.trial_id)
    ]
    if lost and sweep.storage.keep_exports != "all":
        cells = {cell.benchmark.name: None for work in lost for cell in work.cells}
        cells |= {cell.benchmark.name: None for work in lost for cell in work.loss_cells}
        raise ConfigError(
            f"{first_names(list(cells))} must be scored, but the weights of "
            f"{first_names([work.trial.trial_id for work in lost])} were removed after they were "
            f"scored (storage.keep_exports: {sweep.storage.keep_exports}): set "
            "storage.keep_exports=all to train them again, or leave these benchmarks out"
        )


def _scored(
    storage: Storage, cells: Iterable[CellPlan], loss_cells: Iterable[LossCellPlan]
) -> list[ScoredExport]:
    """Return the present weights of complete, logged trials, in the order of the plan."""
    by_trial: dict[str, list[CellPlan]] = {}
    for cell in cells:
        if cell.trial.kind is TrialKind.TRAINED:
            by_trial.setdefault(cell.trial.trial_id, []).append(cell)
    losses: dict[str, list[LossCellPlan]] = {}
    for loss in loss_cells:
        losses.setdefault(loss.trial.trial_id, []).append(loss)
    return [
        ScoredExport(
            trial_id=trial_id,
            source=own[0].trial.pairs_source,
            mean_score=_mean_score(storage, own),
        )
        for trial_id, own in by_trial.items()
        if _is_done(storage, own[0].trial, own, losses.get(trial_id, ()))
    ]


def _is_done(
    storage: Storage,
    trial: TrialPlan,
    cells: Sequence[CellPlan],
    losses: Sequence[LossCellPlan],
) -> bool:
    if export_stage(storage, trial).manifest() is None:
        return False
    if not storage.names(f"trials/{trial.trial_id}/track", f"*/{MANIFEST}"):
        return False
    ends = [(cell.results_name, cell.execute_stage(storage)) for cell in cells]
    ends += [(cell.results_name, cell.stage(storage)) for cell in losses]
    return all(storage.for_each(lambda end: is_cell_complete(storage, *end), ends))


def _mean_score(storage: Storage, cells: Sequence[CellPlan]) -> float:
    with local_files(storage, [cell.results_name for cell in cells]) as paths:
        found = scored_cells(read_results(paths))
    means: Mapping[str, float] = {
        cell.benchmark: math.fsum(scores.values()) / len(scores)
        for cell in found
        if (scores := cell.scores(1))
    }
    return math.fsum(means.values()) / len(means) if means else -math.inf
