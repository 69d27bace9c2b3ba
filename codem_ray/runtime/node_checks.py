"""Let the nodes of a cluster inspect themselves, those that join later included."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from codem_ray.config import ClusterConfig
from codem_ray.errors import StorageError
from codem_ray.runtime.cluster_view import cluster_nodes, limits_of_cluster
from codem_ray.runtime.node_storage import Secret, secrets
from codem_ray.runtime.ray_connection import HEAD_RESOURCE, driver_node_id, on_driver_node
from codem_ray.storage import Storage
from codem_ray.sweep.failures import message_of
from codem_ray.sweep.node_checks import CheckedNode, NodeDecision, decide_nodes
from codem_ray.sweep.node_inspection import NodeAnswer, inspect_node
from codem_ray.sweep.node_needs import NodeNeeds, NodeUse
from codem_ray.sweep.placement import NODE_LABEL

ANSWER_SECONDS = 300.0
"""Limit for the answer of a node, which may have to start a process and import the engine."""
_CONTROL_SECONDS = 60.0
_LOOK_SECONDS = 10.0
_NO_PACKAGE = "No module named 'codem_ray'"


def check_nodes(
    needs: NodeNeeds,
    folders: Sequence[Storage] = (),
    *,
    cluster: ClusterConfig | None = None,
    earlier_versions: Mapping[str, str] | None = None,
) -> NodeDecision:
    """Inspect all nodes of the connected cluster and decide what each is used for.

    Every node runs one task without CPUs. `folders` are those that it must read and write;
    `cluster` says how far the cluster may grow; `earlier_versions` is explained in `decide_nodes`.
    """
    nodes = _inspect(present_nodes(), needs, folders, is_thorough=True)
    limits = limits_of_cluster(cluster or ClusterConfig())
    return decide_nodes(
        nodes,
        needs,
        earlier_versions=earlier_versions,
        may_grow=limits.may_grow(cluster_nodes()),
    )


def await_node(needs: NodeNeeds, seconds: float) -> bool:
    """Ask for a node with a CPU that is not up yet; return whether one came in time."""
    known = ",".join(node.id for node in present_nodes())
    # The autoscaler sees the task that waits.
    waiting = _inspect_here.options(num_cpus=1, label_selector={NODE_LABEL: f"!in({known})"})
    task = waiting.remote(needs, [], "", False)
    came, _ = ray.wait([task], timeout=max(0.0, seconds))
    if not came:
        ray.cancel(task)
    return bool(came)


def present_nodes() -> list[CheckedNode]:
    """Return the nodes of the connected cluster, not inspected yet; the driver's is first."""
    alive = [node for node in ray.nodes() if node["Alive"]]
    places = [f"{node['NodeManagerHostname']}, {node['NodeManagerAddress']}" for node in alive]
    driver = driver_node_id()
    nodes = [
        CheckedNode(
            id=node["NodeID"],
            # Nodes on one machine differ in their ids only.
            name=place if places.count(place) == 1 else f"{place}, id {node['NodeID'][:8]}",
            cpus=node["Resources"].get("CPU", 0.0),
            gpus=node["Resources"].get("GPU", 0.0),
            is_control=node["NodeID"] == driver or HEAD_RESOURCE in node["Resources"],
        )
        for node, place in zip(alive, places, strict=True)
    ]
    return sorted(nodes, key=lambda node: (node.id != driver, not node.is_control, node.name))


def _inspect(
    nodes: Sequence[CheckedNode],
    needs: NodeNeeds,
    folders: Sequence[Storage],
    *,
    is_thorough: bool,
) -> list[CheckedNode]:
    with secrets(folders) as written:
        checked = _ask(nodes, needs, written, is_thorough=is_thorough)
        if checked and all(node.storage for node in checked):
            # The storage itself may not answer; this process waits for it, as it does everywhere.
            for secret in written:
                secret.await_storage()
            checked = _ask(nodes, needs, written, is_thorough=is_thorough)
        return checked


def _ask(
    nodes: Sequence[CheckedNode], needs: NodeNeeds, written: Sequence[Secret], *, is_thorough: bool
) -> list[CheckedNode]:
    answers = [
        _inspect_here.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node.id, soft=False)
        ).remote(needs, written, node.id, is_thorough)
        for node in nodes
    ]
    return [
        _with_answer(node, answer, written) for node, answer in zip(nodes, answers, strict=True)
    ]


def _with_answer(node: CheckedNode, reference: Any, written: Sequence[Secret]) -> CheckedNode:
    try:
        answer, copied = ray.get(reference, timeout=ANSWER_SECONDS)
    except GetTimeoutError:
        ray.cancel(reference, force=True)
        return replace(node, failure=f"no answer for {ANSWER_SECONDS:.0f} s")
    except RayError as error:
        text = str(error)
        if _NO_PACKAGE in text:
            return replace(node, failure="codem_ray is not installed there")
        return replace(node, failure=message_of(error))
    failures = {
        secret.storage.root: cause
        for secret, copy in zip(written, copied, strict=True)
        if (cause := secret.failure(node.id, copy))
    }
    return replace(node, answer=answer, storage=failures)


