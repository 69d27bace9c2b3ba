"""Sends the scripted engine and executor to Ray's processes."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def scripted_by_value() -> None:
    """Send the module by value: actors cannot import from a folder that pytest put on the path."""
    import ray
    import scripted

    ray.cloudpickle.register_pickle_by_value(scripted)
