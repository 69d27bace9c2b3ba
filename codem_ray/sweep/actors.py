"""Small Ray actors that a sweep's trials share."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import ray

from codem_ray.errors import ResourceError

POLL_SECONDS = 0.5


@ray.remote(num_cpus=0, max_restarts=-1)
class _Slots:
    """Hands out slots by trial id, so that a trial tried again gets its own slot back."""

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
    """Lets so many trials at once do what there are resources for.

    Without it a second trial's workers would wait inside Ray Train, which takes that for a fault.
    """

    def __init__(self, purpose: str, num_slots: int) -> None:
        self._purpose = purpose
        self._actor: Any = _Slots.remote(num_slots)  # type: ignore[attr-defined]

    @contextmanager
    def holding(self, trial_id: str, *, timeout_seconds: float) -> Iterator[None]:
        """Wait for a slot and hold it inside the block; ResourceError when none comes in time."""
        give_up_at = time.monotonic() + timeout_seconds
        while not ray.get(self._actor.try_acquire.remote(trial_id), timeout=60):
            if time.monotonic() > give_up_at:
                raise ResourceError(
                    f"{trial_id} waited {timeout_seconds:.0f} s for its turn at {self._purpose}; "
                    "the trials before it are still at it"
                )
            time.sleep(POLL_SECONDS)
        try:
            yield
        finally:
            self.release(trial_id)

    def release(self, trial_id: str) -> None:
        """Give a trial's slot back, also on behalf of a trial whose process has died."""
        ray.get(self._actor.release.remote(trial_id), timeout=60)
