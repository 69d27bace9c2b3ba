"""The executor of the light installation: threads of this process, each waiting on sandboxes."""

from __future__ import annotations

import os

from codem_ray.execution.executor import Executor
from codem_ray.sandbox.backends import open_sandbox


def local_executor(
    sandbox: str = "bubblewrap", *, num_threads: int | None = None, uses_cache: bool = False
) -> Executor:
    """Return an executor for this machine, without Ray; by default a thread per usable CPU.

    Threads are enough: the work is done by the processes that they wait for.
    """
    return Executor(
        open_sandbox(sandbox),
        num_threads=num_threads or len(os.sched_getaffinity(0)),
        uses_cache=uses_cache,
    )
