"""One Ray for all folders here, in a private folder and ended afterwards."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    """Two CPUs of a Ray of our own; never another's."""
    # On a crowded machine the default is too short; it is read when Ray is first used.
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "300")
    # By default its processes stand back behind all others, and time limits pass before they start.
    os.environ.setdefault("RAY_worker_niceness", "0")
    import ray

    # Ray's sockets are below this folder, and a socket's path is at most 107 bytes long.
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    ray.init(
        address="local",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=256 << 20,
        _temp_dir=folder,
    )
    yield
    ray.shutdown()
    with warnings.catch_warnings():
        # Ray drops its processes' Popen objects without waiting for them.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    shutil.rmtree(folder, ignore_errors=True)
