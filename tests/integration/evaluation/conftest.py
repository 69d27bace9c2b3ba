"""Ray for this folder's tests, in a private folder and ended afterwards."""

from __future__ import annotations

import gc
import shutil
import tempfile
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    """Two CPUs of Ray."""
    import ray
    import scripted

    # Actors cannot import from a folder that pytest put on this process's path.
    ray.cloudpickle.register_pickle_by_value(scripted)
    # Ray's sockets are below this folder, and a socket's path is at most 107 bytes long.
    folder = tempfile.mkdtemp(prefix="ray-", dir="/tmp")
    ray.init(num_cpus=2, include_dashboard=False, _temp_dir=folder, log_to_driver=False)
    yield
    ray.shutdown()
    with warnings.catch_warnings():
        # Ray drops its processes' Popen objects without waiting for them.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
    shutil.rmtree(folder, ignore_errors=True)
