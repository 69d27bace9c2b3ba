"""Chunks of jobs, and their retries after an executor failed."""

from __future__ import annotations

from collections import deque

from codem_ray.records import Job, Problem
from codem_ray.runtime.chunks import (
    CHUNK_JOBS,
    MIN_CHUNK_JOBS,
    JobChunk,
    chunk_size,
    chunks_to_retry,
    plan_chunks,
)


def make_jobs(count: int) -> list[Job]:
    """Make jobs of which every third is Python and the others are Java."""
    return [
        Job(
            problem=Problem(
                benchmark="b",
                task_id=f"b/{number}",
                language="java" if number % 3 else "python",
                prompt="",
                instruction="",
                tests="",
            ),
            answer="x",
        )
        for number in range(count)
    ]


def test_a_chunk_holds_one_language_and_every_job_is_in_one_chunk() -> None:
    jobs = make_jobs(100)
    chunks = plan_chunks(jobs)
    assert sorted(at for chunk in chunks for at in chunk.positions) == list(range(100))
    for chunk in chunks:
        assert len({jobs[at].problem.language for at in chunk.positions}) == 1
        assert len(chunk.positions) <= CHUNK_JOBS
    assert plan_chunks([]) == []
    assert len(plan_chunks(jobs[:5])) == 2


def test_chunks_are_small_enough_for_all_executors_but_not_tiny() -> None:
    assert chunk_size(164, 4, CHUNK_JOBS) == 41
    assert chunk_size(164, 1, CHUNK_JOBS) == CHUNK_JOBS
    assert chunk_size(10, 4, CHUNK_JOBS) == MIN_CHUNK_JOBS


def test_retries_end_with_only_the_failing_job_given_up() -> None:
    waiting, given_up, tries = deque([JobChunk(tuple(range(20)))]), [], 0
    while waiting:
        chunk = waiting.popleft()
        if 13 in chunk.positions:
            tries += 1
            retries = chunks_to_retry(chunk)
            waiting.extend(retries)
            given_up += [] if retries else chunk.positions
    assert given_up == [13]
    assert tries <= 15
