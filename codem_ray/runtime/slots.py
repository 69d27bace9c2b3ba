"""Limit how many trials train or generate at the same time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray

from codem_ray.errors import ResourceError

POLL_SECONDS = 0.5
CALL_TIMEOUT_SECONDS = 60.0


@ray.remote(num_cpus=0, max_restarts=-1)
class _SlotActor:
    """Hands out slots by trial id, so that a second attempt gets its trial's slot back."""

    def __init__(self, num_slots: int) -> None:
        self._num_slots = num_slots
        self._holders: set[str] = set()

    def try_acquire(self, trial_id: str) -> bool:
        if trial_id in self._holders:
            return True
        if len(self._holders) >= self._num_slots:
            return False
        self._holders.add(trial_id)
        return True

    def release(self, trial_id: str) -> None:
        self._holders.discard(trial_id)


class Slots:
    """Limits concurrent trials to the available slots.

    Without it, the workers of a second trial would wait inside Ray Train, which gives up on workers
    that do not start in time.
    """

    def __init__(self, purpose: str, num_slots: int) -> None:
        self._purpose = purpose
        self._actor: Any = _SlotActor.remote(num_slots)  # type: ignore[attr-defined]

    @contextmanager
    def holding(self, trial_id: str, *, timeout_seconds: float) -> Iterator[None]:
        """Wait for a slot and hold it inside the block; ResourceError if none is free in time."""
        give_up_at = time.monotonic() + timeout_seconds
        while not ray.get(self._actor.try_acquire.remote(trial_id), timeout=CALL_TIMEOUT_SECONDS):
            if time.monotonic() > give_up_at:
                raise ResourceError(
                    f"{trial_id} waited {timeout_seconds:.0f} s for a free slot for "
                    f"{self._purpose}; the trials before it are not finished"
                )
            time.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self.release(trial_id)

    def release(self, trial_id: str) -> None:
        """Free a trial's slot, also on behalf of a trial whose process has died."""
        ray.get(self._actor.release.remote(trial_id), timeout=CALL_TIMEOUT_SECONDS)
