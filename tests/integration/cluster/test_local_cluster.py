"""cluster/local: start head and workers, submit a job to them, stop them, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_cluster import SCRIPTS, LocalCluster, local_cluster
from waiting import wait_for

pytestmark = [pytest.mark.ray, pytest.mark.slow]


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with local_cluster(workers=2) as started:
        yield started


def processes_of(cluster: LocalCluster) -> list[str]:
    """Return the command lines of all processes in whose environment the cluster's token is."""
    ours = f"RAY_AUTH_TOKEN_PATH={cluster.folder}/token".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if ours in folder.joinpath("environ").read_bytes().split(b"\0"):
                found.append(folder.joinpath("cmdline").read_text().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def test_a_job_sees_all_nodes_and_the_head_has_no_cpus(cluster: LocalCluster) -> None:
    script = (
        "import ray; ray.init(); print(sorted(n['Resources'].get('CPU', 0) for n in ray.nodes()))"
    )
    done = cluster.run(f'ray job submit -- python -c "{script}"')
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[0, 2.0, 2.0]" in done.stdout


def test_a_client_without_the_token_is_refused(cluster: LocalCluster) -> None:
    url = cluster.environment["RAY_API_SERVER_ADDRESS"]
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{url}/api/jobs/", timeout=30)


def test_the_token_is_readable_by_its_owner_alone(cluster: LocalCluster) -> None:
    assert (cluster.folder / "token").stat().st_mode & 0o077 == 0
    assert cluster.folder.stat().st_mode & 0o077 == 0


def test_a_second_cluster_in_the_same_folder_is_refused(cluster: LocalCluster) -> None:
    done = cluster.run(str(SCRIPTS / "start.sh"))
    assert done.returncode == 3
    assert "run cluster/local/stop.sh" in done.stderr


def test_stop_ends_the_processes_of_this_cluster_alone() -> None:
    # A process that merely uses the cluster: it is the user's, and stays.
    with local_cluster() as cluster:
        assert len(processes_of(cluster)) > 5
        client = subprocess.Popen(["sleep", "600"], env=dict(cluster.environment))
        try:
            assert cluster.stop().returncode == 0
            wait_for(
                lambda: processes_of(cluster) == ["sleep 600 "],
                "the client is left alone",
                seconds=30,
            )
            assert client.poll() is None
            assert not cluster.folder.exists()
        finally:
            client.kill()
            client.wait()


def test_a_head_that_was_killed_leaves_nothing_that_stop_does_not_end() -> None:
    with local_cluster() as cluster:
        os.kill(int((cluster.folder / "head.pid").read_text()), signal.SIGKILL)
        assert cluster.stop().returncode == 0
        wait_for(lambda: not processes_of(cluster), "no process is left", seconds=30)


@pytest.mark.parametrize("workers", ["0", "two", "-1"])
def test_a_wrong_number_of_workers_is_refused(workers: str) -> None:
    done = subprocess.run(
        [SCRIPTS / "start.sh", workers], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert workers in done.stderr
