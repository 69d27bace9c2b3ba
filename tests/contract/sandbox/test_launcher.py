"""Sandboxes start from a thread with namespaces of its own, where root allows it."""

from __future__ import annotations

import multiprocessing
import os
import platform
from pathlib import Path

import pytest

from codem_ray.sandbox.bubblewrap import BubblewrapSandbox
from codem_ray.sandbox.bubblewrap_probe import find_bwrap
from codem_ray.sandbox.launcher import Launcher, open_launcher
from codem_ray.sandbox.protocol import Command

pytestmark = pytest.mark.skipif(find_bwrap() is None, reason="needs bubblewrap")
KINDS = ("net", "ipc", "uts")
NETWORK = Path("/proc/self/ns/net")
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root has a launcher")


def namespace(
    sandbox: BubblewrapSandbox, folder: Path, *, has_sockets: bool = False, kind: str = "net"
) -> str:
    """Return which network, or namespace of another kind, a program is in."""
    argv = ("/usr/bin/readlink", f"/proc/self/ns/{kind}")
    command = Command(argv=argv, directory=folder, needs_unix_sockets=has_sockets)
    return sandbox.run(command).stdout.decode()


@pytest.mark.parametrize("kind", KINDS)
def test_no_program_is_in_our_namespaces(tmp_path: Path, kind: str) -> None:
    sandbox = BubblewrapSandbox()
    ours = str(Path("/proc/self/ns", kind).readlink())
    for has_sockets in (False, True):
        found = namespace(sandbox, tmp_path, has_sockets=has_sockets, kind=kind)
        assert found.startswith(f"{kind}:")
        assert found.strip() != ours


@needs_root
@pytest.mark.parametrize("kind", KINDS)
def test_only_programs_without_sockets_share_them(tmp_path: Path, kind: str) -> None:
    sandbox = BubblewrapSandbox()
    found = [
        namespace(sandbox, tmp_path, has_sockets=one, kind=kind)
        for one in (False, False, True, True)
    ]
    assert found[0] == found[1]
    # The two may have the same number: the first is gone when the second begins.
    assert found[0] not in found[2:]


def test_all_programs_are_on_a_host_of_one_name(tmp_path: Path) -> None:
    for has_sockets in (False, True):
        command = Command(
            argv=("/usr/bin/uname", "-n"), directory=tmp_path, needs_unix_sockets=has_sockets
        )
        assert BubblewrapSandbox().run(command).stdout == b"sandbox\n"


@needs_root
def test_our_own_mounts_and_network_stay(tmp_path: Path) -> None:
    mounts, network = Path("/proc/self/mounts").read_text(), str(NETWORK.readlink())
    host = platform.node()
    namespace(BubblewrapSandbox(), tmp_path)
    assert Path("/proc/self/mounts").read_text() == mounts
    assert str(NETWORK.readlink()) == network
    assert platform.node() == host


@needs_root
def test_a_forked_process_goes_without_the_thread(tmp_path: Path) -> None:
    sandbox = BubblewrapSandbox()
    namespace(sandbox, tmp_path)
    context = multiprocessing.get_context("fork")
    found = context.SimpleQueue()
    child = context.Process(target=lambda: found.put(namespace(sandbox, tmp_path)))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    assert found.get().startswith("net:")


def test_who_may_not_have_one_goes_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Launcher, "__init__", _refused)
    assert open_launcher() is None
    assert namespace(BubblewrapSandbox(), tmp_path).startswith("net:")


def _refused(self: Launcher) -> None:
    raise PermissionError("unshare")
