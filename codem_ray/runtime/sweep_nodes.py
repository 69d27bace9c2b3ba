"""The nodes of a sweep: this machine, or those of a cluster after their check."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from codem_ray.config import Sweep
from codem_ray.errors import CodemError, ConfigError
from codem_ray.storage import Storage
from codem_ray.sweep.facts import BenchmarkFacts, read_benchmarks
from codem_ray.sweep.node_checks import NodeDecision
from codem_ray.sweep.node_inspection import NodeAnswer
from codem_ray.sweep.node_needs import needs_of_any_sweep, needs_of_sweep
from codem_ray.sweep.planning import storage_of
from codem_ray.sweep.preflight import is_on_cluster
from codem_ray.sweep.stored_plan import read_stored
from codem_ray.tracking.sweep_tracker import tracking_uri
from codem_ray.wording import plural


@dataclass(frozen=True)
class SweepNodes:
    """The nodes that a sweep runs on."""

    executing: NodeAnswer
    """Answer of a node that executes: all of them have the same toolchains."""
    decision: NodeDecision | None = None
    """None: the only node is this machine."""
    folders: Sequence[Storage] = ()

    def digests(self, *, uses_browser: bool = False) -> dict[str, str]:
        """Return the toolchain digests by target; they cover the browser if tests use it."""
        return {
            target: tool.digest_for(uses_browser=uses_browser)
            for target, tool in self.executing.toolchains.items()
        }

    def listed(self) -> list[dict[str, object]]:
        """Return the nodes of a cluster as plain data."""
        return self.decision.to_json() if self.decision is not None else []


@contextmanager
def checked_cluster(
    sweep: Sweep,
    benchmarks: Sequence[BenchmarkFacts],
    storage: Storage,
    uri: str,
    log: Callable[[str], None],
) -> Iterator[SweepNodes]:
    """Connect to the cluster, check its nodes, log the table, and stay connected in the block.

    Raises ConfigError for local paths, StorageError if the driver cannot write, and
    EnvironmentLackError if a use has no node.
    """
    # Ray takes seconds to import, and a sweep on this machine may have nothing left to do.
    from codem_ray.runtime.node_checks import await_node
    from codem_ray.runtime.ray_connection import ray_session

    storage.check_writable()
    with ray_session():
        give_up_at = time.monotonic() + sweep.cluster.start_timeout_minutes * 60
        while True:
            decision, folders = _check_for_sweep(sweep, benchmarks, storage, uri)
            table = decision.table()
            log(f"checked {plural(len(decision.nodes), 'node')} of the cluster:\n{table}")
            if decision.toolchains or not decision.may_grow:
                break
            # Results are stored by the versions of the toolchains.
            log("no node that is up has all toolchains: waiting for one that joins")
            if not await_node(decision.needs, give_up_at - time.monotonic()):
                break
        decision.check()
        yield SweepNodes(decision.executing(), decision, folders)


def check_cluster(sweep: Sweep | None) -> NodeDecision:
    """Check the nodes of the cluster of RAY_ADDRESS for a sweep, or for any with defaults.

    Raises ConfigError if there is no cluster, or for paths that its nodes do not share.
    """
    if not is_on_cluster():
        raise ConfigError(
            "no cluster is chosen: set RAY_ADDRESS, as in RAY_ADDRESS=auto on one of its nodes, or "
            "submit the command with `ray job submit`"
        )
    from codem_ray.runtime.node_checks import check_nodes
    from codem_ray.runtime.ray_connection import ray_session

    with ray_session():
        if sweep is None:
            return check_nodes(needs_of_any_sweep())
        benchmarks = read_benchmarks(sweep, is_offline=True).facts
        storage = storage_of(sweep)
        storage.check_writable()
        return _check_for_sweep(sweep, benchmarks, storage, tracking_uri(sweep))[0]


def _check_for_sweep(
    sweep: Sweep, benchmarks: Sequence[BenchmarkFacts], storage: Storage, uri: str
) -> tuple[NodeDecision, Sequence[Storage]]:
    from codem_ray.runtime.node_checks import check_nodes, present_nodes
    from codem_ray.runtime.node_storage import refuse_local_paths, shared_folders

    names = [node.name for node in present_nodes()]
    if len(names) > 1 and not sweep.storage.is_shared:
        refuse_local_paths(names, storage, uri)
    folders = shared_folders(storage, uri)
    decision = check_nodes(
        needs_of_sweep(sweep, benchmarks),
        folders,
        cluster=sweep.cluster,
        earlier_versions=_earlier_versions(storage, sweep.storage.suffix),
    )
    return decision, folders


def _earlier_versions(storage: Storage, suffix: str) -> Mapping[str, str]:
    """Return the toolchains of the sweep's last run by target, among other facts."""
    try:
        return read_stored(storage, suffix).facts.environment
    except CodemError:
        # There is no plan yet, or one that this run writes anew.
        return {}
