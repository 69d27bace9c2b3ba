"""The weaker backend: limits and a process group without any isolation.

It is for hosts that give no namespaces, and is used only where the sweep file names it in so many
words. The program runs as our user, sees the host's files, processes and network, and can write
wherever we can. Since there is no mount namespace, `/work` is not a path inside: where an argument
or a value of the environment names `/work` or something below it, the real folder is put in.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import ExitStack, closing, suppress

from codem_ray.errors import SandboxError, SandboxUnavailableError
from codem_ray.records import ExecutionResult
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.cgroups import probe_limits
from codem_ray.sandbox.protocol import (
    PEER_READ_FD,
    PEER_WRITE_FD,
    REPORT_FD,
    SECRET_FD,
    Command,
    SandboxBackend,
)
from codem_ray.sandbox.resident import FifoJudge
from codem_ray.sandbox.spawn import Pipes, spawn
from codem_ray.sandbox.supervision import Supervised, set_limits, supervise
from codem_ray.sandbox.workspace import drop_special_files

_GATE_FD = 9
_SHELL = "/bin/sh"
# waits at the gate while limits are set, then becomes the program
_LAUNCHER = 'read -r _ <&9 || exit 125; exec 9<&-; cd "$0" && exec "$@"'
# at the start, after a separator, or after a one-letter option (-I/work)
_WORK = re.compile(r"(^-[A-Za-z]|^|[\s=:,;\"'(<>])/work(?=$|[/\s:,;\"')<>])")


class ProcessSandbox:
    """Runs each command as a process group of ours; may be used from several threads at once."""

    name = "process-without-isolation"

    def __init__(self, *, uses_cgroups: bool = True) -> None:
        env = shutil.which("env", path="/usr/bin:/bin")
        if env is None or not os.access(_SHELL, os.X_OK):
            raise SandboxUnavailableError(f"{_SHELL} or `env` is missing: install coreutils")
        self._env = env
        self._uses_cgroups = uses_cgroups
        self._groups = cgroups.detect() if uses_cgroups else None
        if self._groups is not None:
            # what another run left behind is no reason to refuse this one
            with suppress(SandboxError):
                self._groups.remove_stale()

    @property
    def memory_enforcement(self) -> str:
        """How memory and processes are limited: cgroup-v2, cgroup-v1 or polling."""
        return "polling" if self._groups is None else self._groups.version

    def __reduce__(self) -> tuple[object, ...]:
        return _make, (self._uses_cgroups,)

    def run(self, command: Command) -> ExecutionResult:
        """Run one command to its end, kill what it left that can be found, return the facts."""
        with ExitStack() as stack:
            pipes = stack.enter_context(Pipes())
            tree = stack.enter_context(closing(self._start(command, pipes, has_report=True)))
            tree.open_gate()
            supervise([tree])
            if command.is_writable:
                drop_special_files(command.directory)
            return _result(tree)

    def open_judge(self, command: Command) -> FifoJudge:
        """Return a judge for many answers; see `codem_ray.sandbox.resident`."""
        return FifoJudge(command, self._start, _result)

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run two commands joined by pipes; the answer ends with the judge.

        Nothing but the operating system's permissions stands between the two, and they are the same
        user's: verdicts can be forged here.
        """
        with ExitStack() as stack:
            pipes = stack.enter_context(Pipes())
            to_answer, to_judge = pipes.pipe(), pipes.pipe()
            second = stack.enter_context(
                closing(
                    self._start(
                        answer,
                        pipes,
                        has_report=False,
                        peers={PEER_READ_FD: to_answer[0], PEER_WRITE_FD: to_judge[1]},
                    )
                )
            )
            first = stack.enter_context(
                closing(
                    self._start(
                        judge,
                        pipes,
                        has_report=True,
                        peers={PEER_READ_FD: to_judge[0], PEER_WRITE_FD: to_answer[1]},
                    )
                )
            )
            pipes.close(*to_answer, *to_judge)
            second.open_gate()
            first.open_gate()
            supervise([first, second])
            return _result(first), _result(second)

    def _start(
        self,
        command: Command,
        pipes: Pipes,
        *,
        has_report: bool,
        peers: dict[int, int] | None = None,
    ) -> Supervised:
        directory = os.path.realpath(command.directory)
        shown = tuple(str(path) for path in command.readable if path.is_relative_to("/work"))
        argv = [_substitute(argument, directory, shown) for argument in command.argv]
        if not command.directory.is_dir():
            raise SandboxError(f"the directory {directory} does not exist")
        if not argv[0].startswith("/") or not os.access(argv[0], os.X_OK):
            raise SandboxError(
                f"the program could not be started: {argv[0]} is no absolute path "
                f"of an executable file"
            )
        env = [
            f"{name}={_substitute(value, directory, shown)}" for name, value in command.env.items()
        ]
        stdin_read, stdin_write = pipes.pipe() if command.stdin else (pipes.open_null(), None)
        stdout, stderr, gate = (pipes.pipe() for _ in range(3))
        inside = {0: stdin_read, 1: stdout[1], 2: stderr[1], _GATE_FD: gate[0], **(peers or {})}
        report = None
        if has_report:
            report = pipes.one_way()
            inside[REPORT_FD] = report[1]
            if command.secret is not None:
                inside[SECRET_FD] = pipes.hold_once(command.secret)
        group = None if self._groups is None else self._groups.make(command.limits)
        pid = None
        try:
            pid = spawn(
                [_SHELL, "-c", _LAUNCHER, directory, self._env, "-i", *env, *argv],
                descriptors=inside,
            )
            pipes.close(*(fd for fd in inside.values() if fd not in (peers or {}).values()))
            if group is not None:
                group.join(pid)
            set_limits(pid, command.limits, is_process_count_ours=False)
            return Supervised(
                pid=pid,
                inner_pid=pid,
                limits=command.limits,
                group=group,
                gate_fd=pipes.release(gate[1]),
                stdin=None if stdin_write is None else (pipes.release(stdin_write), command.stdin),
                stdout_fd=pipes.release(stdout[0]),
                stderr_fd=pipes.release(stderr[0]),
                report_fd=None if report is None else pipes.release(report[0]),
                status_fd=None,
            )
        except BaseException as error:
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
                os.waitpid(pid, 0)
            if group is not None:
                group.remove()
            if isinstance(error, OSError):
                raise SandboxError(f"the process could not be set up: {error}") from error
            raise


def _make(uses_cgroups: bool) -> ProcessSandbox:
    return ProcessSandbox(uses_cgroups=uses_cgroups)


def _substitute(text: str, directory: str, shown: tuple[str, ...]) -> str:
    def real(match: re.Match[str]) -> str:
        # a toolchain that lies below the host's own /work stays what it is
        is_shown = text.startswith(shown, match.end(1))
        return match.group() if is_shown else match.group(1) + directory

    return _WORK.sub(real, text)


def _result(tree: Supervised) -> ExecutionResult:
    assert tree.wait_status is not None
    code = os.waitstatus_to_exitcode(tree.wait_status)
    if code < 0:
        return tree.result(exit_code=None, signal_number=-code)
    return tree.result(exit_code=code, signal_number=None)


BACKEND = SandboxBackend(
    name="process-without-isolation", isolates=False, open=ProcessSandbox, probe=probe_limits
)
