"""The command line of bubblewrap for one command."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from codem_ray.errors import SandboxError
from codem_ray.sandbox.local import GATE_FD
from codem_ray.sandbox.protocol import Command

SECCOMP_FD, STATUS_FD = 7, 8
_NAMESPACES = (
    *("--unshare-user", "--unshare-pid", "--unshare-cgroup-try", "--unshare-net", "--unshare-ipc"),
    *("--unshare-uts", "--hostname", "sandbox"),
)
_PRIVILEGES = (
    *("--uid", "65534", "--gid", "65534", "--cap-drop", "ALL", "--clearenv"),
    *("--new-session", "--die-with-parent", "--seccomp", str(SECCOMP_FD)),
)
_DESCRIPTORS = ("--json-status-fd", str(STATUS_FD), "--block-fd", str(GATE_FD))
_LOADER_CACHE = "/etc/ld.so.cache"
_MASKED_PROC = (
    *("kcore", "keys", "kpagecgroup", "kpagecount", "kpageflags", "latency_stats", "sched_debug"),
    *("slabinfo", "timer_list", "vmallocinfo"),
)


def root_options() -> bytes:
    """Return the options that every command shares, each ended by a NUL.

    A path that only one language needs is in its commands instead: each mount takes 0.3 ms.
    """
    options = [*_NAMESPACES, *_PRIVILEGES, *_DESCRIPTORS, "--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = Path("/", name)
        if path.is_symlink():
            options += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            options += ["--ro-bind", str(path), str(path)]
    options += ["--ro-bind-try", _LOADER_CACHE, _LOADER_CACHE, "--proc", "/proc"]
    for name in _MASKED_PROC:
        if Path("/proc", name).exists():
            options += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    options += ["--remount-ro", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    return _encode(options)


def command_options(command: Command) -> bytes:
    """Return the options of one command, which follow those of the root."""
    size = str(command.limits.file_bytes)
    # Readable paths come after the mounts that may cover them: /tmp, /work.
    options = ["--size", size, "--tmpfs", "/tmp", "--size", size, "--tmpfs", "/dev/shm"]
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
    return _encode(options)


def _encode(options: Iterable[str]) -> bytes:
    """Return options in the form of `bwrap --args`."""
    return os.fsencode("".join(f"{option}\0" for option in options))


def _make_mount_point(directory: Path, path: Path) -> None:
    """Create the mount point of a path below a read-only /work, where bubblewrap cannot."""
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
        raise SandboxError(
            f"no mount point for {path} could be made in {directory}: {error}"
        ) from error
