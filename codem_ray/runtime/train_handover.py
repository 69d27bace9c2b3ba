"""Hand a placement group of the queue over to Ray Train."""

from __future__ import annotations

from typing import Any

# Ray Train takes callbacks of these developer classes in `RunConfig.callbacks`, but exports none.
from ray.train.v2._internal.execution.callback import WorkerGroupCallback

from codem_ray.runtime.gpu_queue import GpuQueue, ShowWait
from codem_ray.sweep.queue_policy import Purpose


class HandOver(WorkerGroupCallback):  # type: ignore[misc]
    """Lets Ray Train start workers only when the trial holds a group in the queue.

    Ray Train makes its own placement group and cannot be given one. So the group is removed right
    before Ray Train makes one of the same shape. Workers that start again, after a node was lost,
    wait in the queue too, and not inside Ray Train, where a wait would count as a failure.
    """

    def __init__(self, queue: GpuQueue, trial_id: str, show_wait: ShowWait) -> None:
        self._queue, self._trial_id, self._show_wait = queue, trial_id, show_wait

    def before_worker_group_start(self, worker_group_context: Any) -> None:
        """Wait for the group, then free it."""
        self._queue.wait(self._trial_id, Purpose.TRAINING, self._show_wait)
        self._queue.begin_hand_over(self._trial_id)

    def before_init_train_context(self, workers: Any) -> dict[str, list[Any]]:
        """Report to the queue that the workers are placed."""
        self._queue.end_hand_over(self._trial_id)
        return {}
