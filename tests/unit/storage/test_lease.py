"""Leases on remote storage, and the run that they protect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from waiting import wait_for

from codem_ray.errors import ConfigError
from codem_ray.storage import StageWriter, Storage, lease, stage_folders
from codem_ray.storage.lease import Lease, LeaseTakenError
from codem_ray.sweep.active_run import LEASE, exclusive_run, is_run_active, refuse_second_run

NAME = ".lease.json"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "_CONFIRM_SECONDS", 0.05)
    monkeypatch.setattr(lease, "RENEW_SECONDS", 0.05)
    monkeypatch.setattr(stage_folders, "POLL_SECONDS", 0.05)


def take(storage: Storage, **changes: object) -> None:
    """Write the lease of another process, with some fields changed."""
    storage.remove(NAME)
    with Lease(storage, NAME).held():
        holder = storage.read_json(NAME)
    storage.write_json(NAME, holder | {"token": "other", "pid_space": "another host"} | changes)


def test_a_second_run_is_refused_and_names_the_first(remote: Storage) -> None:
    assert not is_run_active(remote)
    with exclusive_run(remote):
        assert is_run_active(remote)
        with (
            pytest.raises(ConfigError, match=r"another .* is active in .*\(process \d+ on .*since"),
            exclusive_run(Storage(remote.root)),
        ):
            pytest.fail("the lease was held twice")
    assert not is_run_active(remote)
    assert not remote.exists(LEASE)
    with exclusive_run(remote):
        assert is_run_active(remote)


def test_a_second_run_in_a_local_folder_is_refused_and_names_the_first(tmp_path: Path) -> None:
    storage = Storage(str(tmp_path))
    first = rf"another .* is active in .*\(process {os.getpid()} on .*, since \d+"
    with exclusive_run(storage):
        with pytest.raises(ConfigError, match=first):
            refuse_second_run(storage)
        with pytest.raises(ConfigError, match=first), exclusive_run(Storage(str(tmp_path))):
            pytest.fail("the lock was held twice")
    refuse_second_run(storage)


def test_the_lease_of_a_process_that_stopped_renewing_it_expires(remote: Storage) -> None:
    take(remote)
    with pytest.raises(LeaseTakenError), Lease(remote, NAME).held():
        pytest.fail("the lease was held twice")
    take(remote, expires_at=time.time() - 1.0)
    with Lease(remote, NAME).held():
        holder = Lease(remote, NAME).holder()
        assert holder is not None
        assert holder.token != "other"


def test_the_lease_of_a_process_that_died_on_this_machine_ends_at_once(remote: Storage) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    take(remote, pid=ended.pid, pid_space=lease._pid_space())
    assert Lease(remote, NAME).holder() is None


def test_a_damaged_lease_blocks_no_other_process(remote: Storage) -> None:
    remote.write_bytes(NAME, b"{")
    with Lease(remote, NAME).held():
        assert Lease(remote, NAME).holder() is not None


def test_a_lease_is_renewed_and_its_loss_is_reported(remote: Storage) -> None:
    is_lost = threading.Event()
    with Lease(remote, NAME).held(on_loss=is_lost.set):
        first = remote.read_json(NAME)
        give_up_at = time.monotonic() + 10.0
        wait_for(
            lambda: remote.read_json(NAME)["expires_at"] != first["expires_at"],
            "the lease is renewed",
            seconds=10,
            pause=0.02,
        )
        other = json.dumps(first | {"token": "other"}).encode()
        while not is_lost.wait(0.02):
            assert time.monotonic() < give_up_at
            remote.write_bytes(NAME, other)
    # The other process's lease stays.
    assert remote.read_json(NAME)["token"] == "other"


def test_a_remote_stage_that_many_processes_need_is_made_once(remote: Storage) -> None:
    made: list[int] = []

    def make(writer: StageWriter) -> None:
        made.append(1)
        time.sleep(0.3)
        (writer.folder / "file").write_bytes(b"x")

    logged: list[str] = []
    with ThreadPoolExecutor(3) as threads:
        found = list(
            threads.map(
                lambda _: (
                    Storage(remote.root).stage("_cache/k").made_once({}, make, log=logged.append)
                ),
                range(3),
            )
        )
    assert len(made) == 1
    assert len({manifest.finished_at for manifest in found}) == 1
    assert all("waiting for process" in text for text in logged)
