"""Remote storage in memory: that of fsspec, and one that is unavailable at times."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from unreliable_store import UnreliableFileSystem

from codem_ray.storage import Storage, store_errors


@pytest.fixture(autouse=True)
def node_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of a node of its own."""
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "node"))
    return tmp_path / "node" / "stages"


@pytest.fixture
def remote() -> Storage:
    return Storage(f"memory://{uuid.uuid4().hex}/runs/x")


@pytest.fixture
def unreliable(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[UnreliableFileSystem]]:
    """Remote storage that fails as often as the class says; waits are short."""
    monkeypatch.setattr(store_errors, "_FIRST_DELAY", 0.01)
    monkeypatch.setattr(store_errors, "_LONGEST_DELAY", 0.02)
    yield UnreliableFileSystem
    UnreliableFileSystem.failures = 0
