"""One queue in which the trials of a sweep wait for their placement groups."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import ray
from ray.exceptions import GetTimeoutError, RayActorError
from ray.util.placement_group import PlacementGroup, placement_group_table

from codem_ray.config import ClusterConfig, ResourcesConfig
from codem_ray.errors import LostError, NodesMissingError
from codem_ray.runtime.node_checks import NodeGuard
from codem_ray.runtime.queue_actor import POLL_SECONDS, QueueActor
from codem_ray.runtime.queue_entries import Answer, Owner
from codem_ray.runtime.ray_connection import on_driver_node
from codem_ray.sweep.capacity import ClusterLimits, group_shapes
from codem_ray.sweep.node_needs import NodeUse
from codem_ray.sweep.placement import GroupShape
from codem_ray.sweep.queue_policy import Purpose

CALL_TIMEOUT_SECONDS = 300.0
"""Limit for one answer of the queue, beyond the time for which it waits."""

_USES = {Purpose.TRAINING: NodeUse.TRAIN, Purpose.GENERATION: NodeUse.GENERATE}
ShowWait = Callable[[str], None]
"""Is called with what a trial waits for, and with "" when it waits no longer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """The reservation of a trial."""

    group: PlacementGroup | None
    """None: nothing is reserved, and the trial has its turn with generators that all share."""


class GpuQueue:
    """Hands out placement groups; pickles to the processes of trials and of Ray Train."""

    def __init__(self, actor: Any, shapes: dict[Purpose, GroupShape], guard: NodeGuard) -> None:
        self._actor, self._shapes, self._guard = actor, shapes, guard

    @classmethod
    def start(
        cls,
        resources: ResourcesConfig,
        cluster: ClusterConfig,
        limits: ClusterLimits,
        guard: NodeGuard | None = None,
        *,
        tensor_parallel: int = 1,
        keeps_training: bool = False,
    ) -> GpuQueue:
        """Start the queue on this process's node, so that it lives as long as the driver.

        If it `keeps_training`, the group of a trial that has trained goes to the next that trains,
        with the actors in it.
        """
        actor = (
            ray.remote(QueueActor)
            .options(
                num_cpus=0,
                max_restarts=-1,
                max_task_retries=-1,
                scheduling_strategy=on_driver_node(),
            )
            .remote(cluster, limits, keeps_training=keeps_training)
        )
        shapes = group_shapes(resources, cluster, tensor_parallel=tensor_parallel)
        return cls(actor, shapes, guard or NodeGuard())

    @contextmanager
    def holding(
        self, trial_id: str, purpose: Purpose, show_wait: ShowWait = lambda text: None
    ) -> Iterator[Grant]:
        """Wait for the trial's group and hold it inside the block.

        Raises NodesMissingError if nodes that the group needs do not come in time, and
        LostError if the queue is lost.
        """
        group = self.wait(trial_id, purpose, show_wait, owner=_this_process())
        try:
            yield Grant(group=group)
        finally:
            self.release(trial_id)

    def wait(
        self,
        trial_id: str,
        purpose: Purpose,
        show_wait: ShowWait,
        *,
        owner: Owner | None = None,
    ) -> PlacementGroup | None:
        """Wait until the trial holds its group; return at once if it does already.

        Nodes that joined are checked before they are used. If `owner` dies, the queue frees the
        group.
        """
        while True:
            group = self._wait(trial_id, purpose, show_wait, owner)
            if not self._guard.admit(_USES[purpose], nodes_of(group)):
                return group
            self._call("refuse", trial_id)

    def _wait(
        self, trial_id: str, purpose: Purpose, show_wait: ShowWait, owner: Owner | None
    ) -> PlacementGroup | None:
        shape, shown = self._shapes[purpose], ""
        labels = {**shape.labels, **self._guard.selector(_USES[purpose])}
        shape = replace(shape, labels=labels)
        while True:
            answer: Answer = self._call("acquire", trial_id, purpose, shape, owner)
            if answer.error:
                raise NodesMissingError(f"{trial_id} {answer.error}")
            if answer.is_held:
                if shown:
                    show_wait("")
                return answer.group
            if answer.waits_for != shown:
                shown = answer.waits_for
                show_wait(shown)

    def begin_hand_over(self, trial_id: str) -> None:
        """Free the trial's group for the one that Ray Train makes now."""
        self._call("begin_hand_over", trial_id)

    def end_hand_over(self, trial_id: str) -> None:
        """Note that Ray Train has its group."""
        self._call("end_hand_over", trial_id)

    def release(self, trial_id: str) -> None:
        """Give back what the trial holds, also on behalf of a process that has died."""
        self._call("release", trial_id)

    def free_kept(self) -> None:
        """Free the groups that are kept for the next trial, when there is none.

        Ray keeps the groups of an actor that has ended as long as its job lives.
        """
        self._call("free_kept")

    def _call(self, method: str, *arguments: Any) -> Any:
        reference = getattr(self._actor, method).remote(*arguments)
        try:
            return ray.get(reference, timeout=CALL_TIMEOUT_SECONDS + POLL_SECONDS)
        except (GetTimeoutError, RayActorError) as error:
            raise LostError(
                f"the queue for placement groups does not answer ({str(error).splitlines()[0]}): "
                "the driver's node is overloaded; the next attempt asks again"
            ) from error


def nodes_of(group: PlacementGroup | None) -> list[str]:
    """Return the ids of the nodes of a group that Ray has placed."""
    if group is None:
        return []
    return sorted(set(placement_group_table(group)["bundles_to_node_id"].values()))


def _this_process() -> Owner | None:
    """Return the actor that this code runs in; None in a driver, whose death ends everything."""
    context = ray.get_runtime_context()
    actor_id = context.get_actor_id()
    return None if actor_id is None else Owner(actor_id=actor_id, actor=context.current_actor)
