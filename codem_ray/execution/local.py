"""The pool of the light installation: threads, each waiting on sandboxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from codem_ray.execution.executor import Executor
from codem_ray.records import Job, Limits, Verdict
from codem_ray.sandbox.protocol import Sandbox


def execute_all(
    jobs: Sequence[Job],
    *,
    sandbox: Sandbox,
    num_workers: int,
    cache_dir: Path | None = None,
    limits: Mapping[str, Limits] | None = None,
    expected_checks: Mapping[str, int] | None = None,
    progress: Callable[[int], None] | None = None,
) -> list[Verdict]:
    """Judge jobs on this machine without Ray; verdicts come in the order of the jobs."""
    # Threads are enough: the work is done by the processes that they wait for.
    executor = Executor(
        sandbox,
        cache_dir=cache_dir,
        limits=limits,
        num_threads=num_workers,
        expected_checks=expected_checks,
    )
    return executor.execute(jobs, progress=progress)
