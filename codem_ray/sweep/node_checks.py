"""Decide which nodes of a cluster execute, train and generate, from what each node answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from codem_ray.errors import EnvironmentLackError
from codem_ray.sweep.node_inspection import NodeAnswer, Toolchain, UnmetNeed
from codem_ray.sweep.node_needs import NodeNeeds, NodeUse
from codem_ray.wording import plural, text_table

_USERS = {
    NodeUse.EXECUTE: "executors",
    NodeUse.TRAIN: "training workers",
    NodeUse.GENERATE: "generators",
}
_VERBS = {NodeUse.EXECUTE: "execute programs", NodeUse.TRAIN: "train", NodeUse.GENERATE: "generate"}
_LEAST = {
    NodeUse.TRAIN: "weights, gradients and optimizer",
    NodeUse.GENERATE: "weights",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckedNode:
    """A node of the cluster with its answer."""

    id: str
    name: str
    """Host name and address."""
    cpus: float
    gpus: float = 0.0
    is_control: bool = False
    """Whether the driver or the trials' own processes run there."""
    answer: NodeAnswer = field(default_factory=NodeAnswer)
    storage: Mapping[str, str] = field(default_factory=dict)
    """Why a folder cannot be read and written there, by its URI."""
    failure: str = ""
    """Why the node gave no answer."""

    def has_room(self, use: NodeUse, needs: NodeNeeds) -> bool:
        """Whether the node's CPUs and GPUs are enough for one process of that use."""
        if use is NodeUse.TRAIN:
            return self.cpus >= needs.cpus_per_worker and self.gpus >= needs.gpus_per_worker
        if use is NodeUse.GENERATE and needs.gpus_per_worker > 0:
            return self.gpus >= needs.gpus_per_engine
        return self.cpus >= 1


