"""The distinct programs among jobs, of which equal ones run once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from codem_ray.languages.spec import Unit
from codem_ray.records import Job, Outcome, Progress, Verdict

_NO_ANSWER = Verdict(outcome=Outcome.NO_ANSWER, message="no code was found")


class ProgramKey(NamedTuple):
    """Identity of a program: jobs with equal keys need only one execution."""

    problem_digest: str
    answer: str


ProgramVerdicts = Mapping[ProgramKey, list[Verdict]]
"""The verdicts of each program, one per run."""


class DistinctPrograms:
    """Maps jobs to distinct units, and the units' verdicts back to the jobs."""

    def __init__(self, jobs: Sequence[Job], progress: Progress | None = None) -> None:
        self._progress = progress
        self._keys: list[ProgramKey | None] = []
        self.units: dict[ProgramKey, Unit] = {}
        self.proofs: set[ProgramKey] = set()
        """Programs that may not be answered from a cache."""
        for job in jobs:
            if job.answer is None:
                self._keys.append(None)
                continue
            key = ProgramKey(job.problem.digest(), job.answer)
            self._keys.append(key)
            if key not in self.units:
                name = f"u{len(self.units)}"
                self.units[key] = Unit(name=name, problem=job.problem, answer=job.answer)
            if job.is_proof:
                self.proofs.add(key)
        self._num_jobs = Counter(self._keys)

    def report(self, keys: Iterable[ProgramKey | None]) -> None:
        """Report the jobs of these programs as judged; None stands for jobs without an answer."""
        count = sum(self._num_jobs[key] for key in keys)
        if self._progress is not None and count:
            self._progress(count)

    def in_order(self, verdicts: Mapping[ProgramKey, Verdict]) -> list[Verdict]:
        """Return a verdict per job; from a program's second job on it is marked as cached."""
        ordered = []
        seen = set()
        for key in self._keys:
            if key is None:
                ordered.append(_NO_ANSWER)
                continue
            is_cached = verdicts[key].is_cached or key in seen
            ordered.append(replace(verdicts[key], is_cached=is_cached))
            seen.add(key)
        return ordered
