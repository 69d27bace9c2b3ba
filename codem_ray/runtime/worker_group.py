"""Watch over Ray Train's worker group from its controller: network, placement group, stalls."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray

# Ray marks these classes as its developers' interface, and has no public name for them.
from ray.train.v2._internal.execution.callback import ControllerCallback, WorkerGroupCallback

from codem_ray.errors import TrialError
from codem_ray.runtime.left_groups import record_group
from codem_ray.training.collectives import use_interface_of

_LOG = logging.getLogger(__name__)
_ANSWER_SECONDS = 20.0
_SHUTDOWN_SECONDS = 5
"""Limit for the end of torch's process group. Ray's 30 s pass in full when a rank is stuck."""
_FRAMES = 40
_training_thread: int | None = None
"""Thread of this process that trains."""
_is_ending = threading.Event()


@contextmanager
def training_thread() -> Iterator[None]:
    """Mark the current thread as the one that trains, inside the block."""
    global _training_thread
    _training_thread = threading.get_ident()
    _is_ending.clear()
    try:
        yield
    finally:
        _training_thread = None


def note_end_signal() -> None:
    """Let SIGTERM be noted while this process trains; runs in the main thread of a worker."""
    usual = signal.getsignal(signal.SIGTERM)

    def note(number: int, frame: Any) -> None:
        if _training_thread is None and callable(usual):
            usual(number, frame)
        _is_ending.set()

    signal.signal(signal.SIGTERM, note)


def is_worker_ending() -> bool:
    """Whether SIGTERM has been sent to this process while it trained."""
    return _is_ending.is_set()


def training_stack() -> list[str]:
    """Return the frames of the thread that trains in this process, the innermost last."""
    frame = sys._current_frames().get(_training_thread or -1)
    if frame is None:
        return []
    frames = traceback.extract_stack(frame)[-_FRAMES:]
    return [f"{f.name} ({_short(f.filename)}:{f.lineno})" for f in frames]


def _short(filename: str) -> str:
    """Return a file's path below its installation."""
    for root in ("site-packages/", "lib/python"):
        if root in filename:
            return filename.rpartition(root)[2]
    return filename.partition("/codem_ray/")[2] or filename


def worker_place(rank: int, hostname: str, address: str) -> str:
    """Return a worker's rank, host and address, for messages."""
    return f"worker {rank} on {hostname} ({address})"


def describe_stack(frames: list[str]) -> str:
    """Return what a process does in one phrase: its innermost frame and our own innermost one."""
    if not frames:
        return "does not train"
    ours = [frame for frame in frames if "(training/" in frame or "(runtime/" in frame]
    return f"is in {frames[-1]}" + (f", called from {ours[-1]}" if ours else "")


class WorkerGroupWatch(WorkerGroupCallback, ControllerCallback):  # type: ignore[misc]
    """Prepares and watches the workers of one attempt; Ray Train calls it in its controller."""

    def __init__(self, trial_id: str, uri: str, *, stall_seconds: float) -> None:
        """`uri` is the folder or URI of the fine-tune's state."""
        self._trial_id, self._uri, self._stall_seconds = trial_id, uri, stall_seconds
        self._group: Any = None
        self._workers: list[Any] = []
        self._last_progress = 0.0

    def before_init_train_context(self, workers: list[Any]) -> dict[str, list[Any]]:
        """Set each worker's network interface before torch's process group is made."""
        os.environ.setdefault("TORCH_PROCESS_GROUP_SHUTDOWN_TIMEOUT_S", str(_SHUTDOWN_SECONDS))
        self._workers, self._last_progress = workers, time.monotonic()
        self._group = ray.get(workers[0].execute_async(ray.util.get_current_placement_group))
        record_group(self._uri, self._group)
        ray.get([w.execute_async(use_interface_of, w.metadata.node_ip) for w in workers])
        ray.get([w.execute_async(note_end_signal) for w in workers])
        return {}

    def after_worker_group_training_start(self, worker_group: Any) -> None:
        """Count time from here."""
        self._last_progress = time.monotonic()

    def after_worker_group_poll_status(self, worker_group_status: Any) -> None:
        """End the attempt with the stacks of all workers if no step was reported for too long."""
        now = time.monotonic()
        if any(status.training_report for status in worker_group_status.worker_statuses.values()):
            self._last_progress = now
        if now - self._last_progress <= self._stall_seconds:
            return
        self._last_progress = now
        raise TrialError(
            self._trial_id,
            f"no step was finished for {self._stall_seconds / 60:g} minutes "
            f"(search.stall_minutes): {'; '.join(self._describe_workers())}",
        )

    def _describe_workers(self) -> Iterator[str]:
        answers = [worker.execute_async(training_stack) for worker in self._workers]
        ray.wait(answers, num_returns=len(answers), timeout=_ANSWER_SECONDS)
        for rank, (worker, answer) in enumerate(zip(self._workers, answers, strict=True)):
            place = worker_place(rank, worker.metadata.hostname, worker.metadata.node_ip)
            try:
                frames = ray.get(answer, timeout=0)
            except ray.exceptions.RayError as error:
                yield f"{place} does not answer ({type(error).__name__})"
                continue
            _LOG.error("%s, innermost call last:\n%s", place, "\n".join(frames))
            yield f"{place} {describe_stack(frames)}"

    async def before_controller_shutdown(self) -> None:
        """Remove the placement group, which Ray Train forgets if the start of workers failed."""
        if self._group is not None:
            ray.util.remove_placement_group(self._group)
