"""Remote storage in memory: that of fsspec, and one that is away at times."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from codem_ray.storage import Storage, store_errors


class AwayFileSystem(MemoryFileSystem):
    """fsspec's file system in memory, whose next `failures` requests fail."""

    protocol = "away"
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012
    failures = 0
    error: Callable[[], Exception] = staticmethod(lambda: ConnectionResetError("reset by peer"))

    def _fail(self) -> None:
        if AwayFileSystem.failures > 0:
            AwayFileSystem.failures -= 1
            raise AwayFileSystem.error()

    def info(self, path: str, **options: Any) -> Any:
        self._fail()
        return super().info(path, **options)

    def cat_file(self, path: str, *args: Any, **options: Any) -> Any:
        self._fail()
        return super().cat_file(path, *args, **options)

    def pipe_file(self, path: str, value: bytes, *args: Any, **options: Any) -> Any:
        self._fail()
        return super().pipe_file(path, value, *args, **options)

    def put_file(self, *args: Any, **options: Any) -> Any:
        self._fail()
        return super().put_file(*args, **options)

    def find(self, *args: Any, **options: Any) -> Any:
        self._fail()
        return super().find(*args, **options)


fsspec.register_implementation("away", AwayFileSystem, clobber=True)


@pytest.fixture(autouse=True)
def node_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of a node of its own."""
    monkeypatch.setenv("CODEM_RAY_CACHE", str(tmp_path / "node"))
    return tmp_path / "node" / "stages"


@pytest.fixture
def remote() -> Storage:
    return Storage(f"memory://{uuid.uuid4().hex}/runs/x")


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[AwayFileSystem]]:
    """Remote storage that fails as often as the class says; waits are short."""
    monkeypatch.setattr(store_errors, "_FIRST_DELAY", 0.01)
    monkeypatch.setattr(store_errors, "_LONGEST_DELAY", 0.02)
    yield AwayFileSystem
    AwayFileSystem.failures = 0