@dataclass(frozen=True, kw_only=True)
class NodeDecision:
    """The nodes of a cluster, what each lacks, and the toolchains that executors must have."""

    needs: NodeNeeds
    nodes: Sequence[CheckedNode]
    unmet: Mapping[str, Sequence[UnmetNeed]]
    """By node id."""
    toolchains: Mapping[str, Toolchain]
    """By target: those of the nodes that execute."""
    notes: Sequence[str] = ()
    may_grow: bool = False
    """Whether nodes can still join."""

    def refused(self, use: NodeUse) -> list[str]:
        """Return the ids of the nodes that are left out for a use."""
        return [node.id for node in self.nodes if self.causes(node.id, use)]

    def avoided(self, use: NodeUse) -> list[str]:
        """Return the ids of the nodes where no process of that use may be placed.

        Engines on CPUs reserve nothing, so Ray would also place them on a head without CPUs.
        """
        places = {node.id for node in self.usable(use)}
        if not places:
            return self.refused(use)
        return [node.id for node in self.nodes if node.id not in places]

    def causes(self, node_id: str, use: NodeUse) -> list[UnmetNeed]:
        """Return what a node lacks for a use."""
        return [need for need in self.unmet.get(node_id, ()) if use in need.uses]

    def usable(self, use: NodeUse) -> list[CheckedNode]:
        """Return the nodes that a use may take."""
        return [
            node
            for node in self.nodes
            if node.has_room(use, self.needs) and not self.causes(node.id, use)
        ]

    def executing(self) -> NodeAnswer:
        """Return what a node that executes has: all of them have the same toolchains."""
        nodes = self.usable(NodeUse.EXECUTE)
        answer = nodes[0].answer if nodes else NodeAnswer()
        return replace(answer, toolchains=self.toolchains)

    def messages(self) -> list[str]:
        """Return a sentence for everything that a node lacks, with its remedy."""
        return [self._message(node, need) for node in self.nodes for need in self._relevant(node)]

    def _relevant(self, node: CheckedNode) -> list[UnmetNeed]:
        """Return what a node lacks for the uses that it has room for."""
        found = []
        for need in self.unmet.get(node.id, ()):
            uses = tuple(use for use in need.uses if node.has_room(use, self.needs))
            if uses:
                found.append(replace(need, uses=uses))
        return found

    def _message(self, node: CheckedNode, need: UnmetNeed) -> str:
        users = " and ".join(_USERS[use] for use in need.uses)
        text = f"{need.text} on node {node.name}: {users} do not run there"
        return f"{text}; {need.remedy}" if need.remedy else text

    def check(self) -> None:
        """Raise EnvironmentLackError naming each unmet need if the sweep cannot run here.

        A use is refused if the nodes with room for it all lack something and no others can join. A
        use that no node has room for is not refused here, but by `decide_capacity`.
        """
        problems = [
            f"{root} cannot be read and written on node {node.name}, where the trials' own "
            f"processes run ({cause})"
            for node in self.nodes
            if node.is_control
            for root, cause in node.storage.items()
        ]
        for use in self.needs.uses:
            rooms = [node for node in self.nodes if node.has_room(use, self.needs)]
            if rooms and not self.usable(use) and not self.may_grow:
                listed = dict.fromkeys(
                    self._message(node, replace(need, uses=(use,)))
                    for node in rooms
                    for need in self.causes(node.id, use)
                )
                problems.append(
                    f"no node can {_VERBS[use]}:" + "".join(f"\n  - {text}" for text in listed)
                )
        absent = [target for target in self.needs.targets if target not in self.toolchains]
        if absent and not problems:
            problems.append(
                f"no node that is up has the toolchains of {', '.join(absent)}: start a node that "
                "has them (`codem-ray doctor` says how to install them)"
            )
        if problems:
            raise EnvironmentLackError("\n".join(problems))

    def table(self) -> str:
        """Return the nodes and their uses as text, with a line for each unmet need."""
        rows = [
            (
                node.name,
                f"{node.cpus:g}",
                _gpu_text(node),
                *(self._verdict(node, use) for use in NodeUse),
            )
            for node in self.nodes
        ]
        lines = [f"LACK  {message}" for message in self.messages()]
        lines += [f"note  {note}" for note in self.notes]
        counts = [
            f"{use}: {len(self.usable(use))} of {plural(len(self.nodes), 'node')}"
            for use in self.needs.uses
        ]
        header = ("node", "CPUs", "GPUs", *NodeUse)
        return text_table(header, rows) + "".join(f"{line}\n" for line in (*lines, *counts))

    def _verdict(self, node: CheckedNode, use: NodeUse) -> str | None:
        if use not in self.needs.uses or not node.has_room(use, self.needs):
            return None
        return "no" if self.causes(node.id, use) else "yes"

    def to_json(self) -> list[dict[str, object]]:
        """Return plain data, one object a node."""
        return [
            {
                "id": node.id,
                "name": node.name,
                "cpus": node.cpus,
                "gpus": node.gpus,
                "gpu_bytes": list(node.answer.gpu_bytes),
                "uses": {str(use): self._verdict(node, use) for use in NodeUse},
                "lacks": [
                    {"uses": [*map(str, need.uses)], "text": need.text, "remedy": need.remedy}
                    for need in self._relevant(node)
                ],
                "toolchains": {
                    target: tool.versions for target, tool in node.answer.toolchains.items()
                },
            }
            for node in self.nodes
        ]


def decide_nodes(
    nodes: Sequence[CheckedNode],
    needs: NodeNeeds,
    *,
    toolchains: Mapping[str, Toolchain] | None = None,
    earlier_versions: Mapping[str, str] | None = None,
    may_grow: bool = False,
) -> NodeDecision:
    """Decide which nodes are left out for which use.

    Verdicts must not depend on the node, so all nodes that execute have the same `toolchains`.
    Without them the `earlier_versions`, those of the sweep's last run by target, are taken if a
    node has them, so that a cell is not executed again; else those of most CPUs.
    """
    unmet = {node.id: _unmet_by_node(node, needs) for node in nodes}
    if toolchains is None:
        toolchains = _common_toolchains(nodes, unmet, needs, earlier_versions or {})
    notes: list[str] = []
    for node in nodes:
        for target, tool in node.answer.toolchains.items():
            common = toolchains.get(target)
            if common and _digest_of(common, target, needs) != _digest_of(tool, target, needs):
                text = (
                    f"the toolchain of {target} is another one ({tool.versions}; the others that "
                    f"execute have {common.versions})"
                )
                remedy = "install the same versions on all nodes that execute"
                unmet[node.id].append(UnmetNeed(uses=(NodeUse.EXECUTE,), text=text, remedy=remedy))
        if not any(NodeUse.TRAIN in need.uses for need in unmet[node.id]):
            notes += [f"{note} (node {node.name})" for note in _memory_notes(node, needs)]
    return NodeDecision(
        needs=needs,
        nodes=nodes,
        unmet=unmet,
        toolchains=toolchains,
        notes=notes,
        may_grow=may_grow,
    )


