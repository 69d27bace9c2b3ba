"""Programs start inside their control group, by a thread that goes in and comes back."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from codem_ray.errors import SandboxError
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox import cgroups, launcher
from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.sandbox.cgroups import Door, GroupFactory
from codem_ray.sandbox.protocol import Command
from codem_ray.sandbox.spawn import spawn

pytestmark = pytest.mark.skipif(find_bwrap() is None, reason="needs bubblewrap")
_FULL = Path("/dev/full")
_FORKS = "i=0; while sleep 5 & do i=$((i+1)); echo $i; done"
"""Prints how many processes it could start."""


@pytest.fixture
def sandbox() -> BubblewrapSandbox:
    return BubblewrapSandbox()


@pytest.fixture
def factory(sandbox: BubblewrapSandbox) -> GroupFactory:
    if sandbox._groups is None or not sandbox._groups.has_doors:
        pytest.skip("this host's control groups have no doors")
    return sandbox._groups


def run(
    sandbox: BubblewrapSandbox, folder: Path, script: str, limits: Limits | None = None
) -> ExecutionResult:
    argv = ("/bin/sh", "-c", script)
    return sandbox.run(Command(argv=argv, directory=folder, limits=limits or Limits()))


def our_groups() -> set[str]:
    """Return the control groups of this process's threads: one text unless they differ."""
    threads = Path("/proc/self/task").iterdir()
    return {(thread / "cgroup").read_text(encoding="ascii") for thread in threads}


def without_doors(factory: GroupFactory) -> GroupFactory:
    return GroupFactory(factory.version, factory._bases)


def test_the_thread_comes_back(
    sandbox: BubblewrapSandbox, factory: GroupFactory, tmp_path: Path
) -> None:
    before = our_groups()
    assert run(sandbox, tmp_path, "exit 3").exit_code == 3
    assert our_groups() == before
    assert len(before) == 1


def test_a_program_is_inside_and_does_not_learn_the_name_of_its_group(
    sandbox: BubblewrapSandbox, factory: GroupFactory, tmp_path: Path
) -> None:
    result = run(sandbox, tmp_path, "cat /proc/self/cgroup")
    places = dict(line.split(":")[1:] for line in result.stdout.decode().splitlines())
    assert {places["memory"], places["pids"], places["cpuacct"]} == {"/"}


@pytest.mark.parametrize("has_doors", [True, False])
def test_a_program_may_have_as_many_processes_either_way(
    sandbox: BubblewrapSandbox, factory: GroupFactory, tmp_path: Path, has_doors: bool
) -> None:
    if not has_doors:
        sandbox._groups = without_doors(factory)
    result = run(sandbox, tmp_path, _FORKS, Limits(processes=16, wall_seconds=10))
    assert result.stdout.split()[-1] == b"15"


@pytest.mark.parametrize(
    "script",
    [
        "exec head -c 300000000 /dev/zero > /dev/shm/x",
        "while :; do head -c 1000000 /dev/zero >> /dev/shm/x; done",
        "i=0; while :; do i=$((i+1)); echo 1 > /dev/shm/$i; done",
    ],
)
def test_where_memory_ran_out_the_program_is_held_to_it_whoever_was_killed(
    sandbox: BubblewrapSandbox, factory: GroupFactory, tmp_path: Path, script: str
) -> None:
    # What fills the memory belongs to no process, and the program's are smaller than bubblewrap's.
    limits = replace(Limits(), memory_bytes=64 << 20, file_bytes=1 << 30)
    result = run(sandbox, tmp_path, script, limits)
    assert result.is_out_of_memory
    assert result.signal == 9


def test_a_thread_that_cannot_go_in_stays_outside(
    sandbox: BubblewrapSandbox,
    factory: GroupFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = our_groups()
    (tmp_path / "tasks").symlink_to(_FULL)
    whole = Door.open

    def half(door: Door) -> None:
        door._inside_folders = (door._inside_folders[0], str(tmp_path))
        whole(door)

    with monkeypatch.context() as patched:
        patched.setattr(Door, "open", half)
        with pytest.raises(SandboxError, match="No space left"):
            run(sandbox, tmp_path, "exit 3")
    assert our_groups() == before
    assert run(sandbox, tmp_path, "exit 3").exit_code == 3


def test_a_group_of_another_place_has_no_door(factory: GroupFactory, tmp_path: Path) -> None:
    below = [f"{base}/{cgroups.PREFIX}door.test" for base in factory.directories]
    for place in below:
        os.mkdir(place)  # noqa: PTH102
    try:
        assert cgroups._hold_us(factory.directories)
        assert not cgroups._hold_us(below)
    finally:
        for place in below:
            os.rmdir(place)  # noqa: PTH106


def test_an_interrupt_leaves_no_thread_inside_and_no_process(
    sandbox: BubblewrapSandbox,
    factory: GroupFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(*arguments: object, **options: object) -> int:
        signal.raise_signal(signal.SIGINT)  # the main thread's handler runs while it waits for us
        time.sleep(0.1)
        return spawn(*arguments, **options)  # type: ignore[arg-type]

    before = our_groups()
    num_open = len(list(Path("/proc/self/fd").iterdir()))
    with monkeypatch.context() as patched:
        patched.setattr(launcher, "spawn", slow)
        with pytest.raises(KeyboardInterrupt):
            run(sandbox, tmp_path, "exit 3")
    assert run(sandbox, tmp_path, "exit 3").exit_code == 3
    assert our_groups() == before
    assert len(list(Path("/proc/self/fd").iterdir())) == num_open
