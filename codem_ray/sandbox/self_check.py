"""Attack a sandbox in small ways and say which attacks it held off."""

# ruff: noqa: PTH208

from __future__ import annotations

import os
import sys
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import Command, Finding, Sandbox

_LIMITS = Limits(cpu_seconds=5.0, wall_seconds=20.0, memory_bytes=256 << 20, processes=32)

_NETWORK = """
import socket
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):
    try:
        socket.socket(family, socket.SOCK_STREAM)
        print("opened a socket of", family.name)
    except OSError:
        pass
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
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x10000000) == 0:
    print("made a user namespace")
if libc.ptrace(0, 0, 0, 0) == 0:
    print("may ptrace")
"""
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
            result = sandbox.run(_command(probe, name, Path(directory)))
            reached = probe.judge(result)
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
        _Probe("host processes hidden", _PROCESSES, _LIMITS, _printed),
        _Probe("no privileges", _PRIVILEGE, _LIMITS, _printed),
        _Probe("dangerous system calls refused", _SYSTEM_CALLS, _LIMITS, _printed),
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
