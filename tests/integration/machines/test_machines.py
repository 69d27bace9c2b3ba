"""Machines made of namespaces: what they share, and what is left of them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from machines import HOME, ROOT, Machine, network


@pytest.fixture(scope="module")
def pair(machines_possible: None) -> Iterator[tuple[Machine, Machine]]:
    with network(["one", "two"]) as machines:
        yield machines["one"], machines["two"]


def reaches(machine: Machine, other: Machine) -> bool:
    """Return whether a packet to a closed port is answered at all."""
    probe = f"timeout 2 bash -c 'echo > /dev/tcp/{other.address}/1' 2>&1"
    return "refused" in machine.run(["bash", "-c", probe], check=False).stdout


def test_machines_share_no_folder_that_they_can_write(pair: tuple[Machine, Machine]) -> None:
    one, two = pair
    for folder in ("/tmp", str(HOME), "/var/tmp", "/dev/shm"):
        one.run(["touch", f"{folder}/mark"])
        assert one.run(["ls", folder]).stdout.split() == ["mark"]
        assert two.run(["ls", folder]).stdout == ""
    for folder in ("/", "/etc", str(ROOT), str(ROOT / "codem_ray")):
        assert "Read-only" in one.run(["touch", f"{folder}/mark"], check=False).stderr


def test_machines_have_names_addresses_and_the_code(pair: tuple[Machine, Machine]) -> None:
    one, two = pair
    assert [m.run(["hostname"]).stdout.strip() for m in pair] == ["one", "two"]
    assert reaches(one, two)
    found = one.run(["python", "-c", "import codem_ray; print(codem_ray.__file__)"]).stdout
    assert Path(found.strip()) == ROOT / "codem_ray/__init__.py"


def test_a_machine_that_is_cut_off_answers_again_afterwards(pair: tuple[Machine, Machine]) -> None:
    one, two = pair
    with two.cut_off():
        assert not reaches(one, two)
    assert reaches(one, two)


def test_a_killed_machine_loses_its_processes_and_keeps_its_disk(
    pair: tuple[Machine, Machine],
) -> None:
    _, two = pair
    two.run(["sh", "-c", "echo kept > /tmp/kept; setsid sleep 777 > /dev/null 2>&1 &"])
    assert runs("sleep 777", two)
    two.kill()
    assert two.processes() == {}
    assert subprocess.run(["pgrep", "-f", "^sleep 777$"], check=False).returncode == 1
    two.start()
    assert two.run(["cat", "/tmp/kept"]).stdout == "kept\n"


def runs(command: str, machine: Machine) -> bool:
    """Return whether a machine runs a command, perhaps still as an argument of `setsid`."""
    return any(line.endswith(command) for line in machine.processes().values())


def test_a_network_leaves_nothing_behind(machines_possible: None) -> None:
    before = own_links()
    with network(["three"]) as machines:
        three = machines["three"]
        three.run(["sh", "-c", "setsid sleep 778 > /dev/null 2>&1 &"])
        assert runs("sleep 778", three)
        assert own_links() > before
    assert not three.folder.exists()
    assert own_links() == before
    assert subprocess.run(["pgrep", "-f", "^sleep 778$"], check=False).returncode == 1


def own_links() -> set[str]:
    """Return the network links of this process's machines."""
    return {link.name for link in Path("/sys/class/net").glob(f"crb{os.getpid()}[a-z]*")}
