"""The hostile programs of the self-check, in Python.

Most print what they achieved and print nothing if they were contained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from codem_ray.records import ExecutionResult, Limits

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
_CGROUPS = """
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
    # Any error other than a refusal means that the kernel has examined the arguments.
    if done >= 0 or ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
        print("may call", name)
"""
_CALLS: tuple[tuple[str, tuple[int, int], tuple[int, ...]], ...] = (
    # Arguments that do no harm where the call is allowed. The numbers are not the filter's own,
    # so that a wrong number there is found.
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
_SPECIAL_FILES = """
import os
os.symlink("/etc/passwd", "/work/link")
os.mkfifo("/work/pipe")
os.symlink("/", "/work/folder")
"""
_LARGE_RESULTS = """
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


_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=20.0, memory_bytes=256 << 20, processes=32)
_SMALL_FILES = replace(_LIMITS, file_bytes=2 << 20)


def _printed(result: ExecutionResult) -> str:
    """Return the program's own report of its success, which is its output."""
    if result.exit_code == 0:
        return "; ".join(result.stdout.decode(errors="replace").split("\n")).strip("; ")
    if result.signal is not None:
        return ""
    return f"the probe itself failed: {result.stderr.decode(errors='replace')[-300:]}"


def _unless(
    is_stopped: Callable[[ExecutionResult], bool], message: str
) -> Callable[[ExecutionResult], str]:
    return lambda result: "" if is_stopped(result) else message


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One hostile program, and how its result shows whether it succeeded."""

    name: str
    """The property of the sandbox that it tests."""
    source: str
    limits: Limits = _LIMITS
    achieved: Callable[[ExecutionResult], str] = _printed
    """Describe the success of the attack; empty if it was contained."""
    is_mandatory: bool = True
    is_compiler: bool = False
    """Whether it writes to /work, where its results are inspected afterwards."""
    leaves_process: bool = False
    """Whether it tries to leave a process behind, which the self-check then looks for."""


def attacks(
    *, mark: str, host_paths: tuple[str, ...], cgroups: tuple[str, ...]
) -> tuple[Attack, ...]:
    """Return all attacks.

    `mark` names the files that they write, `host_paths` must not be visible inside, and `cgroups`
    are the directories of the host's control groups.
    """
    return (
        Attack(name="no network", source=_NETWORK),
        Attack(name="host files hidden", source=_HOST_FILES.format(paths=host_paths)),
        Attack(name="nothing written outside /tmp", source=_WRITE.format(name=mark)),
        Attack(name="kernel files hidden", source=_KERNEL_FILES),
        Attack(name="control groups hidden", source=_CGROUPS.format(folders=cgroups)),
        Attack(name="host processes hidden", source=_PROCESSES),
        Attack(name="no privileges", source=_PRIVILEGE),
        Attack(name="dangerous system calls refused", source=_SYSTEM_CALLS.format(calls=_CALLS)),
        Attack(name="nothing inherited", source=_ENVIRONMENT),
        Attack(name="processes limited", source=_FORKS, is_mandatory=False),
        Attack(
            name="memory limited",
            source=_MEMORY,
            achieved=_unless(
                lambda result: result.is_out_of_memory, "held 1 GiB under a limit of 256 MiB"
            ),
            is_mandatory=False,
        ),
        Attack(name="disk limited", source=_DISK.format(name=mark), limits=_SMALL_FILES),
        Attack(name="nothing outlives the run", source=_ESCAPE, leaves_process=True),
        Attack(
            name="CPU time limited",
            source=_CPU,
            limits=Limits(cpu_seconds=0.3, wall_seconds=20.0),
            achieved=_unless(
                lambda result: result.is_timed_out and not result.is_wall_timeout,
                "was not ended by the CPU time limit",
            ),
        ),
        Attack(
            name="wall time limited",
            source="import time; time.sleep(20)",
            limits=Limits(cpu_seconds=5.0, wall_seconds=0.3),
            achieved=_unless(lambda result: result.is_wall_timeout, "slept past the wall limit"),
        ),
        Attack(name="compilers leave plain files", source=_SPECIAL_FILES, is_compiler=True),
        Attack(
            name="compilers' disk limited",
            source=_LARGE_RESULTS,
            limits=_SMALL_FILES,
            achieved=lambda result: "",
            is_compiler=True,
        ),
        Attack(
            name="report limited",
            source=_REPORT,
            limits=Limits(cpu_seconds=5.0, wall_seconds=20.0, output_bytes=1 << 16),
            achieved=_unless(
                lambda result: result.is_output_exceeded, "wrote a report without end"
            ),
        ),
        Attack(
            name="output limited",
            source=_OUTPUT,
            limits=Limits(cpu_seconds=5.0, output_bytes=1 << 16),
            achieved=_unless(
                lambda result: result.is_output_exceeded and len(result.stdout) <= 1 << 16,
                "wrote more than the limit",
            ),
        ),
    )
