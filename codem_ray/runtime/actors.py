"""Small Ray actors that a sweep's trials share."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import ray

from codem_ray.errors import ResourceError
from codem_ray.records import Job, Verdict

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


Key = tuple[str, str]
"""Digest of the problem, digest of the answer."""


@ray.remote(num_cpus=0, max_restarts=-1)
class _Verdicts:
    """Holds the verdicts of a run by program."""

    def __init__(self) -> None:
        self._known: dict[Key, Verdict] = {}

    def look_up(self, keys: Sequence[Key]) -> dict[Key, Verdict]:
        return {key: self._known[key] for key in keys if key in self._known}

    def add(self, verdicts: Mapping[Key, Verdict]) -> None:
        self._known.update(verdicts)


class VerdictCache:
    """Lets equal programs of different trials run once; models often write the same answer."""

    def __init__(self) -> None:
        self._actor: Any = _Verdicts.remote()  # type: ignore[attr-defined]

    def execute(
        self,
        jobs: Sequence[Job],
        run: Callable[[Sequence[Job], Callable[[int], None]], list[Verdict]],
        on_progress: Callable[[int], None],
    ) -> list[Verdict]:
        """Take known verdicts, run the other jobs, and remember what is settled; order kept."""
        keys = [_key(job) for job in jobs]
        known = ray.get(self._actor.look_up.remote([k for k in keys if k is not None]), timeout=60)
        new = [at for at, key in enumerate(keys) if key is None or key not in known]
        on_progress(len(jobs) - len(new))
        made = dict(zip(new, run([jobs[at] for at in new], on_progress), strict=True))
        settled = {
            key: verdict
            for at, verdict in made.items()
            if (key := keys[at]) is not None and verdict.is_settled
        }
        self._actor.add.remote(settled)
        verdicts = []
        for at, key in enumerate(keys):
            verdicts.append(
                made[at] if key is None or at in made else replace(known[key], is_cached=True)
            )
        return verdicts


def _key(job: Job) -> Key | None:
    if job.answer is None:
        return None
    answer = job.answer.encode("utf-8", "surrogatepass")
    return job.problem.digest(), hashlib.sha256(answer).hexdigest()
