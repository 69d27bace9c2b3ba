"""Decide which jobs an executor gets together, and what to retry after an executor failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from codem_ray.languages import language
from codem_ray.languages.spec import ProcessLayout
from codem_ray.records import Job

CHUNK_JOBS = 82
"""Most jobs of a chunk; half of HumanEval, so that two executors share a compiler's start."""
SHORT_CHUNK_JOBS = 41
"""Most jobs of a chunk in a language whose programs share little work."""
MIN_CHUNK_JOBS = 24
"""In smaller chunks a compiler's start costs more than idle executors do."""
WHOLE_ATTEMPTS = 3
"""Attempts at a chunk before it is split."""
SPLIT_ATTEMPTS = 2
"""Attempts at each part of a split chunk."""


@dataclass(frozen=True, slots=True)
class JobChunk:
    """Jobs of one language that go to an executor together."""

    positions: tuple[int, ...]
    """Indexes into the list of all jobs."""
    attempts_left: int = WHOLE_ATTEMPTS


def plan_chunks(jobs: Sequence[Job], max_jobs: int = CHUNK_JOBS) -> list[JobChunk]:
    """Group jobs by language into even chunks of at most `max_jobs`, the largest first."""
    by_language: dict[str, list[int]] = {}
    for position, job in enumerate(jobs):
        by_language.setdefault(job.problem.language, []).append(position)
    chunks = []
    for name, positions in by_language.items():
        # Few jobs stay together: a compiler's start costs as much for a few programs as for many.
        num_chunks = -(-len(positions) // min(max_jobs, _max_jobs_of(name)))
        step = -(-len(positions) // num_chunks)
        chunks += [JobChunk(tuple(positions[i : i + step])) for i in range(0, len(positions), step)]
    return sorted(chunks, key=lambda chunk: -len(chunk.positions))


def chunk_size(num_jobs: int, num_executors: int, max_jobs: int) -> int:
    """Return the size of chunks that keeps all executors busy."""
    return min(max(-(-num_jobs // num_executors), MIN_CHUNK_JOBS), max_jobs)


def _max_jobs_of(name: str) -> int:
    spec = language(name)
    if spec.process_layout is ProcessLayout.PAGES:
        return CHUNK_JOBS
    return max(SHORT_CHUNK_JOBS, spec.build.batch_size if spec.build else 0)


def chunks_to_retry(chunk: JobChunk) -> list[JobChunk]:
    """Return what to try after an executor failed on a chunk; nothing: give up its only job."""
    if chunk.attempts_left > 1:
        return [replace(chunk, attempts_left=chunk.attempts_left - 1)]
    half = len(chunk.positions) // 2
    if half == 0:
        return []
    parts = chunk.positions[:half], chunk.positions[half:]
    return [JobChunk(part, SPLIT_ATTEMPTS) for part in parts]
