"""Checks before a run that the disks of this machine hold what is still to be trained."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from codem_ray.config import Sweep
from codem_ray.errors import EnvironmentLackError
from codem_ray.storage import Storage
from codem_ray.storage.files import FOLDER_VARIABLE, cache_root
from codem_ray.sweep.facts import base_model_shape
from codem_ray.sweep.resources import DiskNeeds, disk_needs
from codem_ray.sweep.stages import MissingWork

COMFORTABLE_SHARE = 0.8
"""Share of the free space above which a warning is logged."""
_NODE_LOCAL = "a node's own copies"


def check_disk(
    sweep: Sweep,
    storage: Storage,
    missing: Sequence[MissingWork],
    *,
    is_one_machine: bool,
    log: Callable[[str], None],
) -> None:
    """Raise EnvironmentLackError if the trials to be trained need more disk than is free.

    Object stores are not measured, and of nodes' own disks only that of a single machine.
    """
    shape = base_model_shape(sweep.base_model)
    trained = [work.trial for work in missing if work.is_training_missing]
    if shape is None or not trained:
        return
    needs = disk_needs(
        shape,
        sweep.training,
        num_trained=len(trained),
        num_sources=len({trial.pairs_source for trial in trained}),
        keep=sweep.storage.keep_exports,
        has_gpu=sweep.resources.gpus_per_worker > 0,
        are_checkpoints_copied=sweep.storage.are_checkpoints_copied,
    )
    places: dict[str, Path] = {}
    if storage.is_local:
        places["storage.path"] = _existing(storage.local_path())
    if is_one_machine:
        places[_NODE_LOCAL] = _existing(_node_folder(sweep.storage.node_folder))
    disks = {name: (path, path.stat().st_dev) for name, path in places.items()}
    free = {device: shutil.disk_usage(path).free for path, device in disks.values()}
    for problem, is_refused in disk_problems(needs, disks, free):
        if is_refused:
            raise EnvironmentLackError(
                f"{problem}: free space, set storage.keep_exports to best or none "
                f"(it is {sweep.storage.keep_exports}), or choose another storage.path, "
                f"storage.node_folder or {FOLDER_VARIABLE}"
            )
        log(f"warning: {problem}")


def disk_problems(
    needs: DiskNeeds, disks: Mapping[str, tuple[Path, int]], free: Mapping[int, int]
) -> list[tuple[str, bool]]:
    """Return a sentence for each disk that is too small or nearly so, and whether to refuse.

    `disks` maps places to a path and its device; `free` are the free bytes by device.
    """
    parts = {"storage.path": needs.storage, _NODE_LOCAL: needs.node_local}
    problems = []
    for device, available in free.items():
        names = [name for name, (_, its) in disks.items() if its == device]
        needed = sum(parts[name] for name in names)
        if needed <= COMFORTABLE_SHARE * available:
            continue
        path = disks[names[0]][0]
        sentence = (
            f"the trials to be trained need about {needed / 1e9:,.1f} GB of disk for "
            f"{' and '.join(names)} (exports {needs.exports / 1e9:,.1f}, checkpoints "
            f"{needs.checkpoints / 1e9:,.1f}, a node {needs.node_local / 1e9:,.1f}), and "
            f"the disk of {path} has {available / 1e9:,.1f} GB free"
        )
        problems.append((sentence, needed > available))
    return problems


def _node_folder(configured: str | None) -> Path:
    return Path(configured).expanduser() if configured else cache_root()


def _existing(path: Path) -> Path:
    """Return the nearest folder above a path that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())
