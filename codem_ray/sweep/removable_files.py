"""Decides from a listing which files of a stored sweep can be deleted."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from codem_ray.storage import MANIFEST

_LEFT_OVER = re.compile(r"\..+\.[^.]{8}\.tmp|\.codem-ray-[0-9a-f]{32}\.tmp")
"""Names of unfinished stages and files of a process that was killed."""
_CELL_STAGES = ("generate", "execute", "loss")


class PruneKind(StrEnum):
    """What can be deleted."""

    OLD_KEYS = "old-keys"
    """Stages and results of a cell that is stored under a newer key."""
    LEFTOVERS = "leftovers"
    """Files of killed processes, and resumable state of trainings that are done."""
    CACHE = "cache"
    """Pairs and tokens that all sweeps of the storage share."""
    NODE_CACHE = "node-cache"
    """Copies of remote files on this machine."""
    EXPORTS = "exports"
    """Weights of trials that are complete and logged."""
    UNPLANNED = "unplanned"
    """Trials and cells that no stored plan names."""


DEFAULT_KINDS = (
    PruneKind.OLD_KEYS,
    PruneKind.LEFTOVERS,
    PruneKind.CACHE,
    PruneKind.NODE_CACHE,
)
"""Kinds that can be made again without training or generation."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Removable:
    """A file or folder that can be deleted."""

    kind: PruneKind
    name: str
    """Below the sweep's folder."""
    num_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedCell:
    """A cell of a stored plan, with what is stored of it."""

    trial_id: str
    execute: str
    """Folder of its last stage, `execute` or `loss`: `trials/<trial>/execute/<label>.<key>`."""
    results: str
    generate_key: str | None
    """None while the cell has no verdicts: a resume may then need any stored completions."""
    is_complete: bool

    @property
    def is_loss(self) -> bool:
        """Whether its value is a loss, which needs no completions."""
        return self.execute.split("/")[2] == "loss"

    @property
    def completions(self) -> str:
        """Name of the manifest of its completions."""
        return f"trials/{self.trial_id}/generate/{self.label}.{self.generate_key}/{MANIFEST}"

    @property
    def label(self) -> str:
        """`<benchmark>.<style>`, as in the names of its files."""
        return self.execute.rpartition("/")[2].rpartition(".")[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class SweepFiles:
    """The files of a sweep's folder and what its plans say of them."""

    sizes: Mapping[str, int]
    """Bytes by name."""
    trials: Collection[str]
    """Trials of any stored plan."""
    cells: Collection[PlannedCell]
    used_exports: Collection[str] = ()
    """Trials whose weights another trial of this storage starts from."""
    is_active: bool = False
    """Whether a run is active."""


def removable(files: SweepFiles) -> list[Removable]:
    """Return the files and folders that no resume of a stored plan needs."""
    found: dict[tuple[PruneKind, str], int] = defaultdict(int)
    decider = _Decider(files)
    for name, size in files.sizes.items():
        decision = decider.decide(name)
        if decision is not None:
            found[decision] += size
    order = list(PruneKind)
    return [
        Removable(kind=kind, name=name, num_bytes=size)
        for (kind, name), size in sorted(
            found.items(), key=lambda item: (order.index(item[0][0]), item[0][1])
        )
    ]


class _Decider:
    """Decides about single files of a sweep."""

    def __init__(self, files: SweepFiles) -> None:
        self._files = files
        self._by_trial: dict[str, list[PlannedCell]] = defaultdict(list)
        for cell in files.cells:
            self._by_trial[cell.trial_id].append(cell)
        self._disposable = set(self._disposable_exports())

    def decide(self, name: str) -> tuple[PruneKind, str] | None:
        """Return a file's kind, and the file or folder to delete with it; None: it stays."""
        parts = name.split("/")
        for depth, part in enumerate(parts, start=1):
            if _LEFT_OVER.fullmatch(part):
                # An active run may be writing it.
                unit = "/".join(parts[:depth])
                return None if self._files.is_active else (PruneKind.LEFTOVERS, unit)
        if parts[0] == "trials" and len(parts) > 2:
            return self._of_trial(parts)
        if re.fullmatch(r"results(\..+)?", parts[0]) and len(parts) == 3:
            return self._of_results(name, parts[1], parts[2])
        return None

    def _of_trial(self, parts: list[str]) -> tuple[PruneKind, str] | None:
        trial_id, stage = parts[1:3]
        if trial_id not in self._files.trials:
            return PruneKind.UNPLANNED, f"trials/{trial_id}"
        folder = f"trials/{trial_id}/{stage}"
        if stage == "export" and trial_id in self._disposable:
            return PruneKind.EXPORTS, folder
        if stage == "train" and f"trials/{trial_id}/export/{MANIFEST}" in self._files.sizes:
            return (PruneKind.LEFTOVERS, folder) if not self._files.is_active else None
        if stage in _CELL_STAGES and len(parts) > 4 and not parts[3].startswith("."):
            return self._of_stage(trial_id, stage, parts[3])
        return None

    def _of_stage(self, trial_id: str, stage: str, name: str) -> tuple[PruneKind, str] | None:
        label, _, key = name.rpartition(".")
        unit = f"trials/{trial_id}/{stage}/{name}"
        cells = [cell for cell in self._by_trial[trial_id] if cell.label == label]
        if not cells:
            return PruneKind.UNPLANNED, unit
        if stage == "generate":
            is_needed = any(cell.generate_key in (None, key) for cell in cells)
        else:
            is_needed = any(cell.execute == unit for cell in cells)
        return None if is_needed else (PruneKind.OLD_KEYS, unit)

    def _of_results(self, name: str, trial_id: str, file: str) -> tuple[PruneKind, str] | None:
        if trial_id not in self._files.trials:
            return PruneKind.UNPLANNED, name
        label = file.removesuffix(".parquet").rpartition(".")[0]
        cells = [cell for cell in self._by_trial[trial_id] if cell.label == label]
        if not cells:
            return PruneKind.UNPLANNED, name
        is_needed = any(cell.results == name for cell in cells)
        return None if is_needed else (PruneKind.OLD_KEYS, name)

    def _disposable_exports(self) -> Iterator[str]:
        """Yield the trials whose weights neither completions, MLflow nor another trial needs."""
        sizes = self._files.sizes
        logged = {
            parts[1]
            for name in sizes
            if (parts := name.split("/"))[0] == "trials"
            and parts[2:3] == ["track"]
            and parts[-1] == MANIFEST
        }
        for trial_id, cells in self._by_trial.items():
            is_done = all(
                cell.is_complete and (cell.is_loss or cell.completions in sizes) for cell in cells
            )
            if is_done and trial_id in logged and trial_id not in self._files.used_exports:
                yield trial_id
