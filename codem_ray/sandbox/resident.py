"""A judge that stays: one process that runs the tests of many programs, an answer after the other.

Starting an interpreter costs more than most tests. The tests are the benchmark's own, so one
process may run those of many programs; every answer still gets a sandbox of its own, which is
joined to the judge by two FIFOs in the program's folder and is killed before the next one begins.

The judge reads one request a line on its standard input: the secret of the run, a space, and the
program's folder below `/work`. There it opens `from_answer` for reading and `to_answer` for
writing, writes `opened` to REPORT_FD, then its verdict, then `ready` once nothing of that program
is left in it, each with a line end. A judge that ends, or does not come back, is started anew.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import PEER_READ_FD, PEER_WRITE_FD, Command
from codem_ray.sandbox.spawn import Pipes
from codem_ray.sandbox.supervision import Supervised, supervise

_FROM_ANSWER, _TO_ANSWER = "from_answer", "to_answer"
_READY, _OPENED = b"ready", b"opened"
_START_SECONDS = 30.0
_LEAVING_SECONDS = 0.25
"""How long the tests of a program that has its verdict may keep the judge from the next."""
_STDIN_FD = 0


class Start(Protocol):
    """How a backend starts a process tree and brings it to its gate."""

    def __call__(
        self,
        command: Command,
        pipes: Pipes,
        *,
        has_report: bool,
        peers: dict[int, int] | None = None,
    ) -> Supervised: ...


class FifoJudge:
    """Runs pairs one at a time; not to be used from several threads at once."""

    def __init__(
        self, command: Command, start: Start, read: Callable[[Supervised], ExecutionResult]
    ) -> None:
        """`start` and `read` are the backend's: the beginning and the account of a tree's end."""
        self._command, self._start, self._read = command, start, read
        self._tree: Supervised | None = None
        self._control: int | None = None

    @property
    def pid(self) -> int | None:
        """Our child whose end `close` waits for."""
        return None if self._tree is None else self._tree.pid

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        """Judge one answer; `folder` lies below the judge's directory and is the host's to write.

        Returns the judge's result, whose figures are those of this program, and the answer's.
        Raises SandboxError when the judge cannot be started.
        """
        with ExitStack() as stack:
            pipes = stack.enter_context(Pipes())
            place = self._command.directory / folder
            ends = [self._fifo(pipes, place / name) for name in (_TO_ANSWER, _FROM_ANSWER)]
            for name in (_TO_ANSWER, _FROM_ANSWER):
                stack.callback((place / name).unlink, missing_ok=True)
            peers = {PEER_READ_FD: ends[0][1], PEER_WRITE_FD: ends[1][2]}
            second = stack.enter_context(
                closing(self._start(answer, pipes, has_report=False, peers=peers))
            )
            tree = self._taken(secret + b" " + os.fsencode(folder) + b"\n")
            # Without this, neither side would see the end of the other.
            pipes.close(*(fd for end in ends for fd in end))
            tree.begin(limits)
            second.open_gate()
            verdicts: list[bytes] = []

            def is_over() -> bool:
                line = tree.take_line()
                if line is not None:
                    verdicts.append(line)
                return line is not None

            supervise([tree, second], is_over=is_over)
            if not verdicts:
                is_over()  # it wrote and ended at once
            if tree.is_ended:
                result = self._read(tree)
            else:
                result = tree.result(exit_code=0, signal_number=None)
            judged = _with_report(result, b"".join(verdicts))
            answered = self._read(second)
        # One that was killed may have come back before it died.
        if tree.is_ended or tree.is_killed:
            self.close()
        return judged, answered

    def close(self) -> None:
        """Kill the judge, if there is one."""
        tree, self._tree = self._tree, None
        control, self._control = self._control, None
        if control is not None:
            os.close(control)
        if tree is not None:
            tree.close()

    def _idle(self) -> Supervised:
        """Return a judge that waits for a request."""
        if self._tree is not None and self._line(_LEAVING_SECONDS) == _READY:
            return self._tree
        self.close()
        with Pipes() as pipes:
            reading, writing = pipes.pipe()
            self._tree = self._start(
                self._command, pipes, has_report=True, peers={_STDIN_FD: reading}
            )
            self._control = pipes.release(writing)
        self._tree.open_gate()
        if self._line(_START_SECONDS) != _READY:
            tree = self._tree
            if not tree.is_ended:
                tree.kill()
                supervise([tree])
            message = bytes(tree.stderr).decode(errors="replace").strip()[-2000:]
            self.close()
            raise SandboxError(f"the judge did not start: {message or 'it said nothing'}")
        return self._tree

    def _taken(self, request: bytes) -> Supervised:
        """Return the judge that took a request: a new one if the last ended while it waited."""
        for _ in range(2):
            tree = self._idle()
            self._request(request)
            if self._line(_START_SECONDS) == _OPENED:
                return tree
            self.close()
        raise SandboxError("the judge did not take a program")

    def _request(self, line: bytes) -> None:
        assert self._control is not None
        try:
            os.write(self._control, line)
        except BrokenPipeError:
            return  # its end is seen where the answer to this is waited for

    def _line(self, seconds: float) -> bytes | None:
        """Wait for a line of the judge's; None when it ends or is silent for so long."""
        tree = self._tree
        assert tree is not None
        deadline = time.monotonic() + seconds
        while True:
            line = tree.take_line()
            left = deadline - time.monotonic()
            if line is not None or tree.is_ended or left <= 0:
                return line
            poller = select.poll()
            tree.register(poller.register)
            for fd, _ in poller.poll(left * 1000):
                tree.handle(fd, lambda fd: None)

    @staticmethod
    def _fifo(pipes: Pipes, path: Path) -> tuple[int, int, int]:
        """Make a FIFO; return descriptors that keep it open, read it and write it."""
        os.mkfifo(path, 0o600)
        # To be kept open until the judge has its own: who opens it alone would wait for a peer.
        flags = (os.O_RDWR, os.O_RDONLY, os.O_WRONLY)
        keeping, reading, writing = (
            pipes.keep(os.open(path, flag | os.O_CLOEXEC | os.O_NOFOLLOW)) for flag in flags
        )
        return keeping, reading, writing


def _with_report(result: ExecutionResult, report: bytes) -> ExecutionResult:
    """Put a verdict's line in; the most memory that a process held is not one program's."""
    return replace(result, report=report, peak_memory_bytes=0)
