"""Starts a process with chosen descriptors, safely in a process that has threads.

`subprocess` cannot give a child a descriptor at a fixed number without `preexec_fn`, which is
unsafe in a process with threads and copies the page tables of a process that holds a model.
`posix_spawn` can, and forks as vfork does.
"""

# ruff: noqa: PTH208

from __future__ import annotations

import fcntl
import functools
import os
import resource
import socket
from collections.abc import Mapping, Sequence

# Sources are first copied to numbers from here, so that no copy to a target overwrites a source.
_FIRST_FREE_FD = 64
# Descriptors that other threads may open between the listing and the spawn.
_MARGIN = 64


@functools.lru_cache(maxsize=8)
def _close_actions(end: int) -> tuple[tuple[int, int], ...]:
    return tuple((os.POSIX_SPAWN_CLOSE, number) for number in range(end))


def spawn(argv: Sequence[str], *, descriptors: Mapping[int, int]) -> int:
    """Start argv in a new session, with an empty environment, and return its pid.

    `descriptors` maps each number in the child to a descriptor of ours. All others are closed, also
    those that a library in this process opened without close-on-exec.
    """
    moved: list[int] = []
    actions: list[tuple[int, ...]] = []
    try:
        for number, ours in descriptors.items():
            source = fcntl.fcntl(ours, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE_FD)
            moved.append(source)
            actions.append((os.POSIX_SPAWN_DUP2, source, number))
        highest = max((int(name) for name in os.listdir("/proc/self/fd")), default=0)
        # In posix_spawn, closing an unused number is no error; closing one past the limit is.
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        end = -(-(highest + _MARGIN) // _MARGIN) * _MARGIN
        if soft != resource.RLIM_INFINITY:
            end = min(end, soft)
        actions += [close for close in _close_actions(end) if close[1] not in descriptors]
        return os.posix_spawn(
            argv[0],
            list(argv),
            {},
            file_actions=actions,
            setsid=True,
            setsigmask=(),
            setsigdef=(1, 2, 3, 13, 15, 17, 24, 25),
        )
    finally:
        for fd in moved:
            os.close(fd)


class Pipes:
    """Descriptors that are open while a process is started; leaving the block closes them."""

    def __init__(self) -> None:
        self._held: set[int] = set()

    def __enter__(self) -> Pipes:
        return self

    def __exit__(self, *_: object) -> None:
        self.close(*self._held)

    def keep(self, fd: int) -> int:
        """Close fd together with the others."""
        self._held.add(fd)
        return fd

    def pipe(self) -> tuple[int, int]:
        """Return the reading and the writing end of a new pipe."""
        reading, writing = os.pipe2(os.O_CLOEXEC)
        return self.keep(reading), self.keep(writing)

    def one_way(self) -> tuple[int, int]:
        """Return the ends of a channel whose writer cannot read back what it wrote.

        With a pipe it could: /proc/self/fd reopens either end.
        """
        reading, writing = socket.socketpair()
        writing.shutdown(socket.SHUT_RD)
        return self.keep(reading.detach()), self.keep(writing.detach())

    def open_null(self) -> int:
        """Return a descriptor that reads as empty."""
        return self.keep(os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC))

    def hold(self, content: bytes) -> int:
        """Return a descriptor from which content can be read."""
        fd = self.keep(os.memfd_create("codem-ray", os.MFD_CLOEXEC))
        os.write(fd, content)
        os.lseek(fd, 0, os.SEEK_SET)
        return fd

    def hold_once(self, content: bytes) -> int:
        """Return a descriptor from which content of up to 64 KiB can be read once.

        It is a pipe, because a memory file could be rewound and read again.
        """
        reading, writing = self.pipe()
        os.set_blocking(writing, False)
        written = os.write(writing, content)
        self.close(writing)
        if written != len(content):
            raise ValueError(f"a secret of {len(content)} bytes does not fit in a pipe")
        return reading

    def release(self, fd: int) -> int:
        """Leave closing fd to the caller."""
        self._held.discard(fd)
        return fd

    def close(self, *fds: int) -> None:
        """Close those of fds that are still held."""
        for fd in fds:
            if fd in self._held:
                self._held.discard(fd)
                os.close(fd)
