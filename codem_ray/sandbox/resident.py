"""A resident judge: one process that runs the tests of many programs, one answer after the other.

Starting an interpreter takes longer than most tests. The tests come from the benchmark and are
trusted, so one process may run those of many programs. Every answer still has its own sandbox,
which two FIFOs in the program's folder connect to the judge, and which is killed before the next
answer begins.

The protocol: the judge writes `ready` to REPORT_FD, then reads a request from its standard input,
a line with the secret of the run, a space, and the program's folder below `/work`. In that folder
it opens `from_answer` for reading and `to_answer` for writing. It writes `opened`, then its
verdict, and `ready` again once it holds nothing of that program any more, each as one line. A judge
that ends or does not become ready is replaced.
"""

from __future__ import annotations

import os
import select
import time
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import PEER_READ_FD, PEER_WRITE_FD, Command
from codem_ray.sandbox.spawn import Pipes
from codem_ray.sandbox.supervision import SupervisedTree, supervise

if TYPE_CHECKING:
    from codem_ray.sandbox.local import LocalSandbox

_FROM_ANSWER, _TO_ANSWER = "from_answer", "to_answer"
_READY, _OPENED = b"ready", b"opened"
_START_SECONDS = 30.0
_READY_SECONDS = 0.25
"""Time for a judge to become ready for the next program after its verdict."""
_STDIN_FD = 0


class FifoJudge:
    """The resident judge of local sandboxes; not for use by several threads at once."""

    def __init__(self, command: Command, sandbox: LocalSandbox) -> None:
        self._command, self._sandbox = command, sandbox
        self._tree: SupervisedTree | None = None
        self._request_fd: int | None = None

    @property
    def pid(self) -> int | None:
        """Our child that `close` waits for; None while no judge is running."""
        return None if self._tree is None else self._tree.pid

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        """Judge one answer and return the judge's result for this program and the answer's.

        `folder` is relative to the judge's directory and is writable by us. Raises SandboxError
        when the judge cannot be started.
        """
        with ExitStack() as stack:
            pipes = stack.enter_context(Pipes())
            place = self._command.directory / folder
            to_answer = _make_fifo(pipes, place / _TO_ANSWER)
            from_answer = _make_fifo(pipes, place / _FROM_ANSWER)
            for name in (_TO_ANSWER, _FROM_ANSWER):
                stack.callback((place / name).unlink, missing_ok=True)
            peers = {PEER_READ_FD: to_answer.reading, PEER_WRITE_FD: from_answer.writing}
            answer_tree = stack.enter_context(
                closing(self._sandbox.start(answer, pipes, has_report=False, peers=peers))
            )
            tree = self._send(secret + b" " + os.fsencode(folder) + b"\n")
            # Otherwise neither side would see that the other has ended.
            pipes.close(*to_answer, *from_answer)
            tree.begin(limits)
            answer_tree.open_gate()
            verdicts: list[bytes] = []

            def has_verdict() -> bool:
                line = tree.streams.pop_line()
                if line is not None:
                    verdicts.append(line)
                return line is not None

            supervise([tree, answer_tree], is_over=has_verdict)
            if not verdicts:
                has_verdict()  # It may have written its verdict and ended at once.
            if tree.is_ended:
                result = self._sandbox.read_result(tree)
            else:
                result = tree.result(exit_code=0, signal_number=None)
            # The peak memory of the process is not that of one program.
            judged = replace(result, report=b"".join(verdicts), peak_memory_bytes=0)
            answered = self._sandbox.read_result(answer_tree)
        # A judge that was killed may have reported `ready` before it died.
        if tree.is_ended or tree.is_killed:
            self.close()
        return judged, answered

    def close(self) -> None:
        """Kill the judge, if there is one."""
        tree, self._tree = self._tree, None
        request_fd, self._request_fd = self._request_fd, None
        if request_fd is not None:
            os.close(request_fd)
        if tree is not None:
            tree.close()

    def _send(self, request: bytes) -> SupervisedTree:
        """Return a judge that has accepted the request; one that ended while idle is replaced."""
        for _ in range(2):
            tree, request_fd = self._ready_judge()
            try:
                os.write(request_fd, request)
            except BrokenPipeError:  # It has ended.
                self.close()
                continue
            if _read_line(tree, _START_SECONDS) == _OPENED:
                return tree
            self.close()
        raise SandboxError("the judge did not accept a program")

    def _ready_judge(self) -> tuple[SupervisedTree, int]:
        """Return a judge that waits for a request, with the descriptor to write it to."""
        if self._tree is not None and self._request_fd is not None:
            if _read_line(self._tree, _READY_SECONDS) == _READY:
                return self._tree, self._request_fd
            self.close()
        with Pipes() as pipes:
            reading, writing = pipes.pipe()
            peers = {_STDIN_FD: reading}
            tree = self._sandbox.start(self._command, pipes, has_report=True, peers=peers)
            request_fd = pipes.release(writing)
        self._tree, self._request_fd = tree, request_fd
        tree.open_gate()
        if _read_line(tree, _START_SECONDS) != _READY:
            if not tree.is_ended:
                tree.kill()
                supervise([tree])
            message = bytes(tree.streams.stderr).decode(errors="replace").strip()[-2000:]
            self.close()
            raise SandboxError(f"the judge did not start: {message or 'it wrote no message'}")
        return tree, request_fd


def _read_line(tree: SupervisedTree, seconds: float) -> bytes | None:
    """Wait for a line of the judge's report; None if it ends or is silent for that long."""
    deadline = time.monotonic() + seconds
    while True:
        line = tree.streams.pop_line()
        left = deadline - time.monotonic()
        if line is not None or tree.is_ended or left <= 0:
            return line
        poller = select.poll()
        tree.register(poller.register)
        for fd, _ in poller.poll(left * 1000):
            tree.handle(fd, poller.unregister)


class _Fifo(NamedTuple):
    keeping: int
    """Keeps the FIFO open until the judge has opened it, which would otherwise wait for a peer."""
    reading: int
    writing: int


def _make_fifo(pipes: Pipes, path: Path) -> _Fifo:
    os.mkfifo(path, 0o600)
    flags = (os.O_RDWR, os.O_RDONLY, os.O_WRONLY)
    return _Fifo(
        *(pipes.keep(os.open(path, flag | os.O_CLOEXEC | os.O_NOFOLLOW)) for flag in flags)
    )
