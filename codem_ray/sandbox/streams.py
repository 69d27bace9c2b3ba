"""Collects the output, the report and the status messages of a process tree."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

REPORT_BYTES = 64 << 10
"""Longest report that is kept."""
_READ_BYTES = 1 << 18
_LAST_READ_MILLISECONDS = 200


class Streams:
    """Our ends of the pipes of one process tree; each is closed when its other end closes."""

    def __init__(
        self,
        *,
        stdout_fd: int,
        stderr_fd: int,
        report_fd: int | None,
        status_fd: int | None,
        output_bytes: int,
    ) -> None:
        """`output_bytes` limits both outputs together; the status has no limit."""
        self.stdout, self.stderr, self.report, self.status = (bytearray() for _ in range(4))
        self.is_exceeded = False
        """Whether more than `output_bytes` was written, to both outputs or to the report."""
        self._output_bytes, self._report_bytes, self._report_fd = output_bytes, 0, report_fd
        self._buffers: dict[int, bytearray] = {stdout_fd: self.stdout, stderr_fd: self.stderr}
        if report_fd is not None:
            self._buffers[report_fd] = self.report
        if status_fd is not None:
            self._buffers[status_fd] = self.status
        for fd in self._buffers:
            os.set_blocking(fd, False)

    def restart(self, output_bytes: int) -> None:
        """Drop both outputs and count from zero; an unread report is kept."""
        self.stdout.clear()
        self.stderr.clear()
        self._output_bytes, self._report_bytes = output_bytes, 0
        self.is_exceeded = False

    def pop_line(self) -> bytes | None:
        """Remove and return the first line of the report; None while it is incomplete."""
        line, end, rest = self.report.partition(b"\n")
        if not end:
            return None
        self.report[:] = rest
        return bytes(line)

    def register(self, add: Callable[[int, int], None]) -> None:
        """Call `add` with each descriptor and the event to poll it for."""
        for fd in self._buffers:
            add(fd, select.POLLIN)

    def handle(self, fd: int, drop: Callable[[int], None]) -> None:
        """Read a descriptor that is ready; call `drop` with it before it is closed."""
        if fd in self._buffers and self._drain(fd):
            drop(fd)
            self._close(fd)

    def _close(self, fd: int) -> None:
        os.close(fd)
        del self._buffers[fd]

    def _drain(self, fd: int) -> bool:
        """Read the available bytes; return whether the stream has ended."""
        try:
            chunk = os.read(fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            return True
        buffer = self._buffers[fd]
        if fd == self._report_fd:
            # The excess is read and dropped, so that the writer never blocks.
            buffer += chunk[: REPORT_BYTES - len(buffer)]
            self._report_bytes += len(chunk)
            if self._report_bytes > max(self._output_bytes, REPORT_BYTES):
                self.is_exceeded = True
        elif buffer is self.status:
            buffer += chunk
        else:
            room = self._output_bytes - len(self.stdout) - len(self.stderr)
            buffer += chunk[: max(room, 0)]
            if len(chunk) > room:
                self.is_exceeded = True
        return False

    def finish(self) -> None:
        """Read the rest of the pipes once all writers are dead."""
        for fd in list(self._buffers):
            while not self._drain(fd):
                ready = select.poll()
                ready.register(fd, select.POLLIN)
                if not ready.poll(_LAST_READ_MILLISECONDS):
                    break
            self._close(fd)

    def close(self) -> None:
        """Close all descriptors."""
        for fd in list(self._buffers):
            self._close(fd)
