"""Properties of single backends of this machine: control groups, polling, no isolation."""

# ruff: noqa: PT018

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest
from sandbox_commands import processes_with, python_command, run_shell

from codem_ray.records import Limits
from codem_ray.sandbox import cgroups
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.sandbox.process import ProcessSandbox
from codem_ray.sandbox.protocol import Command
from codem_ray.sandbox.self_check import self_check

pytestmark = pytest.mark.toolchain


@pytest.mark.parametrize("uses_cgroups", [True, False])
def test_a_child_that_left_the_session_is_killed(tmp_path: Path, uses_cgroups: bool) -> None:
    if find_bwrap() is None:
        pytest.skip("bubblewrap is not installed on this host")
    marker = uuid.uuid4().hex
    source = (
        "import os, time\nif os.fork() == 0:\n os.setsid()\n if os.fork() == 0:\n"
        "  time.sleep(30)\n os._exit(0)\nos.wait()"
    )
    result = BubblewrapSandbox(uses_cgroups=uses_cgroups).run(
        python_command(tmp_path, source, argument=marker)
    )
    assert result.exit_code == 0
    assert processes_with(marker) == []


def test_the_self_check_finds_the_holes_of_the_weaker_backend() -> None:
    findings = self_check(ProcessSandbox(uses_cgroups=False))
    missing = {finding.name for finding in findings if not finding.is_present}
    assert all(finding.remedy for finding in findings if not finding.is_present)
    assert {
        "no network",
        "host files hidden",
        "host processes hidden",
        "dangerous system calls refused",
        "compilers' disk limited",
    } <= missing
    assert {
        "CPU time limited",
        "wall time limited",
        "output limited",
        "report limited",
        "compilers leave plain files",
    }.isdisjoint(missing)


def test_groups_of_a_dead_owner_are_removed() -> None:
    factory = cgroups.detect()
    if factory is None:
        pytest.skip("this host has no writable control groups")
    script = (
        "from codem_ray.sandbox import cgroups; from codem_ray.records import Limits; "
        "cgroups.detect().make(Limits())"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
    living = factory.make(Limits())
    try:
        factory.remove_stale()
        names = {
            path.name
            for directory in factory.directories
            for path in Path(directory).glob(f"{cgroups.PREFIX}*")
        }
        assert any(name.startswith(own_groups()) for name in names)
        assert all(cgroups._has_living_owner(name) for name in names)
    finally:
        living.remove()


def test_groups_of_another_pid_namespace_are_left_alone() -> None:
    factory = cgroups.detect()
    if factory is None:
        pytest.skip("this host has no writable control groups")
    command = ["unshare", "--fork", "--pid", "--mount-proc", "--kill-child", sys.executable, "-c"]
    if subprocess.run([*command, "pass"], check=False, capture_output=True).returncode:
        pytest.skip("this host allows no pid namespace")
    script = "from codem_ray.sandbox import cgroups; cgroups.detect().remove_stale()"
    living = factory.make(Limits())
    try:
        subprocess.run([*command, script], check=True)
        assert living.cpu_seconds() == 0
    finally:
        living.remove()


def test_the_weaker_backend_does_not_rewrite_readable_folders_below_work(
    tmp_path: Path,
) -> None:
    if not os.access("/work", os.W_OK):
        pytest.skip("no folder can be made in /work here")
    (tmp_path / "own").write_text("own")
    with tempfile.TemporaryDirectory(dir="/work") as name:
        Path(name, "tool").write_text("found")
        result = ProcessSandbox().run(
            Command(
                argv=("/bin/cat", f"{name}/tool", "/work/own"),
                directory=tmp_path,
                readable=(Path(name),),
            )
        )
    assert result.stdout == b"foundown"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nwhile True:\n os.write(os.memfd_create('x'), b'x' * (32 << 20))",
        "import ctypes\nwhile ctypes.CDLL(None).shmget(0, 1 << 25, 0o1600) >= 0: pass\n1 / 0",
    ],
)
def test_unmapped_memory_is_refused_where_it_cannot_be_counted(tmp_path: Path, source: str) -> None:
    if find_bwrap() is None:
        pytest.skip("bubblewrap is not installed on this host")
    result = BubblewrapSandbox(uses_cgroups=False).run(
        python_command(tmp_path, source, limits=Limits(cpu_seconds=3, wall_seconds=20))
    )
    assert result.exit_code == 1 and not result.is_timed_out


@pytest.fixture
def limited() -> BubblewrapSandbox:
    """Return a sandbox that limits memory and processes by control groups."""
    if find_bwrap() is None:
        pytest.skip("bubblewrap is not installed on this host")
    sandbox = BubblewrapSandbox()
    if sandbox.memory_enforcement == "polling":
        pytest.skip("this host has no writable control groups")
    return sandbox


def test_the_process_limit_is_exact_with_control_groups(
    limited: BubblewrapSandbox, tmp_path: Path
) -> None:
    script = "i=0; while sleep 5 & do i=$((i+1)); echo $i; done"
    limits = Limits(processes=16, wall_seconds=10)
    assert run_shell(limited, tmp_path, script, limits=limits).stdout.split()[-1] == b"15"


@pytest.mark.parametrize(
    "script",
    [
        "exec head -c 300000000 /dev/zero > /dev/shm/x",
        "while :; do head -c 1000000 /dev/zero >> /dev/shm/x; done",
        "i=0; while :; do i=$((i+1)); echo 1 > /dev/shm/$i; done",
    ],
)
def test_memory_of_files_counts_whichever_process_the_kernel_kills(
    limited: BubblewrapSandbox, tmp_path: Path, script: str
) -> None:
    limits = Limits(memory_bytes=64 << 20, file_bytes=1 << 30)
    result = run_shell(limited, tmp_path, script, limits=limits)
    assert result.is_out_of_memory
    assert result.signal == 9


def own_groups() -> str:
    """Return how the names of this process's groups begin."""
    return f"{cgroups.PREFIX}{cgroups.pid_namespace()}.{os.getpid()}."
