"""Watches sandboxed process trees until they end and enforces their limits."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.cgroup_versions import SANDBOX_PROCESSES, Group
from codem_ray.sandbox.process_tree import PolledTree, kill_session
from codem_ray.sandbox.streams import Streams

_POLL_SECONDS = 0.05
_FIRST_POLL_SECONDS = 0.005
_MIN_CHECK_SECONDS = 0.01
_END_SECONDS = 30.0
_NUM_CPUS = os.cpu_count() or 1


class SupervisedTree:
    """One process tree, from its gate to its end.

    `pid` is our child. `inner_pid` is the root of the limited process tree: with bubblewrap the
    first process of the pid namespace, whose death kills all others inside; otherwise `pid` itself.
    """

    def __init__(
        self,
        *,
        pid: int,
        inner_pid: int,
        limits: Limits,
        group: Group | None,
        gate_fd: int,
        streams: Streams,
    ) -> None:
        self.pid, self.inner_pid, self.limits, self.group = pid, inner_pid, limits, group
        self.streams = streams
        self._pidfd = os.pidfd_open(pid)
        self._inner_pidfd = os.pidfd_open(inner_pid) if inner_pid != pid else self._pidfd
        self._gate_fd: int | None = gate_fd
        self._polled = PolledTree(inner_pid)
        self._is_polled = group is None or not group.has_peak
        self._is_timed_out = self._is_wall_timeout = self._is_out_of_memory = False
        self.is_killed = False
        self.wait_status: int | None = None
        self._own_cpu = 0.0
        self._cpu_before = 0.0
        self._started = self._ended = time.monotonic()
        self.next_check = 0.0

    @property
    def is_ended(self) -> bool:
        """Whether our child has ended and has been waited for."""
        return self.wait_status is not None

    @property
    def is_out_of_memory(self) -> bool:
        """Whether the tree exceeded its memory limit."""
        if self.group is not None:
            return self.group.is_out_of_memory()
        return self._is_out_of_memory

    def open_gate(self) -> None:
        """Let the program begin; its wall time starts here."""
        if self._gate_fd is None:
            raise ValueError("the gate of this process tree is already open")
        if self._is_polled:
            self._polled.look()
        if self.group is not None:
            self._cpu_before = self.group.cpu_seconds()  # CPU time of the sandbox's own setup.
        with suppress(BrokenPipeError):  # The child failed before the gate; its message says why.
            os.write(self._gate_fd, b"\n")
        os.close(self._gate_fd)
        self._gate_fd = None
        self.restart_clock()

    def restart_clock(self) -> None:
        """Start the wall time again: until now the program waited for us."""
        self._started = time.monotonic()
        self._schedule(self._started, 0.0)

    def begin(self, limits: Limits) -> None:
        """Count time and output from zero, for the next program of a resident process."""
        self.limits = limits
        self._cpu_before += self._cpu_seconds()
        self.streams.restart(limits.output_bytes)
        self._is_timed_out = self._is_wall_timeout = False
        self.restart_clock()

    def _cpu_seconds(self) -> float:
        """Return the CPU time since the program began."""
        if self.group is not None:
            return self.group.cpu_seconds() - self._cpu_before
        self._polled.look()
        return max(self._own_cpu, self._polled.cpu) - self._cpu_before

    def register(self, add: Callable[[int, int], None]) -> None:
        """Call `add` with each descriptor and the event to poll it for."""
        add(self._pidfd, select.POLLIN)
        self.streams.register(add)

    def handle(self, fd: int, drop: Callable[[int], None]) -> None:
        """Serve one descriptor that is ready; call `drop` with it before it is closed."""
        if fd == self._pidfd:
            drop(fd)
            self._reap()
            return
        self.streams.handle(fd, drop)
        if self.streams.is_exceeded and not self.is_ended:
            self.kill()

    def _schedule(self, now: float, cpu: float) -> None:
        """Choose the time of the next check."""
        if self._is_polled:
            # Polls are frequent at first; otherwise short programs would end unseen.
            pause = min(_POLL_SECONDS, _FIRST_POLL_SECONDS + (now - self._started) / 2)
        else:
            # The limit is reached at the earliest if the program keeps all cores busy.
            pause = max(_MIN_CHECK_SECONDS, (self.limits.cpu_seconds - cpu) / _NUM_CPUS)
        self.next_check = min(self._started + self.limits.wall_seconds, now + pause)

    def check(self, now: float) -> None:
        """Enforce the time limits, and without a control group those on memory and processes."""
        if self.group is not None:
            cpu = self._cpu_seconds()
            if self._is_polled:
                self._polled.look()
        else:
            resident_bytes = self._polled.look()
            cpu = self._polled.cpu - self._cpu_before
            if resident_bytes > self.limits.memory_bytes:
                self._is_out_of_memory = True
                self.kill()
            elif self._polled.tasks > self.limits.processes + SANDBOX_PROCESSES:
                self.kill()
        if cpu >= self.limits.cpu_seconds:
            self._is_timed_out = True
            self.kill()
        elif now >= self._started + self.limits.wall_seconds:
            self._is_timed_out = self._is_wall_timeout = True
            self.kill()
        self._schedule(now, cpu)

    def kill(self) -> None:
        """Kill everything that runs inside."""
        self.is_killed = True
        _send_kill(self._inner_pidfd)
        if self.inner_pid == self.pid:
            (self._polled if self.group is None else self.group).kill()
        # In a pid namespace all processes die with the first one. bubblewrap itself must live on
        # to report how the program ended, unless the program has not begun.
        if self._gate_fd is not None:
            _send_kill(self._pidfd)

    def _reap(self) -> None:
        """Take the exit status of our child, then ensure that nothing it started lives on."""
        self._ended = time.monotonic()
        if self.group is None and self.inner_pid == self.pid:
            # Before the wait, after which another session may get the same number.
            self._polled.kill()
            kill_session(self.pid)
        _, self.wait_status, usage = os.wait4(self.pid, 0)
        self._own_cpu = usage.ru_utime + usage.ru_stime
        if self.inner_pid != self.pid:
            _send_kill(self._inner_pidfd)
            waiter = select.poll()
            waiter.register(self._inner_pidfd, select.POLLIN)
            if not waiter.poll(_END_SECONDS * 1000):
                raise SandboxError(
                    f"process {self.inner_pid} and its descendants did not end "
                    f"within {_END_SECONDS:.0f} s of being killed"
                )
        elif self.group is not None:
            self.group.kill()

    def close(self) -> None:
        """Kill, wait for and release whatever is left, also after an error."""
        try:
            if not self.is_ended:
                self.kill()
                _send_kill(self._pidfd)
                self._reap()
        finally:
            self.streams.close()
            for fd in {self._pidfd, self._inner_pidfd, self._gate_fd}:
                if fd is not None:
                    os.close(fd)
            if self.group is not None:
                self.group.remove()

    def result(self, *, exit_code: int | None, signal_number: int | None) -> ExecutionResult:
        """Return the facts. Call it after the tree has ended and before `close`."""
        # Not ru_maxrss: after a vfork it starts from the peak of the parent.
        cpu, peak = self._cpu_seconds(), self._polled.peak_bytes
        if self.group is not None:
            peak = self.group.peak_memory_bytes() or peak
        is_timed_out = (
            self._is_timed_out or cpu >= self.limits.cpu_seconds or signal_number == signal.SIGXCPU
        )
        ended = self._ended if self.is_ended else time.monotonic()
        return ExecutionResult(
            exit_code=exit_code,
            signal=signal_number,
            stdout=bytes(self.streams.stdout),
            stderr=bytes(self.streams.stderr),
            report=bytes(self.streams.report),
            cpu_seconds=cpu,
            wall_seconds=ended - self._started,
            peak_memory_bytes=peak,
            is_timed_out=is_timed_out,
            is_wall_timeout=self._is_wall_timeout,
            is_out_of_memory=self.is_out_of_memory,
            is_output_exceeded=self.streams.is_exceeded,
        )


def _send_kill(pidfd: int) -> None:
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def supervise(
    trees: Sequence[SupervisedTree], *, is_over: Callable[[], bool] | None = None
) -> None:
    """Watch until the first tree ends, then kill the others and wait for their ends.

    With `is_over` the first tree may stay alive: the others are killed once that returns True.
    """
    poller = select.poll()
    owners: dict[int, SupervisedTree] = {}

    def drop(fd: int) -> None:
        poller.unregister(fd)
        del owners[fd]

    for tree in trees:

        def add(fd: int, events: int, tree: SupervisedTree = tree) -> None:
            poller.register(fd, events)
            owners[fd] = tree

        tree.register(add)
    first, others = trees[0], trees[1:]
    is_done = False
    while not (all(tree.is_ended for tree in others) and (first.is_ended or is_done)):
        wait = min(tree.next_check for tree in trees if not tree.is_ended) - time.monotonic()
        for fd, _ in poller.poll(max(wait, 0.0) * 1000):
            if fd in owners:
                owners[fd].handle(fd, drop)
        now = time.monotonic()
        for tree in trees:
            if not tree.is_ended and now >= tree.next_check:
                tree.check(now)
        if not is_done and (first.is_ended or (is_over is not None and is_over())):
            is_done = True
            for tree in others:
                if not tree.is_ended:
                    tree.kill()
    for tree in trees:
        if tree.is_ended:
            tree.streams.finish()
