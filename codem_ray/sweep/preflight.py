"""Look for everything that would stop a sweep later, before anything starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from codem_ray.config import Sweep
from codem_ray.errors import CodemError, EnvironmentLackError
from codem_ray.languages import language
from codem_ray.languages.toolchain import missing_toolchains
from codem_ray.sandbox.host import open_sandbox
from codem_ray.storage import Storage
from codem_ray.sweep.resources import Node, decide_capacity


def is_on_cluster() -> bool:
    """Whether somebody else's Ray cluster is to be used (a submitted job, or RAY_ADDRESS)."""
    return bool(os.environ.get("RAY_ADDRESS"))


def local_nodes() -> list[Node]:
    """Return this machine as a cluster of one, without starting Ray; none where a cluster is used.

    A cluster that scales can bring nodes that are not there yet, so it is looked at when connected.
    """
    if is_on_cluster():
        return []
    return [Node(cpus=float(len(os.sched_getaffinity(0))), gpus=float(_local_gpus()))]


def _local_gpus() -> int:
    return len(list(Path("/dev").glob("nvidia[0-9]*")))


def check_environment(
    sweep: Sweep, *, targets: Sequence[str], storage: Storage, nodes: Sequence[Node]
) -> None:
    """Raise one EnvironmentLackError that names every lack and its remedy."""
    checks: list[Callable[[], object]] = [
        storage.check_writable,
        lambda: open_sandbox(sweep.evaluation.sandbox),
        lambda: _check_toolchains(targets),
    ]
    if nodes:
        checks.append(lambda: decide_capacity(nodes, sweep.resources))
    lacks: list[CodemError] = []
    for check in checks:
        try:
            check()
        except EnvironmentLackError as error:
            lacks.append(error)
    if len(lacks) == 1:
        raise lacks[0]
    if lacks:
        listed = "\n".join(f"  - {lack}" for lack in lacks)
        raise EnvironmentLackError(f"this machine cannot run the sweep:\n{listed}")


def _check_toolchains(targets: Sequence[str]) -> None:
    missing = missing_toolchains([language(name) for name in dict.fromkeys(targets)])
    if missing:
        listed = "\n".join(f"  - {tool}" for tool in missing)
        raise EnvironmentLackError(f"toolchains are missing:\n{listed}")
