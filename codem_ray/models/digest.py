"""Digests that identify a model by its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from platformdirs import user_cache_path

from codem_ray.errors import StorageError
from codem_ray.storage import file_digest, replacing

DIGESTED = ("*.safetensors", "*.json", "*.model", "*.py", "*.jinja", "merges.txt", "vocab.txt")
CACHED_BYTES = 1 << 20
"""Facts about larger files are cached."""


def model_digest(path: str, *, revision: str | None = None) -> str:
    """Return a hash of a model's files, or of a hub id and its revision, as 16 hex digits."""
    folder = Path(path).expanduser()
    if not folder.is_dir():
        return hashlib.sha256(f"{path}@{revision or 'main'}".encode()).hexdigest()[:16]
    files = sorted({file for kind in DIGESTED for file in folder.glob(kind) if file.is_file()})
    content = hashlib.sha256()
    for file in files:
        content.update(f"{file.name}\0{cached_fact(file, 'model-digests', file_digest)}\0".encode())
    return content.hexdigest()[:16]


def cached_fact(file: Path, kind: str, compute: Callable[[Path], str]) -> str:
    """Return `compute(file)`; for large files from a cache by path, size and modification time."""
    stat = file.stat()
    if stat.st_size <= CACHED_BYTES:
        return compute(file)
    identity = f"{file.resolve()}\0{stat.st_size}\0{stat.st_mtime_ns}"
    name = hashlib.sha256(identity.encode()).hexdigest()[:32]
    cached = user_cache_path("codem_ray") / kind / name
    # The cache only saves time, so an error of it is no error of the fact.
    with suppress(OSError):
        return cached.read_text()
    fact = compute(file)
    with suppress(StorageError), replacing(cached) as temporary:
        temporary.write_text(fact)
    return fact
