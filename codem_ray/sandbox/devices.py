"""A folder with the few devices that programs need, shown to all of them by one mount.

Without it each device is a mount of its own, which together take a third of the time that a sandbox
takes to start. Only root may make devices; everyone else goes without.
"""

from __future__ import annotations

import functools
import os
import shutil
import stat
import tempfile
from pathlib import Path

_DEVICES = {"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9}
"""Minor numbers; the major number of memory devices is 1."""
_MAJOR = 1
_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}
_FOLDERS = ("shm", "pts")
_PLACE = Path("/var/tmp")
_OWNER = 1
"""Not root: a program that runs with root's number, and none of its rights, must not write here."""


@functools.cache
def device_folder() -> Path | None:
    """Return the folder, made when it is first asked for; None where it cannot be had."""
    if os.getuid() != 0:
        return None
    parent = _PLACE / "codem_ray-0"
    try:
        parent.mkdir(mode=0o755, exist_ok=True)
        if not _is_kept_by(0, parent):
            return None
        folder = parent / "dev"
        if not folder.exists():
            _make(folder)
        return folder if _is_whole(folder) else None
    except OSError:
        return None


def _make(folder: Path) -> None:
    temporary = Path(tempfile.mkdtemp(prefix="dev-", dir=folder.parent))
    try:
        temporary.chmod(0o755)
        for name, minor in _DEVICES.items():
            os.mknod(temporary / name, stat.S_IFCHR | 0o666, os.makedev(_MAJOR, minor))
            (temporary / name).chmod(0o666)
        for name, target in _LINKS.items():
            (temporary / name).symlink_to(target)
        for name in _FOLDERS:
            (temporary / name).mkdir(mode=0o755)
        for path in (*temporary.iterdir(), temporary):
            os.chown(path, _OWNER, _OWNER, follow_symlinks=False)
        temporary.rename(folder)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        # Another process may have been first.
        if not folder.exists():
            raise


def _is_kept_by(owner: int, path: Path) -> bool:
    seen = path.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == owner and not seen.st_mode & 0o022


def _is_whole(folder: Path) -> bool:
    if not all(_is_kept_by(_OWNER, folder / name) for name in ("", *_FOLDERS)):
        return False
    for name, minor in _DEVICES.items():
        seen = (folder / name).lstat()
        if not stat.S_ISCHR(seen.st_mode) or seen.st_rdev != os.makedev(_MAJOR, minor):
            return False
    # A file system mounted without devices has them, and lets nobody open them.
    os.close(os.open(folder / "null", os.O_RDWR | os.O_CLOEXEC))
    return True
