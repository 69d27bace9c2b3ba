"""Atomic writes and digests of local files."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_cache_path

from codem_ray.errors import NodeDiskError, StorageError

FOLDER_VARIABLE = "CODEM_RAY_CACHE"
"""Environment variable that names the folder of this node's cache."""
_REASONS = {
    errno.ENOSPC: "the disk is full; free some space or set storage.path elsewhere",
    errno.EDQUOT: "the disk quota is used up; free some space or set storage.path elsewhere",
    errno.EACCES: "no permission; choose another storage.path or change the folder's permissions",
    errno.EPERM: "no permission; choose another storage.path or change the folder's permissions",
    errno.EROFS: "the file system is read-only; choose another storage.path",
}


def digest_of(value: object) -> str:
    """Return a hash of JSON-like data as 12 hex digits, equal on every machine."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def json_bytes(value: object) -> bytes:
    """Return JSON-like data as the content of a file."""
    return f"{json.dumps(value, indent=2, sort_keys=True, default=str)}\n".encode()


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cache_root() -> Path:
    """Return the folder of this node's cache, which other nodes do not see."""
    return Path(os.environ.get(FOLDER_VARIABLE) or user_cache_path("codem_ray"))


@contextmanager
def storage_errors(action: str, path: Path | None = None) -> Iterator[None]:
    """Turn an OSError of the block into a StorageError with the next step.

    It is a NodeDiskError, which names the node, if `path` is in this node's cache.
    """
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, str(error))
        file = f" ({error.filename})" if error.filename else ""
        if path is None or cache_root() not in (path, *path.parents):
            raise StorageError(f"cannot {action}{file}: {reason}") from error
        reason = reason.replace("storage.path", FOLDER_VARIABLE)
        raise NodeDiskError(
            f"cannot {action}{file} on node {socket.gethostname()}: {reason}"
        ) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path that replaces `path` if the block ends without an error."""
    with storage_errors(f"write {path}", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A name that does not contain the file's: that one may be as long as a name can be.
        temporary = path.with_name(f".codem-ray-{uuid.uuid4().hex}.tmp")
        try:
            yield temporary
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Yield a path whose new folder replaces `folder` if the block ends without an error."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:8]}")
    try:
        yield partial
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
