"""Find and delete what a stored sweep, its storage's cache and this node no longer need."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from codem_ray.errors import CodemError
from codem_ray.storage import Storage
from codem_ray.storage.node_cache import remove_unused, unused_bytes
from codem_ray.sweep.active_run import exclusive_run, is_run_active
from codem_ray.sweep.removable_files import PlannedCell, PruneKind, Removable, SweepFiles, removable
from codem_ray.sweep.stages import cache_of, export_stage, keep_export_facts
from codem_ray.sweep.stored_plan import StoredSweep, incomplete_cells
from codem_ray.sweep.sweep_plan import TrialKind
from codem_ray.sweep.used_exports import siblings, stored_plans, used_exports

THIS_MACHINE = "(this machine)"


@dataclass(frozen=True, kw_only=True, slots=True)
class PruneFindings:
    """What can be deleted, and what cannot and why."""

    items: tuple[Removable, ...]
    kept: tuple[str, ...] = ()
    """Sentences about what has to stay."""
    is_active: bool = False
    """Whether a run is active in the sweep: then nothing of it may be deleted."""


def find_prunable(storage: Storage) -> PruneFindings:
    """List what can be deleted for a sweep; nothing that a resume of a stored plan needs.

    Raises ConfigError or StorageError if a plan of the sweep cannot be read.
    """
    active = [folder for folder in (storage, *siblings(storage)) if is_run_active(folder)]
    return _find(storage, active=[folder.root for folder in active])


def prune(storage: Storage, kinds: Collection[PruneKind]) -> list[Removable]:
    """Delete what `find_prunable` finds of these kinds, and return it.

    Raises ConfigError if a run is active in the sweep or, for the cache, in another sweep of the
    storage.
    """
    with ExitStack() as stack:
        stack.enter_context(exclusive_run(storage))
        for other in siblings(storage) if PruneKind.CACHE in kinds else ():
            stack.enter_context(exclusive_run(other))
        # The locks that this process holds now do not count as active runs.
        found = [item for item in _find(storage, active=()).items if item.kind in kinds]
        for item in found:
            _remove(storage, item)
    return found


def _find(storage: Storage, *, active: Sequence[str]) -> PruneFindings:
    """Find everything. `active` are the folders in which a run is active."""
    is_active = storage.root in active
    kept: list[str] = []
    items = removable(_files_of(storage, is_active=is_active))
    cache = cache_of(storage)
    if size := sum(cache.files("").values()):
        if reason := next(_users_of_cache([storage, *siblings(storage)], active), ""):
            kept.append(f"{cache.root}: {reason}")
        else:
            items.append(Removable(kind=PruneKind.CACHE, name=cache.root, num_bytes=size))
    if size := unused_bytes():
        items.append(Removable(kind=PruneKind.NODE_CACHE, name=THIS_MACHINE, num_bytes=size))
    return PruneFindings(items=tuple(items), kept=tuple(kept), is_active=is_active)


def _remove(storage: Storage, item: Removable) -> None:
    if item.kind is PruneKind.NODE_CACHE:
        remove_unused()
    elif item.kind is PruneKind.CACHE:
        cache_of(storage).remove("")
    else:
        if item.kind is PruneKind.EXPORTS:
            # The report shows the training's facts after its weights are gone.
            keep_export_facts(storage, item.name.split("/")[1])
        storage.remove(item.name)


def _files_of(storage: Storage, *, is_active: bool) -> SweepFiles:
    plans = stored_plans(storage)
    return SweepFiles(
        sizes=storage.files(""),
        trials={trial.trial_id for stored in plans for trial in stored.plan.trials},
        cells=[cell for stored in plans for cell in _planned_cells(storage, stored)],
        used_exports=used_exports(storage),
        is_active=is_active,
    )


def _planned_cells(storage: Storage, stored: StoredSweep) -> list[PlannedCell]:
    missing = set(incomplete_cells(storage, stored))
    cells = (*stored.cells, *stored.loss_cells)
    manifests = storage.for_each(lambda cell: storage.stage(cell.execute).manifest(), cells)
    return [
        PlannedCell(
            trial_id=cell.trial_id,
            execute=cell.execute,
            results=cell.results,
            generate_key=manifest.inputs.get("generate_key") if manifest is not None else None,
            is_complete=cell not in missing,
        )
        for cell, manifest in zip(cells, manifests, strict=True)
    ]


def _users_of_cache(folders: Sequence[Storage], active: Sequence[str]) -> Iterator[str]:
    """Yield why pairs and tokens that all sweeps share have to stay."""
    for folder in folders:
        if folder.root in active:
            yield f"a run is active in {folder.root}"
        try:
            for stored in stored_plans(folder):
                unfinished = {cell.trial_id for cell in incomplete_cells(folder, stored)}
                for trial in stored.plan.trials:
                    if (
                        trial.kind is TrialKind.TRAINED
                        and trial.trial_id in unfinished
                        and export_stage(folder, trial).manifest() is None
                    ):
                        yield f"{trial.trial_id} of {folder.root} is still to be trained"
        except CodemError as error:
            yield f"a plan of {folder.root} cannot be read ({error})"