def _unmet_by_node(node: CheckedNode, needs: NodeNeeds) -> list[UnmetNeed]:
    if node.failure:
        return [UnmetNeed(uses=needs.uses, text=f"the check failed ({node.failure})")]
    unmet = [
        replace(need, uses=uses)
        for need in node.answer.unmet
        if (uses := tuple(use for use in need.uses if use in needs.uses))
    ]
    stored = tuple(use for use in needs.uses if use is not NodeUse.EXECUTE)
    unmet += [
        UnmetNeed(
            uses=stored,
            text=f"{root} cannot be read and written ({cause})",
            remedy="give the node the same access as the driver has",
        )
        for root, cause in node.storage.items()
    ]
    for use, least in (needs.least_gpu_bytes or {}).items():
        share = _gpu_share(node, needs, use)
        if use in needs.uses and share is not None and share < least:
            unmet.append(
                UnmetNeed(
                    uses=(use,),
                    text=f"a process has {_gib(share)} of GPU memory and needs {_gib(least)} for "
                    f"{_LEAST[use]} alone",
                    remedy="take larger GPUs, or raise training.zero_stage or resources.workers",
                )
            )
    return unmet


def _memory_notes(node: CheckedNode, needs: NodeNeeds) -> list[str]:
    """Return a note if training may not fit into the memory of a GPU."""
    share, expected = _gpu_share(node, needs, NodeUse.TRAIN), needs.expected_gpu_bytes
    if NodeUse.TRAIN not in needs.uses or share is None or expected is None or share >= expected:
        return []
    note = (
        f"a worker has {_gib(share)} of GPU memory and takes about {_gib(expected)}: if it is too "
        "little, lower training.micro_batch_sequences or set training.gradient_checkpointing"
    )
    return [note]


def _gpu_share(node: CheckedNode, needs: NodeNeeds, use: NodeUse) -> int | None:
    """Return what a process has of the node's smallest GPU; None if it is unknown."""
    if not node.gpus or not node.answer.gpu_bytes:
        return None
    share = min(1.0, needs.gpus_per_worker) if use is NodeUse.TRAIN else 1.0
    return int(min(node.answer.gpu_bytes) * share)


def _common_toolchains(
    nodes: Sequence[CheckedNode],
    unmet: Mapping[str, Sequence[UnmetNeed]],
    needs: NodeNeeds,
    earlier_versions: Mapping[str, str],
) -> Mapping[str, Toolchain]:
    """Return the earlier toolchains, or those of most CPUs, among the nodes that can execute.

    Before any of them is up, those of a node without CPUs are expected of the nodes to come.
    """
    groups: dict[tuple[str, ...], list[CheckedNode]] = defaultdict(list)
    for node in nodes:
        if not any(NodeUse.EXECUTE in need.uses for need in unmet[node.id]):
            tools = sorted(node.answer.toolchains.items())
            groups[tuple(_digest_of(tool, name, needs) for name, tool in tools)].append(node)
    if not groups:
        return {}

    def weight(digests: tuple[str, ...]) -> tuple[int, float, bool, int, tuple[str, ...]]:
        group = groups[digests]
        tools = group[0].answer.toolchains
        return (
            sum(earlier_versions.get(target) == tool.versions for target, tool in tools.items()),
            sum(node.cpus for node in group),
            any(node.is_control for node in group),
            len(group),
            digests,
        )

    return groups[max(groups, key=weight)][0].answer.toolchains


def _digest_of(tool: Toolchain, target: str, needs: NodeNeeds) -> str:
    return tool.digest_for(uses_browser=target in needs.browser_targets)


def _gpu_text(node: CheckedNode) -> str:
    if not node.answer.gpu_bytes or not node.gpus:
        return f"{node.gpus:g}"
    return f"{node.gpus:g} x {_gib(min(node.answer.gpu_bytes))}"


def _gib(num_bytes: int) -> str:
    return f"{num_bytes / (1 << 30):.0f} GiB"
