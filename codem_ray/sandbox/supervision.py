"""Watch sandboxed process trees to their end: feed them, read them, hold them to their limits."""

from __future__ import annotations

import os
import resource
import select
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.cgroups import Group
from codem_ray.sandbox.process_tree import PolledTree, kill_session

REPORT_BYTES = 64 << 10
_READ_BYTES = 1 << 18
_POLL_SECONDS = 0.05
_FIRST_LOOK_SECONDS = 0.005
_MIN_CHECK_SECONDS = 0.01
_END_SECONDS = 30.0
_STACK_BYTES = 8 << 20
_OPEN_FILES = 4096
_NUM_CPUS = os.cpu_count() or 1


def set_limits(pid: int, limits: Limits, *, is_process_count_ours: bool) -> None:
    """Set the per-process limits of a process that waits at its gate, so that it hands them down.

    CPU time here is a backstop for one process; the whole tree is watched. It is wide, because the
    kernel holds this limit against clock ticks, which on a busy machine can run far ahead of the
    exact time that the tree is charged. RLIMIT_NPROC counts all processes of the user, except in a
    user namespace of its own (Linux 5.14), hence the flag.
    """
    cpu = ceil(2 * limits.cpu_seconds) + 5
    wanted = [
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_STACK, _STACK_BYTES, resource.RLIM_INFINITY),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
    ]
    if is_process_count_ours:
        wanted.append((resource.RLIMIT_NPROC, limits.processes + 1, limits.processes + 1))
    for kind, soft, hard in wanted:
        _, ceiling = resource.prlimit(pid, kind)
        if ceiling != resource.RLIM_INFINITY:
            hard = ceiling if hard == resource.RLIM_INFINITY else min(hard, ceiling)
            soft = min(soft, hard)
        resource.prlimit(pid, kind, (soft, hard))


