"""Small Ray actors that a sweep's trials share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import ray

from codem_ray.records import Job, Verdict

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
