"""Attack a sandbox in small ways and say which attacks it held off."""

# ruff: noqa: PTH208

from __future__ import annotations

import os
import stat
import sys
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.protocol import Command, Finding, Sandbox

_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=20.0, memory_bytes=256 << 20, processes=32)

_NETWORK = """
import socket
opened = set()
for family in range(46):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
            opened.add(family)
        except OSError:
            pass
if opened:
    print("opened sockets of families", *sorted(opened))
"""
_HOST_FILES = """
import os
for path in {paths!r}:
    if os.path.exists(path):
        print("sees", path)
"""
_WRITE = """
import os
for place in ("/", "/usr", "/etc", "/dev", "/proc", "/var/tmp", "/work", os.getcwd()):
    path = os.path.join(place, {name!r})
    try:
        open(path, "w").close()
        os.unlink(path)
        print("wrote to", place)
    except OSError:
        pass
"""
_KERNEL_FILES = """
import os
for name in ("kcore", "keys", "kpagecount", "slabinfo", "timer_list", "vmallocinfo"):
    try:
        with open("/proc/" + name, "rb", buffering=0) as stream:
            if stream.read(16):
                print("reads /proc/" + name)
    except OSError:
        pass
for name in ("kernel/core_pattern", "kernel/hostname", "vm/swappiness"):
    try:
        os.close(os.open("/proc/sys/" + name, os.O_WRONLY))
        print("may write /proc/sys/" + name)
    except OSError:
        pass
"""
_GROUPS = """
import os
for folder in {folders!r}:
    for name in ("cgroup.procs", "tasks"):
        try:
            os.close(os.open(os.path.join(folder, name), os.O_WRONLY))
            print("may write", os.path.join(folder, name))
        except OSError:
            pass
"""
_PROCESSES = """
import os
seen = [name for name in os.listdir("/proc") if name.isdecimal()]
if len(seen) > 3:
    print("sees", len(seen), "processes")
"""
_PRIVILEGE = """
import os
if os.getuid() == 0 or os.getgid() == 0:
    print("runs as root")
status = dict(line.split(":", 1) for line in open("/proc/self/status") if ":" in line)
if int(status["CapEff"], 16) or int(status["CapPrm"], 16):
    print("holds capabilities", status["CapEff"].strip())
if status["NoNewPrivs"].strip() != "1":
    print("may gain privileges by set-uid programs")
"""
_SYSTEM_CALLS = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
machine = 0 if os.uname().machine == "x86_64" else 1
for name, numbers, arguments in {calls!r}:
    ctypes.set_errno(0)
    done = libc.syscall(numbers[machine], *arguments)
    # any other error than a refusal means that the kernel has looked at the arguments
    if done >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        print("may call", name)
"""
_CALLS: tuple[tuple[str, tuple[int, int], tuple[int, ...]], ...] = (
    # arguments that do no harm where the call is let through
    ("ptrace", (101, 117), (16, 0, 0, 0)),
    ("process_vm_readv", (310, 270), (0, 0, 0, 0, 0, 1)),
    ("pidfd_getfd", (438, 438), (-1, 0, 0)),
    ("unshare", (272, 97), (0x80,)),
    ("setns", (308, 268), (-1, 0)),
    ("mount", (165, 40), (0, 0, 0, 0, 0)),
    ("pivot_root", (155, 41), (0, 0)),
    ("chroot", (161, 51), (0,)),
    ("open_tree", (428, 428), (-1, 0, 0x10000000)),
    ("bpf", (321, 280), (-1, 0, 0)),
    ("perf_event_open", (298, 241), (0, 0, -1, -1, 1 << 20)),
    ("keyctl", (250, 219), (-1,)),
    ("userfaultfd", (323, 282), (0x10000000,)),
    ("io_uring_setup", (425, 425), (0, 0)),
    ("open_by_handle_at", (304, 265), (-1, 0, 0)),
)
_ENVIRONMENT = """
import os
left = sorted(set(os.environ) - {"PWD", "LC_CTYPE"})
if left:
    print("inherits", *left)
left = [fd for fd in range(3, 1024) if fd not in (3, 4) and os.path.exists(f"/proc/self/fd/{fd}")]
if left:
    print("inherits descriptors", *left)
