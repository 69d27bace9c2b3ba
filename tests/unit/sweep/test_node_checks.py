"""Which nodes of a cluster are used for what, from their answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from codem_ray.errors import EnvironmentLackError
from codem_ray.sweep.node_checks import CheckedNode, NodeDecision, decide_nodes
from codem_ray.sweep.node_inspection import NodeAnswer, Toolchain, UnmetNeed
from codem_ray.sweep.node_needs import NodeNeeds, NodeUse

GCC_12 = Toolchain(digest="12", versions="gcc 12.2.0")
GCC_13 = Toolchain(digest="13", versions="gcc 13.1.0")
NO_GCC = UnmetNeed(
    uses=(NodeUse.EXECUTE,), text="gcc (for C) is missing", remedy="apt-get install gcc"
)
NEEDS = NodeNeeds(targets=("c",), sandbox="bubblewrap", engine="transformers")
GPU_NEEDS = replace(NEEDS, gpus_per_worker=1.0)


def node(
    name: str, *unmet: UnmetNeed, tool: Toolchain | None = GCC_12, **changes: object
) -> CheckedNode:
    toolchains = {"c": tool} if tool is not None else {}
    checked = CheckedNode(
        id=name,
        name=f"{name}, 10.0.0.1",
        cpus=4,
        answer=NodeAnswer(unmet=unmet, toolchains=toolchains),
    )
    return replace(checked, **changes)  # type: ignore[arg-type]


def no_gcc_on(name: str) -> str:
    place = f"{name}, 10.0.0.1"
    return (
        f"gcc (for C) is missing on node {place}: executors do not run there; apt-get install gcc"
    )


def usable(decision: NodeDecision, use: NodeUse) -> list[str]:
    return [found.id for found in decision.usable(use)]


def test_a_node_without_a_toolchain_does_not_execute_but_trains_and_generates() -> None:
    decision = decide_nodes([node("good"), node("bare", NO_GCC, tool=None)], NEEDS)
    decision.check()
    assert usable(decision, NodeUse.EXECUTE) == ["good"]
    assert usable(decision, NodeUse.TRAIN) == usable(decision, NodeUse.GENERATE) == ["good", "bare"]
    assert decision.refused(NodeUse.EXECUTE) == ["bare"]
    (message,) = decision.messages()
    assert message == no_gcc_on("bare")


def test_the_driver_needs_no_toolchain_if_another_node_executes() -> None:
    head = node("head", NO_GCC, tool=None, cpus=0, is_control=True)
    decision = decide_nodes([head, node("worker")], NEEDS)
    decision.check()
    assert decision.toolchains == {"c": GCC_12}
    assert decision.executing().toolchains == {"c": GCC_12}
    assert decision.messages() == []


def test_without_a_node_that_executes_each_lack_is_named() -> None:
    decision = decide_nodes([node(name, NO_GCC, tool=None) for name in ("a", "b")], NEEDS)
    with pytest.raises(EnvironmentLackError) as refusal:
        decision.check()
    first, *listed = str(refusal.value).splitlines()
    assert first == "no node can execute programs:"
    assert listed == [f"  - {no_gcc_on(name)}" for name in ("a", "b")]


def test_a_cluster_that_may_grow_waits_for_a_node_that_executes() -> None:
    head, bare = node("head", cpus=0, is_control=True), node("bare", NO_GCC, tool=None)
    decision = decide_nodes([head, bare], NEEDS, may_grow=True)
    decision.check()
    assert decision.toolchains == {"c": GCC_12}
    with pytest.raises(EnvironmentLackError, match="no node can execute programs"):
        decide_nodes([head, bare], NEEDS).check()


def test_nodes_with_other_versions_than_most_cpus_have_do_not_execute() -> None:
    nodes = [node("old", tool=GCC_13, cpus=3), node("a", cpus=2), node("b", cpus=2)]
    decision = decide_nodes(nodes, NEEDS)
    decision.check()
    assert usable(decision, NodeUse.EXECUTE) == ["a", "b"]
    (message,) = decision.messages()
    assert message.startswith("the toolchain of c is another one (gcc 13.1.0; the others that ")
    assert "on node old, 10.0.0.1: executors do not run there" in message


def test_the_versions_of_an_earlier_run_are_kept_while_a_node_has_them() -> None:
    nodes = [node("same", cpus=1), node("large", tool=GCC_13, cpus=64)]
    kept = decide_nodes(nodes, NEEDS, earlier_versions={"c": GCC_12.versions, "python": "3.11"})
    assert usable(kept, NodeUse.EXECUTE) == ["same"]
    gone = decide_nodes(nodes, NEEDS, earlier_versions={"c": "gcc 4.8"})
    assert usable(gone, NodeUse.EXECUTE) == ["large"]


def test_a_node_that_joins_must_have_the_toolchains_that_are_in_use() -> None:
    joined = [node("a", cpus=1), node("large", tool=GCC_13, cpus=64)]
    assert usable(decide_nodes(joined, NEEDS), NodeUse.EXECUTE) == ["large"]
    later = decide_nodes(joined, NEEDS, toolchains={"c": GCC_12})
    assert usable(later, NodeUse.EXECUTE) == ["a"]


def test_before_nodes_with_cpus_are_up_the_heads_toolchains_are_expected() -> None:
    decision = decide_nodes([node("head", cpus=0, is_control=True)], NEEDS)
    decision.check()
    assert decision.toolchains == {"c": GCC_12}
    assert decision.usable(NodeUse.EXECUTE) == []


def test_toolchains_that_no_node_has_are_named() -> None:
    head = node("head", NO_GCC, tool=None, cpus=0, is_control=True)
    with pytest.raises(EnvironmentLackError, match="no node that is up has the toolchains of c"):
        decide_nodes([head], NEEDS).check()


def test_a_node_that_cannot_reach_storage_still_executes() -> None:
    cut_off = node("far", storage={"s3://bucket/runs": "does not answer"})
    decision = decide_nodes([node("near"), cut_off], NEEDS)
    decision.check()
    assert usable(decision, NodeUse.EXECUTE) == ["near", "far"]
    assert usable(decision, NodeUse.TRAIN) == usable(decision, NodeUse.GENERATE) == ["near"]
    (message,) = decision.messages()
    assert "training workers and generators do not run there" in message


def test_the_trials_own_node_must_reach_storage() -> None:
    head = node("head", storage={"s3://bucket/runs": "does not answer"}, is_control=True, cpus=0)
    with pytest.raises(EnvironmentLackError, match=r"read and written on node head.*not answer"):
        decide_nodes([head, node("worker")], NEEDS).check()


def test_a_node_without_an_answer_is_used_for_nothing() -> None:
    decision = decide_nodes([node("good"), node("lost", failure="no answer")], NEEDS)
    assert [decision.refused(use) for use in NodeUse] == [["lost"]] * 3


def test_a_gpu_too_small_for_the_models_state_does_not_train() -> None:
    needs = replace(
        GPU_NEEDS,
        least_gpu_bytes={NodeUse.TRAIN: 40 << 30, NodeUse.GENERATE: 14 << 30},
        expected_gpu_bytes=60 << 30,
    )

    def gpu_node(name: str, gib: int) -> CheckedNode:
        plain = node(name, gpus=2)
        return replace(plain, answer=replace(plain.answer, gpu_bytes=(gib << 30, 80 << 30)))

    nodes = [gpu_node("small", 24), gpu_node("tight", 48), gpu_node("large", 80)]
    decision = decide_nodes(nodes, needs)
    assert usable(decision, NodeUse.TRAIN) == ["tight", "large"]
    assert usable(decision, NodeUse.GENERATE) == ["small", "tight", "large"]
    (message,) = decision.messages()
    assert message.startswith("a process has 24 GiB of GPU memory and needs 40 GiB for weights, ")
    (note,) = decision.notes
    assert "has 48 GiB of GPU memory and takes about 60 GiB" in note


def test_nodes_without_room_lack_nothing() -> None:
    decision = decide_nodes(
        [node("cpu"), node("gpu", NO_GCC, tool=None, gpus=1, cpus=0)], GPU_NEEDS
    )
    decision.check()
    assert decision.messages() == []
    assert usable(decision, NodeUse.GENERATE) == ["gpu"]
    lines = decision.table().splitlines()
    assert lines[0].split() == ["node", "CPUs", "GPUs", "execute", "train", "generate"]
    assert lines[2].split()[2:] == ["4", "0", "yes", "-", "-"]
    assert lines[3].split()[2:] == ["0", "1", "-", "-", "yes"]


def test_processes_that_reserve_nothing_avoid_a_head_without_cpus() -> None:
    head = node("head", cpus=0, is_control=True)
    assert decide_nodes([head, node("worker")], NEEDS).avoided(NodeUse.GENERATE) == ["head"]
    assert decide_nodes([head], NEEDS).avoided(NodeUse.GENERATE) == []


def test_workers_that_share_a_gpu_have_a_part_of_its_memory() -> None:
    plain = node("a", gpus=1)
    half = replace(
        GPU_NEEDS,
        gpus_per_worker=0.5,
        least_gpu_bytes={NodeUse.TRAIN: 50 << 30, NodeUse.GENERATE: 50 << 30},
    )
    whole = replace(plain, answer=replace(plain.answer, gpu_bytes=(80 << 30,)))
    decision = decide_nodes([whole], half)
    assert decision.refused(NodeUse.TRAIN) == ["a"]
    assert decision.refused(NodeUse.GENERATE) == []


def test_a_sweep_that_trains_nothing_needs_nothing_for_training() -> None:
    no_torch = UnmetNeed(uses=(NodeUse.TRAIN,), text="torch is not installed")
    needs = replace(NEEDS, uses=(NodeUse.EXECUTE, NodeUse.GENERATE))
    decision = decide_nodes([node("a", no_torch)], needs)
    decision.check()
    assert decision.messages() == []
    with pytest.raises(EnvironmentLackError, match="no node can train"):
        decide_nodes([node("a", no_torch)], NEEDS).check()


def test_a_browser_keeps_a_node_from_executing_only_if_tests_use_it() -> None:
    tools = (
        Toolchain(digest="26", versions=f"jsdom 26; {browser}", browser_digest=browser)
        for browser in ("Chromium 1", "no browser")
    )
    nodes = [
        CheckedNode(id=name, name=name, cpus=4, answer=NodeAnswer(toolchains={"html": tool}))
        for name, tool in zip(("a", "b"), tools, strict=True)
    ]
    needs = replace(NEEDS, targets=("html",))
    assert len(usable(decide_nodes(nodes, needs), NodeUse.EXECUTE)) == 2
    needs = replace(needs, browser_targets=("html",))
    assert len(usable(decide_nodes(nodes, needs), NodeUse.EXECUTE)) == 1