# The process ends afterwards: it may have imported torch, and an engine keeps much memory.
@ray.remote(num_cpus=0, max_retries=0, max_calls=1)  # type: ignore[untyped-decorator]
def _inspect_here(
    needs: NodeNeeds, written: Sequence[Secret], node_id: str, is_thorough: bool
) -> tuple[NodeAnswer, list[str]]:
    answer = inspect_node(needs, is_thorough=is_thorough)
    return answer, [secret.copy(node_id) for secret in written]


@ray.remote(num_cpus=0)
class _CheckedNodes:
    """Remembers which nodes were checked, for all processes of a sweep."""

    def __init__(self, decision: NodeDecision) -> None:
        self._decision = decision

    def decision(self) -> NodeDecision:
        return self._decision

    def add(self, nodes: Sequence[CheckedNode]) -> None:
        before = self._decision
        known = {node.id for node in before.nodes}
        self._decision = decide_nodes(
            [*before.nodes, *(node for node in nodes if node.id not in known)],
            before.needs,
            toolchains=before.toolchains,
            may_grow=before.may_grow,
        )


@dataclass(frozen=True)
class NodeGuard:
    """Keeps the processes of a sweep off the nodes that lack what they need.

    It pickles to any process of the same Ray job.
    """

    folders: Sequence[Storage] = ()
    checked: Any = None
    """The actor; None: the only node is this machine, which was checked before Ray started."""

    @classmethod
    def start(cls, decision: NodeDecision, folders: Sequence[Storage]) -> NodeGuard:
        """Return the guard of a cluster whose present nodes were checked."""
        options = _CheckedNodes.options(  # type: ignore[attr-defined]
            scheduling_strategy=on_driver_node()
        )
        return cls(folders, options.remote(decision))

    def selector(self, use: NodeUse) -> dict[str, str]:
        """Return the label selector that leaves out nodes; others may still join."""
        avoided = [] if self.checked is None else self.decision().avoided(use)
        return {NODE_LABEL: f"!in({','.join(avoided)})"} if avoided else {}

    def refused(self, use: NodeUse) -> Sequence[str]:
        """Return the ids of the nodes that lack something."""
        return [] if self.checked is None else self.decision().refused(use)

    def admit(self, use: NodeUse, node_ids: Sequence[str]) -> dict[str, str]:
        """Check those nodes that joined since the start; return the refused ones with the cause.

        A node is checked once for all uses. A process that has started on a refused node ends, and
        asks for another place with a new `selector`.
        """
        if self.checked is None:
            return {}
        self._check_joined(node_ids)
        decision = self.decision()
        causes = {node: decision.causes(node, use) for node in node_ids}
        return {
            node: "; ".join(need.text for need in unmet) for node, unmet in causes.items() if unmet
        }

    def refusal(self, use: NodeUse, node_id: str) -> str:
        """Return why a node is refused for a use, or ""; see `admit`."""
        return self.admit(use, [node_id]).get(node_id, "")

    def decision(self) -> NodeDecision:
        """Return what is known of all nodes so far."""
        decision: NodeDecision = ray.get(self.checked.decision.remote(), timeout=_CONTROL_SECONDS)
        return decision

    def _check_joined(self, node_ids: Sequence[str]) -> None:
        decision = self.decision()
        known = {node.id for node in decision.nodes}
        joined = [n for n in present_nodes() if n.id in node_ids and n.id not in known]
        if joined:
            nodes = _inspect(joined, decision.needs, self.folders, is_thorough=False)
            ray.get(self.checked.add.remote(nodes), timeout=_CONTROL_SECONDS)

    @contextmanager
    def checking_joined_nodes(self, log: Callable[[str], None]) -> Iterator[None]:
        """Check nodes as they join inside the block, and log once what each lacks."""
        if self.checked is None:
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._check_until, args=(ended, log), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(_LOOK_SECONDS)

    def _check_until(self, ended: threading.Event, log: Callable[[str], None]) -> None:
        logged = set(self.decision().messages())
        while not ended.wait(_LOOK_SECONDS):
            try:
                self._check_joined([node.id for node in present_nodes()])
                messages = self.decision().messages()
            except (RayError, StorageError) as error:
                # Processes check their own nodes before they are used; this thread only logs.
                log(f"nodes that joined could not be checked: {message_of(error)}")
                continue
            for message in messages:
                if message not in logged:
                    log(message)
            logged.update(messages)
