"""A folder of this node's disk for files of remote storage, of limited size, oldest out."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from codem_ray.errors import StorageError
from codem_ray.storage.files import cache_root, storage_errors

BYTES_VARIABLE = "CODEM_RAY_CACHE_BYTES"
"""Environment variable with the size limit; default: half of what the cache's disk has free."""
KEEP_SECONDS = 3600.0
"""A folder that was asked for so recently is never deleted: its files may not be open yet."""
WAIT_SECONDS = 4 * 3600.0
"""Limit for the wait for another process that fills the same folder."""
_WORK = "work"


def cache_folder() -> Path:
    """Return the folder of this node's cache, which is created."""
    folder = cache_root() / "stages"
    with storage_errors(f"write to the cache {folder}", folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def work_folder() -> Path:
    """Return the folder of files that wait to be uploaded, on the disk of the cache."""
    folder = cache_folder() / _WORK
    with storage_errors(f"write to the cache {folder}", folder):
        folder.mkdir(exist_ok=True)
    return folder


def cached_folder(key: str, fill: Callable[[Path], object], *, num_bytes: int = 0) -> Path:
    """Return the folder `key` of this node's cache; `fill` writes it if it is missing.

    One process fills the folder while others wait. `num_bytes` is what it will hold: as much is
    freed before.
    """
    cache = cache_folder()
    folder = cache / key
    lock = FileLock(cache / f".{key}.lock")
    with storage_errors(f"write to the cache {cache}", cache):
        try:
            lock.acquire(timeout=WAIT_SECONDS, poll_interval=0.2)
        except Timeout as error:
            raise StorageError(
                f"another process has been filling {folder} for {WAIT_SECONDS:.0f} s: end it, "
                "then run the same command again"
            ) from error
        try:
            if not folder.is_dir():
                _free(cache, num_bytes)
                new = Path(tempfile.mkdtemp(dir=work_folder()))
                try:
                    fill(new)
                    new.rename(folder)
                finally:
                    shutil.rmtree(new, ignore_errors=True)
            # The time of the last use decides what is deleted first.
            os.utime(folder)
        finally:
            lock.release()
    return folder


def keep(key: str, folder: Path) -> None:
    """Move a folder of the work folder into the cache, unless it holds the same already."""
    cache = cache_folder()
    with storage_errors(f"write to the cache {cache}", cache), FileLock(cache / f".{key}.lock"):
        if not (cache / key).is_dir():
            folder.rename(cache / key)
        os.utime(cache / key)
    _free(cache, 0)


def forget(key: str) -> None:
    """Delete a folder of the cache that turned out to be damaged."""
    cache = cache_folder()
    with FileLock(cache / f".{key}.lock"):
        shutil.rmtree(cache / key, ignore_errors=True)


def unused_bytes() -> int:
    """Return the size of what `remove_unused` would delete."""
    return sum(size for _, size in _unused(cache_folder()))


def remove_unused() -> None:
    """Delete every folder that no process has used for KEEP_SECONDS."""
    cache = cache_folder()
    with FileLock(cache / ".free.lock"):
        for path, _ in _unused(cache):
            shutil.rmtree(path, ignore_errors=True)


def _unused(cache: Path) -> list[tuple[Path, int]]:
    return [
        (path, size)
        for last_use, size, path in _entries(cache)
        if time.time() - last_use >= KEEP_SECONDS
    ]


def _entries(cache: Path) -> list[tuple[float, int, Path]]:
    """Return last use, bytes and path of each folder, longest unused first."""
    # Killed processes leave folders in the work folder.
    paths = [*cache.iterdir(), *work_folder().iterdir()]
    return sorted(
        (*_use_and_size(path), path) for path in paths if path.is_dir() and path != work_folder()
    )


def _free(cache: Path, num_bytes: int) -> None:
    """Delete the folders that were not used for longest until `num_bytes` more may be stored."""
    with FileLock(cache / ".free.lock"):
        facts = _entries(cache)
        used = sum(size for _, size, _ in facts)
        limit = _limit(cache, used)
        for last_use, size, path in facts:
            if used + num_bytes <= limit or time.time() - last_use < KEEP_SECONDS:
                break
            shutil.rmtree(path, ignore_errors=True)
            used -= size


def _limit(cache: Path, used: int) -> int:
    text = os.environ.get(BYTES_VARIABLE, "")
    if not text:
        return (shutil.disk_usage(cache).free + used) // 2
    try:
        return int(text)
    except ValueError as error:
        raise StorageError(
            f"{BYTES_VARIABLE} is {text!r}: write a number of bytes, as in 50000000000"
        ) from error


def _use_and_size(folder: Path) -> tuple[float, int]:
    """Return the time of a folder's last use, in seconds since the epoch, and its bytes."""
    last_use, total = 0.0, 0
    for path in (folder, *folder.rglob("*")):
        # Another process may delete the file meanwhile.
        with suppress(FileNotFoundError):
            stat = path.stat()
            last_use = max(last_use, stat.st_mtime)
            total += stat.st_size
    return last_use, total
