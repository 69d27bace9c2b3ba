"""Base of the backends that start their programs as process trees on this machine."""

from __future__ import annotations

import os
import resource
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from math import ceil
from typing import ClassVar

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.cgroup_versions import SANDBOX_PROCESSES
from codem_ray.sandbox.protocol import (
    PEER_READ_FD,
    PEER_WRITE_FD,
    REPORT_FD,
    SECRET_FD,
    Command,
    ResidentJudge,
)
from codem_ray.sandbox.resident import FifoJudge
from codem_ray.sandbox.spawn import Pipes, spawn
from codem_ray.sandbox.streams import Streams
from codem_ray.sandbox.supervision import SupervisedTree, supervise

GATE_FD = 9
"""The program begins when a byte can be read from this descriptor."""
_STACK_BYTES = 8 << 20
_OPEN_FILES = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """How a backend starts one command."""

    argv: list[str]
    descriptors: Mapping[int, int]
    """Number in the child -> ours; `start` adds those that every command has."""
    status_fd: int | None = None
    """Our descriptor from which the launcher's own messages are read."""


class LocalSandbox(ABC):
    """Starts and supervises process trees; subclasses choose the command line that launches one."""

    name: ClassVar[str]
    has_user_namespace: ClassVar[bool]
    """Whether RLIMIT_NPROC counts the program's processes alone (Linux 5.14)."""

    def __init__(self, *, uses_cgroups: bool = True) -> None:
        """Without `uses_cgroups` memory and processes are polled, as on a host without them."""
        self._uses_cgroups = uses_cgroups
        self._groups = cgroups.detect() if uses_cgroups else None
        if self._groups is not None:
            # This process works even if it cannot remove the groups of an earlier one.
            with suppress(SandboxError):
                self._groups.remove_stale()

    def __reduce__(self) -> tuple[object, ...]:
        # Another process or host detects its own control groups.
        return partial(type(self), uses_cgroups=self._uses_cgroups), ()

    @property
    def memory_enforcement(self) -> str:
        """How memory and processes are limited: cgroup-v2, cgroup-v1 or polling."""
        return "polling" if self._groups is None else self._groups.version

    def run(self, command: Command) -> ExecutionResult:
        """Run one command, kill every process it left behind, and return the facts."""
        with Pipes() as pipes, closing(self.start(command, pipes, has_report=True)) as tree:
            tree.open_gate()
            supervise([tree])
            return self.read_result(tree)

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run two commands joined by pipes; the answer ends with the judge."""
        with ExitStack() as stack:
            pipes = stack.enter_context(Pipes())
            to_answer, to_judge = pipes.pipe(), pipes.pipe()
            peers = {PEER_READ_FD: to_answer[0], PEER_WRITE_FD: to_judge[1]}
            second = stack.enter_context(
                closing(self.start(answer, pipes, has_report=False, peers=peers))
            )
            peers = {PEER_READ_FD: to_judge[0], PEER_WRITE_FD: to_answer[1]}
            first = stack.enter_context(
                closing(self.start(judge, pipes, has_report=True, peers=peers))
            )
            # Otherwise neither side would see that the other has ended.
            pipes.close(*to_answer, *to_judge)
            second.open_gate()
            first.open_gate()
            supervise([first, second])
            return self.read_result(first), self.read_result(second)

    def open_judge(self, command: Command) -> ResidentJudge:
        """Return a judge for many answers; its process starts with the first of them."""
        return FifoJudge(command, self)

    def start(
        self,
        command: Command,
        pipes: Pipes,
        *,
        has_report: bool,
        peers: Mapping[int, int] | None = None,
    ) -> SupervisedTree:
        """Start a command up to its gate: limits are set, the program has not begun.

        `peers` maps further numbers in the child to the caller's descriptors. Without `has_report`
        REPORT_FD and SECRET_FD are closed.
        """
        launch = self.prepare(command, pipes)
        stdin = pipes.open_null()
        stdout, stderr, gate = (pipes.pipe() for _ in range(3))
        inside = {0: stdin, 1: stdout[1], 2: stderr[1], GATE_FD: gate[0], **launch.descriptors}
        report_fd = None
        if has_report:
            report_fd, inside[REPORT_FD] = pipes.one_way()
            if command.secret is not None:
                inside[SECRET_FD] = pipes.hold_once(command.secret)
        group = None if self._groups is None else self._groups.make(command.limits)
        pid = None
        try:
            pid = spawn(launch.argv, descriptors={**inside, **(peers or {})})
            pipes.close(*inside.values())
            inner_pid = self.find_first_process(pid, launch, stderr[0])
            if group is not None:
                group.join(inner_pid)
            _set_limits(
                inner_pid,
                command.limits,
                counts_processes=self.has_user_namespace and group is None,
            )
            streams = Streams(
                stdout_fd=pipes.release(stdout[0]),
                stderr_fd=pipes.release(stderr[0]),
                report_fd=None if report_fd is None else pipes.release(report_fd),
                status_fd=None if launch.status_fd is None else pipes.release(launch.status_fd),
                output_bytes=command.limits.output_bytes,
            )
            return SupervisedTree(
                pid=pid,
                inner_pid=inner_pid,
                limits=command.limits,
                group=group,
                gate_fd=pipes.release(gate[1]),
                streams=streams,
            )
        except BaseException as error:
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
                os.waitpid(pid, 0)
            if group is not None:
                group.remove()
            if isinstance(error, OSError):
                raise SandboxError(
                    f"{self.name} could not set up the sandbox: {read_message(stderr[0]) or error}"
                ) from error
            raise

    @abstractmethod
    def prepare(self, command: Command, pipes: Pipes) -> Launch:
        """Return how to start a command that waits at its gate."""

    @abstractmethod
    def read_result(self, tree: SupervisedTree) -> ExecutionResult:
        """Return the facts of a tree that has ended."""

    def find_first_process(self, pid: int, launch: Launch, stderr_fd: int) -> int:
        """Return the process that the limits are set on; by default our child itself."""
        return pid


def read_message(stderr_fd: int) -> str:
    """Return what a process has written to its standard error so far."""
    os.set_blocking(stderr_fd, False)
    try:
        return os.read(stderr_fd, 65536).decode(errors="replace").strip()
    except BlockingIOError:
        return ""


def _set_limits(pid: int, limits: Limits, *, counts_processes: bool) -> None:
    """Set the limits of one process at its gate; its children inherit them.

    RLIMIT_CPU is only a backstop, since the CPU time of the whole tree is watched. It is wide,
    because the kernel compares it with clock ticks, which on a busy machine can run far ahead of
    the exact CPU time.
    """
    cpu = ceil(2 * limits.cpu_seconds) + 5
    resource_limits = [
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_FSIZE, limits.file_bytes, limits.file_bytes),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_STACK, _STACK_BYTES, resource.RLIM_INFINITY),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
    ]
    if counts_processes:
        processes = limits.processes + SANDBOX_PROCESSES
        resource_limits.append((resource.RLIMIT_NPROC, processes, processes))
    for kind, soft, hard in resource_limits:
        _, ceiling = resource.prlimit(pid, kind)
        if ceiling != resource.RLIM_INFINITY:
            hard = ceiling if hard == resource.RLIM_INFINITY else min(hard, ceiling)
            soft = min(soft, hard)
        resource.prlimit(pid, kind, (soft, hard))
