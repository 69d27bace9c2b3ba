"""Carries files into a compiler's own `/work` and plain files back out of it.

What a compiler writes is made by an answer as much as by the compiler, so it is treated as hostile:
nothing is followed, nothing but regular files is taken, and their number, depth and total are
bounded. All writers are dead by then, so what is looked at cannot change.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from codem_ray.errors import SandboxError

MAX_FILES = 20_000
"""Files and folders that are looked at when results are taken out."""
MAX_DEPTH = 40
_CHUNK_BYTES = 1 << 22
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# a FIFO would block an opening that waits for its writer
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC

Print = tuple[int, int, int]
"""What tells whether a file was written: inode, time of the last change, size."""


class TooMuchError(Exception):
    """More was left than may be taken."""


def fill(source: Path, target_fd: int, *, skipped: Collection[str]) -> dict[str, Print]:
    """Copy the files of a folder of ours into another; return their prints by path."""
    prints: dict[str, Print] = {}

    def copy(folder: Path, fd: int, prefix: str) -> None:
        with os.scandir(folder) as entries:
            for entry in entries:
                if prefix + entry.name in skipped:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    with suppress(FileExistsError):  # above something that is shown below /work
                        os.mkdir(entry.name, 0o755, dir_fd=fd)
                    below = os.open(entry.name, _FOLDER, dir_fd=fd)
                    try:
                        copy(Path(entry.path), below, f"{prefix}{entry.name}/")
                    finally:
                        os.close(below)
                elif entry.is_file(follow_symlinks=False):
                    mode = 0o755 if entry.stat().st_mode & stat.S_IXUSR else 0o644
                    reading = os.open(entry.path, _FILE)
                    try:
                        writing = os.open(entry.name, _NEW, mode, dir_fd=fd)
                        try:
                            _send(reading, writing)
                            prints[prefix + entry.name] = _print(os.fstat(writing))
                        finally:
                            os.close(writing)
                    finally:
                        os.close(reading)

    try:
        copy(source, target_fd, "")
    except OSError as error:
        raise SandboxError(f"{source} could not be copied into the sandbox: {error}") from error
    return prints


@dataclass(slots=True)
class _Survey:
    """One walk over what was left, before any of it is taken."""

    known: Mapping[str, Print]
    skipped: Collection[str]
    device: int
    bytes_left: int
    files_left: int = MAX_FILES
    found: list[tuple[str, int]] = field(default_factory=list)
    """Path and mode of each file to take."""

    def folder(self, fd: int, prefix: str, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise TooMuchError
        with os.scandir(fd) as entries:
            for entry in entries:
                self.files_left -= 1
                if self.files_left < 0:
                    raise TooMuchError
                path = prefix + entry.name
                seen = entry.stat(follow_symlinks=False)
                if path in self.skipped or seen.st_dev != self.device:
                    continue
                if stat.S_ISDIR(seen.st_mode):
                    below = os.open(entry.name, _FOLDER, dir_fd=fd)
                    try:
                        self.folder(below, f"{path}/", depth + 1)
                    finally:
                        os.close(below)
                elif stat.S_ISREG(seen.st_mode) and self.known.get(path) != _print(seen):
                    self.bytes_left -= seen.st_size
                    if self.bytes_left < 0:
                        raise TooMuchError
                    self.found.append((path, seen.st_mode))


def take(
    source_fd: int,
    target: Path,
    *,
    known: Mapping[str, Print],
    skipped: Collection[str],
    max_bytes: int,
) -> bool:
    """Copy the regular files that are new or changed since `known` into a folder of ours.

    Links, FIFOs, sockets, devices and other mounts are left where they are. Nothing is taken and
    False returned when there are too many files, too many bytes or too deep folders.
    """
    survey = _Survey(known, skipped, os.fstat(source_fd).st_dev, max_bytes)
    try:
        survey.folder(source_fd, "", 0)
        for path, mode in survey.found:
            _copy_out(source_fd, path, target / path, 0o755 if mode & stat.S_IXUSR else 0o644)
    except TooMuchError:
        return False
    except OSError as error:
        raise SandboxError(
            f"the compiler's results could not be written to {target}: {error}; free space there "
            f"or let TMPDIR name a folder with more"
        ) from error
    return True


def _copy_out(source_fd: int, path: str, place: Path, mode: int) -> None:
    reading = os.open(path, _FILE, dir_fd=source_fd)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # never written over: what has the name may be shared with something else
        place.unlink(missing_ok=True)
        writing = os.open(place, _NEW, mode)
        try:
            _send(reading, writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def drop_special_files(folder: Path) -> None:
    """Remove all below a folder that is neither a regular file nor a folder; follow nothing."""
    for place, folders, files in os.walk(folder, followlinks=False):
        # a link to a folder is listed with the folders, and is looked at there
        for name in (*files, *folders):
            path = os.path.join(place, name)  # noqa: PTH118
            mode = os.lstat(path).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                os.unlink(path)  # noqa: PTH108


def _print(found: os.stat_result) -> Print:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _send(reading: int, writing: int) -> None:
    while os.sendfile(writing, reading, None, _CHUNK_BYTES):
        pass
