"""Copies files into a compiler's `/work` and its results back out.

A compiler's results depend on the answer, so they are treated as hostile: no link is followed, only
regular files are copied, and their number, depth and total size are limited. All writers are dead
by then, so files cannot change after they have been inspected.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from codem_ray.errors import SandboxError

MAX_FILES = 20_000
"""Files and folders that results may have."""
MAX_DEPTH = 40
_CHUNK_BYTES = 1 << 22
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# O_NONBLOCK: opening a FIFO would wait for its writer.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC

FileVersion = tuple[int, int, int]
"""Inode, time of the last change and size; differs once a file has been written."""


class _TooMuchError(Exception):
    """The results exceed a limit."""


@contextmanager
def _opened(
    path: str | Path, flags: int, mode: int = 0, *, dir_fd: int | None = None
) -> Iterator[int]:
    fd = os.open(path, flags, mode, dir_fd=dir_fd)
    try:
        yield fd
    finally:
        os.close(fd)


def copy_in(source: Path, target_fd: int, *, skipped: Collection[str]) -> dict[str, FileVersion]:
    """Copy the files of a folder of ours into a sandbox's folder; return their versions by path."""
    versions: dict[str, FileVersion] = {}

    def copy(folder: Path, fd: int, prefix: str) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                path = prefix + entry.name
                if path in skipped:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    with suppress(FileExistsError):  # It may hold a mount point.
                        os.mkdir(entry.name, 0o755, dir_fd=fd)
                    with _opened(entry.name, _FOLDER, dir_fd=fd) as below:
                        copy(Path(entry.path), below, f"{path}/")
                elif entry.is_file(follow_symlinks=False):
                    mode = 0o755 if entry.stat().st_mode & stat.S_IXUSR else 0o644
                    with (
                        _opened(entry.path, _FILE) as reading,
                        _opened(entry.name, _NEW, mode, dir_fd=fd) as writing,
                    ):
                        _copy_bytes(reading, writing)
                        versions[path] = _version(os.fstat(writing))

    try:
        copy(source, target_fd, "")
    except OSError as error:
        raise SandboxError(f"{source} could not be copied into the sandbox: {error}") from error
    return versions


@dataclass(slots=True)
class _Survey:
    """One walk over all results, before any of them is copied."""

    unchanged: Mapping[str, FileVersion]
    skipped: Collection[str]
    device: int
    bytes_left: int
    files_left: int = MAX_FILES
    found: list[tuple[str, int]] = field(default_factory=list)
    """Path and mode of each file to copy."""

    def walk(self, fd: int, prefix: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise _TooMuchError
        with os.scandir(fd) as entries:
            for entry in entries:
                self.files_left -= 1
                if self.files_left < 0:
                    raise _TooMuchError
                path = prefix + entry.name
                status = entry.stat(follow_symlinks=False)
                if path in self.skipped or status.st_dev != self.device:
                    continue
                if stat.S_ISDIR(status.st_mode):
                    with _opened(entry.name, _FOLDER, dir_fd=fd) as below:
                        self.walk(below, f"{path}/", depth + 1)
                elif stat.S_ISREG(status.st_mode) and self.unchanged.get(path) != _version(status):
                    self.bytes_left -= status.st_size
                    if self.bytes_left < 0:
                        raise _TooMuchError
                    self.found.append((path, status.st_mode))


def copy_out(
    source_fd: int,
    target: Path,
    *,
    unchanged: Mapping[str, FileVersion],
    skipped: Collection[str],
    max_bytes: int,
) -> bool:
    """Copy the regular files of a sandbox's folder that are not `unchanged` into one of ours.

    Links, FIFOs, sockets, devices and other mounts are ignored. With too many files, too many bytes
    or folders that are too deep, nothing is copied and False is returned.
    """
    survey = _Survey(unchanged, skipped, os.fstat(source_fd).st_dev, max_bytes)
    try:
        survey.walk(source_fd, "", 0)
        for path, mode in survey.found:
            _copy_file_out(source_fd, path, target / path, 0o755 if mode & stat.S_IXUSR else 0o644)
    except _TooMuchError:
        return False
    except OSError as error:
        raise SandboxError(
            f"the compiler's results could not be written to {target}: {error}; free space there "
            f"or set TMPDIR to a folder with more"
        ) from error
    return True


def _copy_file_out(source_fd: int, path: str, place: Path, mode: int) -> None:
    with _opened(path, _FILE, dir_fd=source_fd) as reading:
        place.parent.mkdir(parents=True, exist_ok=True)
        # Never overwritten: an existing file may be a hard link to another one.
        place.unlink(missing_ok=True)
        with _opened(place, _NEW, mode) as writing:
            _copy_bytes(reading, writing)


def drop_special_files(folder: Path) -> None:
    """Remove everything below a folder that is neither a regular file nor a folder."""
    for place, folders, files in os.walk(folder, followlinks=False):
        # os.walk lists links to folders among the folders.
        for name in (*files, *folders):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                path.unlink()


def _version(status: os.stat_result) -> FileVersion:
    return status.st_ino, status.st_mtime_ns, status.st_size


def _copy_bytes(reading: int, writing: int) -> None:
    while os.sendfile(writing, reading, None, _CHUNK_BYTES):
        pass