class Supervised:
    """One process tree, from its gate to its end.

    `pid` is our child (the launcher), `inner_pid` the root of what is limited: with bubblewrap the
    first process of the pid namespace, whose death kills all inside.
    """

    def __init__(
        self,
        *,
        pid: int,
        inner_pid: int,
        limits: Limits,
        group: Group | None,
        gate_fd: int,
        stdin: tuple[int, bytes] | None,
        stdout_fd: int,
        stderr_fd: int,
        report_fd: int | None,
        status_fd: int | None,
    ) -> None:
        self.pid, self.inner_pid, self.limits, self.group = pid, inner_pid, limits, group
        self.pidfd = os.pidfd_open(pid)
        self.inner_pidfd = os.pidfd_open(inner_pid) if inner_pid != pid else self.pidfd
        self.tree = PolledTree(inner_pid)
        self.stdout, self.stderr, self.report, self.status = (bytearray() for _ in range(4))
        self._sinks: dict[int, bytearray] = {stdout_fd: self.stdout, stderr_fd: self.stderr}
        self._report_fd = report_fd
        self._report_bytes = 0
        if report_fd is not None:
            self._sinks[report_fd] = self.report
        if status_fd is not None:
            self._sinks[status_fd] = self.status
        self._stdin_fd: int | None = None
        self._stdin = memoryview(b"")
        if stdin is not None:
            self._stdin_fd, self._stdin = stdin[0], memoryview(stdin[1])
            os.set_blocking(self._stdin_fd, False)
        for fd in self._sinks:
            os.set_blocking(fd, False)
        self._gate_fd: int | None = gate_fd
        self.is_timed_out = self.is_wall_timeout = False
        self.is_out_of_memory = self.is_output_exceeded = self.is_too_many = False
        self.is_killed = False
        self.wait_status: int | None = None
        self.rusage_cpu = 0.0
        self.started = self.ended = time.monotonic()
        self.next_check = 0.0
        self._cpu_before = 0.0

    def open_gate(self) -> None:
        """Let the program begin; its wall clock starts here."""
        if self.group is None or not self.group.has_peak:
            self.tree.look()
        if self.group is not None:
            self._cpu_before = self.group.cpu_seconds()  # what it took to come here
        self.started = time.monotonic()
        assert self._gate_fd is not None
        with suppress(BrokenPipeError):  # it failed before the gate: its message tells
            os.write(self._gate_fd, b"\n")
        os.close(self._gate_fd)
        self._gate_fd = None
        self.schedule(self.started, 0.0)

    def restart_clock(self) -> None:
        """Begin the wall time anew: until now the program waited for us."""
        self.started = time.monotonic()
        self.schedule(self.started, 0.0)

    def begin(self, limits: Limits) -> None:
        """Count time and output anew, for the next program of a process that stays."""
        self.limits = limits
        self._cpu_before += self._cpu_seconds()
        self.stdout.clear()
        self.stderr.clear()
        self._report_bytes = 0
        self.is_timed_out = self.is_wall_timeout = False
        self.is_output_exceeded = self.is_too_many = False
        self.restart_clock()

    def _cpu_seconds(self) -> float:
        """Return the CPU time since the program began."""
        if self.group is None:
            self.tree.look()
            return max(self.rusage_cpu, self.tree.cpu) - self._cpu_before
        return self.group.cpu_seconds() - self._cpu_before

    def take_line(self) -> bytes | None:
        """Take the first line off the report; None while it is not whole."""
        line, end, rest = self.report.partition(b"\n")
        if not end:
            return None
        self.report[:] = rest
        return bytes(line)

    @property
    def is_ended(self) -> bool:
        return self.wait_status is not None

    def register(self, add: Callable[[int, int], None]) -> None:
        add(self.pidfd, select.POLLIN)
        for fd in self._sinks:
            add(fd, select.POLLIN)
        if self._stdin_fd is not None:
            add(self._stdin_fd, select.POLLOUT)

    def schedule(self, now: float, cpu: float) -> None:
        """Choose when to look next: CPU time cannot grow faster than all cores together."""
        deadline = self.started + self.limits.wall_seconds
        if self.group is None or not self.group.has_peak:
            # short programs are looked at sooner, or they would end unseen
            pause = min(_POLL_SECONDS, _FIRST_LOOK_SECONDS + (now - self.started) / 2)
        else:
            pause = max(_MIN_CHECK_SECONDS, (self.limits.cpu_seconds - cpu) / _NUM_CPUS)
        self.next_check = min(deadline, now + pause)

    def check(self, now: float) -> None:
        """Hold the tree to its limits of time, and without a group of memory and processes."""
        if self.group is not None:
            cpu = self._cpu_seconds()
            if not self.group.has_peak:
                self.tree.look()
        else:
            resident = self.tree.look()
            cpu = self.tree.cpu - self._cpu_before
            if resident > self.limits.memory_bytes:
                self.is_out_of_memory = True
                self.kill()
            elif self.tree.tasks > self.limits.processes + 1:
                self.is_too_many = True
                self.kill()
        if cpu >= self.limits.cpu_seconds:
            self.is_timed_out = True
            self.kill()
        elif now >= self.started + self.limits.wall_seconds:
            self.is_timed_out = self.is_wall_timeout = True
            self.kill()
        self.schedule(now, cpu)

    def handle(self, fd: int, drop: Callable[[int], None]) -> None:
        """Serve one descriptor that is ready."""
        if fd == self.pidfd:
            drop(fd)
            self.reap()
        elif fd == self._stdin_fd:
            self._feed(drop)
        elif fd in self._sinks and self._drain(fd):
            drop(fd)
            os.close(fd)
            del self._sinks[fd]

    def _feed(self, drop: Callable[[int], None]) -> None:
        assert self._stdin_fd is not None
        try:
            self._stdin = self._stdin[os.write(self._stdin_fd, self._stdin) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self._stdin = memoryview(b"")
        if not self._stdin:
            drop(self._stdin_fd)
            os.close(self._stdin_fd)
            self._stdin_fd = None

    def _drain(self, fd: int) -> bool:
        """Read what is there; return whether that was the end."""
        try:
            chunk = os.read(fd, _READ_BYTES)
        except BlockingIOError:
            return False
        if not chunk:
            return True
        sink = self._sinks[fd]
        if fd == self._report_fd:
            # more than a report may hold is read and dropped, so that the writer never blocks
            sink += chunk[: REPORT_BYTES - len(sink)]
            self._report_bytes += len(chunk)
            if self._report_bytes > max(self.limits.output_bytes, REPORT_BYTES):
                self.is_output_exceeded = True
                self.kill()
        elif sink is self.status:
            sink += chunk
        else:
            room = self.limits.output_bytes - len(self.stdout) - len(self.stderr)
            sink += chunk[: max(room, 0)]
            if len(chunk) > room:
                self.is_output_exceeded = True
                self.kill()
        return False

    def kill(self) -> None:
        """Kill all that runs inside."""
        self.is_killed = True
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.inner_pidfd, signal.SIGKILL)
        # The first process of a pid namespace takes all in it along, and bubblewrap, which may be
        # in the group with it, has yet to say how the program ended.
        if self.inner_pid == self.pid:
            (self.tree if self.group is None else self.group).kill()
        if self._gate_fd is not None:  # never let through
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)

    def reap(self) -> None:
        """Take the launcher's exit status, then make sure that nothing it started lives on."""
        self.ended = time.monotonic()
        if self.group is None and self.inner_pid == self.pid:
            # before the wait: until then the number of the group and session stays its own
            self.tree.kill()
            kill_session(self.pid)
        _, status, usage = os.wait4(self.pid, 0)
        self.wait_status = status
        self.rusage_cpu = usage.ru_utime + usage.ru_stime
        if self.inner_pid != self.pid:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.inner_pidfd, signal.SIGKILL)
            waiter = select.poll()
            waiter.register(self.inner_pidfd, select.POLLIN)
            if not waiter.poll(_END_SECONDS * 1000):
                raise SandboxError(
                    f"process {self.inner_pid} and what is below it did not end "
                    f"within {_END_SECONDS:.0f} s of being killed"
                )
        elif self.group is not None:
            self.group.kill()

    def finish_reading(self) -> None:
        """Take what is still in the pipes; all writers are dead."""
        for fd in list(self._sinks):
            while not self._drain(fd):
                ready = select.poll()
                ready.register(fd, select.POLLIN)
                if not ready.poll(200):
                    break
            os.close(fd)
            del self._sinks[fd]

    def close(self) -> None:
        """Kill, reap and release whatever is left, also after an error."""
        try:
            if not self.is_ended:
                self.kill()
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)
                self.reap()
        finally:
            for fd in {self.pidfd, self.inner_pidfd, *self._sinks, self._stdin_fd, self._gate_fd}:
                if fd is not None:
                    os.close(fd)
            self._sinks.clear()
            if self.group is not None:
                self.group.remove()

    def result(self, *, exit_code: int | None, signal_number: int | None) -> ExecutionResult:
        """Return the facts; to be asked after the end and before `close`."""
        # not ru_maxrss: a process that was forked as vfork does starts from its parent's peak
        cpu, peak = self._cpu_seconds(), self.tree.peak_bytes
        if self.group is not None:
            peak = self.group.peak_memory_bytes() or peak
            self.is_out_of_memory = self.group.is_out_of_memory()
        is_timed_out = (
            self.is_timed_out or cpu >= self.limits.cpu_seconds or signal_number == signal.SIGXCPU
        )
        ended = self.ended if self.is_ended else time.monotonic()
        return ExecutionResult(
            exit_code=exit_code,
            signal=signal_number,
            stdout=bytes(self.stdout),
            stderr=bytes(self.stderr),
            report=bytes(self.report),
            cpu_seconds=cpu,
            wall_seconds=ended - self.started,
            peak_memory_bytes=peak,
            is_timed_out=is_timed_out,
            is_wall_timeout=self.is_wall_timeout,
            is_out_of_memory=self.is_out_of_memory,
            is_output_exceeded=self.is_output_exceeded,
        )


def supervise(trees: Sequence[Supervised], *, is_over: Callable[[], bool] | None = None) -> None:
    """Watch until the first tree ends; the others are killed then, and all are reaped.

    With `is_over` the first tree may also stay: the others are killed when it says so.
    """
    poller = select.poll()
    owners: dict[int, Supervised] = {}

    def drop(fd: int) -> None:
        poller.unregister(fd)
        del owners[fd]

    for tree in trees:

        def add(fd: int, events: int, tree: Supervised = tree) -> None:
            poller.register(fd, events)
            owners[fd] = tree

        tree.register(add)
    first, others = trees[0], trees[1:]
    is_done = False
    while not (all(tree.is_ended for tree in others) and (first.is_ended or is_done)):
        now = time.monotonic()
        wait = min(tree.next_check for tree in trees if not tree.is_ended) - now
        for fd, _ in poller.poll(max(wait, 0.0) * 1000):
            owner = owners.get(fd)
            if owner is not None:
                owner.handle(fd, drop)
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
            tree.finish_reading()
