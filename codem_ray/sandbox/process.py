"""The backend without isolation: resource limits and a process group, nothing else.

It is for hosts without namespaces and is used only if the sweep file names it. The program runs as
our user, sees the files, processes and network of the host, and can write wherever we can. It can
forge verdicts, because judge and answer run as the same user. Without a mount namespace there is no
`/work` either: in arguments and environment variables the real directory is substituted for it.
"""

from __future__ import annotations

import os
import re
import shutil

from codem_ray.errors import SandboxError, SandboxUnavailableError
from codem_ray.records import ExecutionResult
from codem_ray.sandbox.cgroups import probe_limits
from codem_ray.sandbox.local import Launch, LocalSandbox
from codem_ray.sandbox.protocol import Command, SandboxBackend
from codem_ray.sandbox.spawn import Pipes
from codem_ray.sandbox.supervision import SupervisedTree
from codem_ray.sandbox.workspace import drop_special_files

_SHELL = "/bin/sh"
# Waits at the gate, descriptor 9, while limits are set, then becomes the program.
_WAIT_AT_GATE = 'read -r _ <&9 || exit 125; exec 9<&-; cd "$0" && exec "$@"'
# At the start, after a separator, or after a one-letter option (-I/work).
_WORK = re.compile(r"(^-[A-Za-z]|^|[\s=:,;\"'(<>])/work(?=$|[/\s:,;\"')<>])")


class ProcessSandbox(LocalSandbox):
    """Runs each command as a process group of this user."""

    name = "process-without-isolation"
    has_user_namespace = False

    def __init__(self, *, uses_cgroups: bool = True) -> None:
        env = shutil.which("env", path="/usr/bin:/bin")
        if env is None or not os.access(_SHELL, os.X_OK):
            raise SandboxUnavailableError(f"{_SHELL} or `env` is missing: install coreutils")
        self._env = env
        super().__init__(uses_cgroups=uses_cgroups)

    def run(self, command: Command) -> ExecutionResult:
        """Run one command, kill the processes of it that can be found, and return the facts."""
        result = super().run(command)
        if command.is_writable:
            drop_special_files(command.directory)
        return result

    def prepare(self, command: Command, pipes: Pipes) -> Launch:
        directory = os.path.realpath(command.directory)
        if not command.directory.is_dir():
            raise SandboxError(f"the directory {directory} does not exist")
        readable = tuple(str(path) for path in command.readable if path.is_relative_to("/work"))
        argv = [_substitute(argument, directory, readable) for argument in command.argv]
        if not argv[0].startswith("/") or not os.access(argv[0], os.X_OK):
            raise SandboxError(
                f"the program could not be started: {argv[0]} is not the absolute path "
                f"of an executable file"
            )
        env = [
            f"{name}={_substitute(value, directory, readable)}"
            for name, value in command.env.items()
        ]
        wait = [_SHELL, "-c", _WAIT_AT_GATE, directory, self._env, "-i"]
        return Launch(argv=[*wait, *env, *argv], descriptors={})

    def read_result(self, tree: SupervisedTree) -> ExecutionResult:
        if tree.wait_status is None:
            raise SandboxError(f"process {tree.pid} has not ended")
        code = os.waitstatus_to_exitcode(tree.wait_status)
        if code < 0:
            return tree.result(exit_code=None, signal_number=-code)
        return tree.result(exit_code=code, signal_number=None)


def _substitute(text: str, directory: str, readable: tuple[str, ...]) -> str:
    """Replace `/work` by the directory, except in the readable paths below the host's /work."""

    def real(match: re.Match[str]) -> str:
        is_readable = text.startswith(readable, match.end(1))
        return match.group() if is_readable else match.group(1) + directory

    return _WORK.sub(real, text)


BACKEND = SandboxBackend(
    name=ProcessSandbox.name, isolates=False, open=ProcessSandbox, probe=probe_limits
)