"""
_FORKS = """
import os, time
count = 0
for _ in range(200):
    try:
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
        count += 1
    except OSError:
        break
time.sleep(0.2)
if count >= 100:
    print("started", count, "processes")
"""
_MEMORY = """
blocks = []
for _ in range(64):
    blocks.append(bytearray(b"x") * (16 << 20))
print("held", len(blocks) * 16, "MiB")
"""
_DISK = """
import os
total = 0
for number in range(16):
    try:
        with open(f"/tmp/{name}-{{number}}", "wb", buffering=0) as stream:
            while total < (number + 1) << 20:
                total += stream.write(b"x" * 65536)
    except OSError:
        pass
for number in range(16):
    if os.path.exists(f"/tmp/{name}-{{number}}"):
        os.unlink(f"/tmp/{name}-{{number}}")
if total > 8 << 20:
    print("wrote", total >> 20, "MiB to /tmp")
"""
_ESCAPE = """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for fd in range(3):
            os.close(fd)
        time.sleep(30)
        os._exit(0)
    os._exit(0)
time.sleep(0.1)
"""
_RESULTS = """
import os
os.symlink("/etc/passwd", "/work/link")
os.mkfifo("/work/pipe")
os.symlink("/", "/work/folder")
"""
_FILLING = """
import os
for number in range(64):
    with open(f"/work/{number}", "wb") as stream:
        stream.write(b"x" * (1 << 20))
"""
_REPORT = """
import os
while True:
    os.write(4, b"x" * 65536)
"""
_CPU = "while True: pass"
_OUTPUT = "while True: print('x' * 4096)"


@dataclass(frozen=True, slots=True)
class _Probe:
    name: str
    source: str
    limits: Limits
    judge: Callable[[ExecutionResult], str]
    """What the attack reached; empty when it was held off."""
    is_mandatory: bool = True
    is_compiler: bool = False
    """It writes to /work, and what it leaves there is looked at."""


def _printed(result: ExecutionResult) -> str:
    """The attack says itself what it reached."""
    if result.exit_code == 0:
        return "; ".join(result.stdout.decode(errors="replace").split("\n")).strip("; ")
    if result.signal is not None:
        return ""
    return f"the probe itself failed: {result.stderr.decode(errors='replace')[-300:]}"


def _unless(
    is_stopped: Callable[[ExecutionResult], bool], message: str
) -> Callable[[ExecutionResult], str]:
    return lambda result: "" if is_stopped(result) else message


def self_check(sandbox: Sandbox) -> tuple[Finding, ...]:
    """Run each attack in the sandbox and return what held, in one list for every backend.

    `is_present` says that the attack was held off. Takes about two seconds.
    """
    name = f"codem-ray-{uuid.uuid4().hex}"
    with (
        tempfile.NamedTemporaryFile(prefix="codem-ray-seen-") as marker,
        tempfile.TemporaryDirectory(prefix="codem-ray-check-") as directory,
    ):
        findings = []
        for probe in _probes(name, marker.name):
            with tempfile.TemporaryDirectory(dir=directory) as work:
                result = sandbox.run(_command(probe, name, Path(work)))
                reached = probe.judge(result) or (_left(Path(work)) if probe.is_compiler else "")
            if probe.source == _ESCAPE:
                reached = _end_escaped(name)
            findings.append(
                Finding(
                    name=probe.name,
                    is_present=not reached,
                    is_mandatory=probe.is_mandatory,
                    detail=reached or "held off",
                    remedy=(
                        "use the backend bubblewrap: it holds this off"
                        if reached and sandbox.name != "bubblewrap"
                        else ""
                    ),
                )
            )
        return tuple(findings)


def _probes(name: str, marker: str) -> tuple[_Probe, ...]:
    small = Limits(
        cpu_seconds=5.0, wall_seconds=20.0, memory_bytes=256 << 20, processes=32, file_bytes=2 << 20
    )
    return (
        _Probe("no network", _NETWORK, _LIMITS, _printed),
        _Probe(
            "host files hidden", _HOST_FILES.format(paths=_host_paths(marker)), _LIMITS, _printed
        ),
        _Probe("nothing written outside /tmp", _WRITE.format(name=name), _LIMITS, _printed),
        _Probe("kernel files hidden", _KERNEL_FILES, _LIMITS, _printed),
        _Probe("control groups hidden", _GROUPS.format(folders=_groups()), _LIMITS, _printed),
        _Probe("host processes hidden", _PROCESSES, _LIMITS, _printed),
        _Probe("no privileges", _PRIVILEGE, _LIMITS, _printed),
        _Probe(
            "dangerous system calls refused", _SYSTEM_CALLS.format(calls=_CALLS), _LIMITS, _printed
        ),
        _Probe("nothing inherited", _ENVIRONMENT, _LIMITS, _printed),
        _Probe("processes limited", _FORKS, _LIMITS, _printed, is_mandatory=False),
        _Probe(
            "memory limited",
            _MEMORY,
            _LIMITS,
            _unless(lambda result: result.is_out_of_memory, "held 1 GiB under a limit of 256 MiB"),
            is_mandatory=False,
        ),
        _Probe("disk limited", _DISK.format(name=name), small, _printed),
        _Probe("nothing outlives the run", _ESCAPE, _LIMITS, _printed),
        _Probe(
            "CPU time limited",
            _CPU,
            Limits(cpu_seconds=0.3, wall_seconds=20.0),
            _unless(
                lambda result: result.is_timed_out and not result.is_wall_timeout,
                "was not ended by its CPU time",
            ),
        ),
        _Probe(
            "wall time limited",
            "import time; time.sleep(20)",
            Limits(cpu_seconds=5.0, wall_seconds=0.3),
            _unless(lambda result: result.is_wall_timeout, "slept past the wall limit"),
        ),
        _Probe("compilers leave plain files", _RESULTS, _LIMITS, _printed, is_compiler=True),
        _Probe("compilers' disk limited", _FILLING, small, lambda result: "", is_compiler=True),
        _Probe(
            "report limited",
            _REPORT,
            Limits(cpu_seconds=5.0, wall_seconds=20.0, output_bytes=1 << 16),
            _unless(lambda result: result.is_output_exceeded, "wrote a report without end"),
        ),
        _Probe(
            "output limited",
            _OUTPUT,
            Limits(cpu_seconds=5.0, output_bytes=1 << 16),
            _unless(
                lambda result: result.is_output_exceeded and len(result.stdout) <= 1 << 16,
                "wrote more than the limit",
            ),
        ),
    )


def _left(work: Path) -> str:
    """What a compiler's run has left that no result may be."""
    strange, total = [], 0
    for path in work.rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            total += path.lstat().st_size
        elif not stat.S_ISDIR(mode):
            strange.append(path.name)
    if strange:
        return f"left {', '.join(sorted(strange))}"
    return f"left {total >> 20} MiB under a limit of 2 MiB" if total > 2 << 20 else ""


