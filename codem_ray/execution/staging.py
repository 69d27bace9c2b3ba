"""Cache folders and the staged harness, at paths that are visible inside sandboxes."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import socket
import tempfile
from pathlib import Path

from platformdirs import user_cache_path

from codem_ray.errors import NodeDiskError

_HARNESS = Path(__file__).resolve().parent / "harness"
_HIDDEN = (Path("/dev"), Path("/proc"))
"""Folders that a sandbox replaces by its own, so host paths below them are not visible inside."""


def _is_visible(path: Path) -> bool:
    return not any(path.is_relative_to(hidden) for hidden in _HIDDEN)


def cache_root(preferred: Path | None) -> Path:
    """Return a cache folder that sandboxes can see: `preferred`, or else the user's cache."""
    fallback = Path(f"/var/tmp/codem_ray-{os.getuid()}")
    for folder in (preferred, user_cache_path("codem_ray"), fallback):
        if folder is None or not _is_visible(folder.resolve()):
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        # A folder that another user made under /var/tmp cannot be trusted.
        if folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK):
            return folder.resolve()
    return Path(tempfile.mkdtemp(prefix="codem_ray-", dir="/var/tmp"))


@functools.cache
def _harness_digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(_HARNESS.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(str(path.relative_to(_HARNESS)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def stage_harness(root: Path) -> Path:
    """Copy the harness to a folder under `root`, once per version; return the copy.

    Raises NodeDiskError if `root` cannot be written, for lack of space or permission.
    """
    folder = root / f"harness-{_harness_digest()}"
    if folder.is_dir():
        return folder
    try:
        temporary = Path(tempfile.mkdtemp(prefix="harness-", dir=root))
        try:
            _copy_harness(temporary)
        except OSError:
            shutil.rmtree(temporary)
            raise
    except OSError as error:
        raise NodeDiskError(
            f"cannot write to the cache folder {root} on node {socket.gethostname()}: "
            f"{error.strerror}; free some space there, or set XDG_CACHE_HOME to another folder"
        ) from error
    try:
        temporary.rename(folder)
    except OSError:
        # Another process made the copy first.
        shutil.rmtree(temporary)
    return folder


def _copy_harness(target: Path) -> None:
    # One file after the other: the errors of shutil.copytree have no error number.
    target.chmod(0o755)
    for path in sorted(_HARNESS.rglob("*")):
        copy = target / path.relative_to(_HARNESS)
        if path.is_dir() and path.name != "__pycache__":
            copy.mkdir()
            copy.chmod(0o755)
        elif path.is_file() and path.parent.name != "__pycache__":
            copy.write_bytes(path.read_bytes())
            copy.chmod(0o644)
