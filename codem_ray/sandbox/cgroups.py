"""Finds where control groups with limits can be made, and makes them.

Detection makes a test group instead of reading versions: a version 2 tree may be mounted without
controllers, and a group may exist that this process cannot write.
"""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator, Mapping
from pathlib import Path

from codem_ray.errors import SandboxError
from codem_ray.records import Limits
from codem_ray.sandbox.cgroup_versions import (
    V1_CONTROLLERS,
    V2_CONTROLLERS,
    Group,
    GroupV1,
    GroupV2,
    remove_directory,
)
from codem_ray.sandbox.process_tree import start_time
from codem_ray.sandbox.protocol import Finding

PREFIX = "codem-ray."
"""Names of our groups continue with the owner's pid namespace, pid, start time, and a number."""
_SLEEP = "/bin/sleep"
_counter = itertools.count()
_REMEDY = (
    "give the process writable control groups: on a host run it under `systemd-run --user --scope "
    "-p Delegate=yes codem-ray ...`; in a container mount /sys/fs/cgroup writable. Without them "
    "the memory of the process tree is polled every 50 ms and may exceed its limit in between"
)


class GroupFactory:
    """Makes groups below directories that have been tested."""

    def __init__(self, version: str, bases: Mapping[str, str]) -> None:
        """`bases` maps each version 1 controller, or "unified", to a directory."""
        self.version, self._bases = version, dict(bases)

    @property
    def directories(self) -> tuple[str, ...]:
        """Directories in which groups are made."""
        return tuple(self._bases.values())

    def make(self, limits: Limits) -> Group:
        """Make a group with these limits; an OSError is raised as SandboxError."""
        pid = os.getpid()
        name = f"{PREFIX}{pid_namespace()}.{pid}.{start_time(pid)}.{next(_counter)}"
        try:
            if self.version == GroupV2.version:
                return GroupV2(self._bases["unified"], name, limits)
            return GroupV1(self._bases, name, limits)
        except OSError as error:
            raise SandboxError(
                f"no control group could be made: {error}; it worked when this process began. "
                f"Check that {', '.join(self.directories)} can be written, then start again"
            ) from error

    def remove_stale(self) -> None:
        """Remove groups whose owner is no longer alive."""
        for base in self.directories:
            for group in Path(base).glob(f"{PREFIX}*"):
                if not _has_living_owner(group.name):
                    remove_directory(group)


def pid_namespace() -> int:
    """Return the number of this process's pid namespace.

    Containers of one host may share its control groups, and each counts its own pids.
    """
    return Path("/proc/self/ns/pid").stat().st_ino


def _has_living_owner(name: str) -> bool:
    match name.removeprefix(PREFIX).split("."):
        case [namespace, pid, started, _] if namespace == str(pid_namespace()):
            return start_time(int(pid)) == int(started)
    # Another program made it, or its owner is in a pid namespace that cannot be seen from here.
    return True


def detect() -> GroupFactory | None:
    """Return a factory that works on this host, or None if there is none."""
    try:
        return next((factory for factory in _candidates() if _works(factory)), None)
    except OSError:
        return None


def _candidates() -> Iterator[GroupFactory]:
    """Yield places where groups might be made: version 2 first, the nearest group first."""
    current = _current_groups()
    v1_bases: dict[str, str] = {}
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, mount, kind, options, *_ = line.split(" ")
        if kind == "cgroup2":
            for directory in _ancestors(mount, current.get("", "/")):
                if os.access(directory, os.W_OK) and _offers_v2(directory):
                    yield GroupFactory(GroupV2.version, {"unified": str(directory)})
        elif kind == "cgroup":
            for controller in set(V1_CONTROLLERS) & set(options.split(",")):
                directories = _ancestors(mount, current.get(controller, "/"))
                v1_bases |= {controller: str(directories[0])} if directories else {}
    if len(v1_bases) == len(V1_CONTROLLERS):
        yield GroupFactory(GroupV1.version, v1_bases)


def _current_groups() -> dict[str, str]:
    """Return the group of this process by controller; version 2 is named ''."""
    groups: dict[str, str] = {}
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        groups |= dict.fromkeys(controllers.split(","), path)
    return groups


def _ancestors(mount: str, group: str) -> list[Path]:
    """Return the visible directories of a group and of those above it, nearest first."""
    directory = Path(mount, group.removeprefix("/"))
    return [
        path
        for path in (directory, *directory.parents)
        # A group outside our cgroup namespace has a path with "..".
        if path.is_relative_to(mount) and ".." not in path.parts and path.is_dir()
    ]


def _offers_v2(directory: Path) -> bool:
    """Return whether child groups have the controllers; enable them where possible.

    A group other than the root that holds processes cannot pass controllers on (EBUSY). Then the
    group above it is tried, which in a systemd user session is delegated to the user.
    """
    enabled = directory / "cgroup.subtree_control"
    try:
        if not set(V2_CONTROLLERS) <= set((directory / "cgroup.controllers").read_text().split()):
            return False
        if not set(V2_CONTROLLERS) <= set(enabled.read_text().split()):
            enabled.write_text(" ".join(f"+{controller}" for controller in V2_CONTROLLERS))
    except OSError:
        return False
    return True


def _works(factory: GroupFactory) -> bool:
    """Make a group, move a process into it, read its figures, and remove both."""
    try:
        group = factory.make(Limits())
    except SandboxError:
        return False
    try:
        pid = os.posix_spawn(_SLEEP, [_SLEEP, "10"], {})
        try:
            group.join(pid)
            group.cpu_seconds()
            group.is_out_of_memory()
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    except OSError:
        return False
    finally:
        group.remove()
    return True


def probe_limits() -> tuple[Finding, ...]:
    """Check whether the kernel can limit memory and processes of a whole process tree."""
    factory = detect()
    if factory is None:
        details = {"memory": "polling", "process": "polling, and RLIMIT_NPROC"}
    else:
        detail = f"{factory.version} in {', '.join(factory.directories)}"
        details = {"memory": detail, "process": detail}
    return tuple(
        Finding(
            name=f"{name} limit",
            is_present=factory is not None,
            is_mandatory=False,
            detail=detail,
            remedy="" if factory else _REMEDY,
        )
        for name, detail in details.items()
    )
