"""A file system in memory, as fsspec's, that is unavailable at times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fsspec
from fsspec.implementations.memory import MemoryFileSystem


class UnreliableFileSystem(MemoryFileSystem):
    """fsspec's file system in memory, whose next `failures` requests fail."""

    protocol = "unreliable"
    store: dict[str, Any] = {}  # noqa: RUF012
    pseudo_dirs = [""]  # noqa: RUF012
    failures = 0
    error: Callable[[], Exception] = staticmethod(lambda: ConnectionResetError("reset by peer"))

    def _fail(self) -> None:
        if UnreliableFileSystem.failures > 0:
            UnreliableFileSystem.failures -= 1
            raise UnreliableFileSystem.error()

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


fsspec.register_implementation("unreliable", UnreliableFileSystem, clobber=True)