def _groups() -> tuple[str, ...]:
    factory = cgroups.detect()
    return () if factory is None else factory.directories


def _host_paths(marker: str) -> tuple[str, ...]:
    """Paths that must not be seen; folders above the interpreter are there, but empty else."""
    paths = ("/etc/passwd", "/etc/shadow", "/root", "/home", "/var", "/sys", "/run", marker)
    above = {str(parent) for folder in _interpreter_folders() for parent in folder.parents}
    return tuple(path for path in paths if path not in above)


def _command(probe: _Probe, name: str, directory: Path) -> Command:
    # the resolved interpreter: in a virtual environment sys.executable is a link out of it
    return Command(
        argv=(os.path.realpath(sys.executable), "-I", "-S", "-c", probe.source, name),
        directory=directory,
        is_writable=probe.is_compiler,
        readable=_interpreter_folders(),
        limits=probe.limits,
    )


def _interpreter_folders() -> tuple[Path, ...]:
    prefix = Path(sys.base_prefix).resolve()
    return () if prefix == Path("/usr") else (prefix,)


def _end_escaped(name: str) -> str:
    """Find processes of ours that outlived their run by the name in their arguments; end them."""
    escaped = []
    for entry in os.listdir("/proc"):
        if not entry.isdecimal() or int(entry) == os.getpid():
            continue
        try:
            arguments = Path("/proc", entry, "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        if arguments.endswith(name.encode() + b"\0"):
            escaped.append(entry)
            os.kill(int(entry), 9)
    return f"{len(escaped)} processes lived on" if escaped else ""
