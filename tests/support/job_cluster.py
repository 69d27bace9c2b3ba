"""A Ray head on this machine, as a user starts it: with a dashboard, a token and its own home."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from free_ports import free_ports

START_SECONDS = 180.0


@dataclass(frozen=True, kw_only=True)
class JobCluster:
    """A running head."""

    address: str
    """Host and port, for RAY_ADDRESS on this machine."""
    dashboard: str
    environment: Mapping[str, str]
    """What a client needs: its home with the token, and the dashboard's address."""
    folder: Path
    """A folder of the test's own, with the home and Ray's temporary files."""


@contextmanager
def job_cluster(
    *,
    host: str = "127.0.0.1",
    num_cpus: int = 2,
    token: str | None = None,
    variables: Mapping[str, str] | None = None,
) -> Iterator[JobCluster]:
    """Start a head with token authentication, and end it with all that it started.

    The dashboard listens on loopback. `variables` are added to the environment of the
    head, whose home is always a new folder.
    """
    # Ray's unix sockets are below this folder, and their paths are at most 107 bytes long.
    folder = Path(tempfile.mkdtemp(prefix="j-", dir="/tmp"))
    home = folder / "home"
    token_path = home / ".ray" / "auth_token"
    token_path.parent.mkdir(parents=True)
    token_path.write_text(token or secrets.token_hex(32))
    port, dashboard, listen, grpc, client, metrics = free_ports(6)
    scripts = Path(sys.executable).parent
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("RAY_")},
        **(variables or {}),
        "HOME": str(home),
        "PATH": f"{scripts}:{os.environ['PATH']}",
        "RAY_AUTH_MODE": "token",
        "RAY_API_SERVER_ADDRESS": f"http://127.0.0.1:{dashboard}",
        "RAY_raylet_start_wait_time_s": "180",
        "RAY_agent_register_timeout_ms": "180000",
        "RAY_worker_niceness": "0",
    }
    command = [
        *(str(scripts / "ray"), "start", "--head", "--block", "--disable-usage-stats"),
        *(f"--node-ip-address={host}", f"--port={port}", f"--num-cpus={num_cpus}"),
        *("--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard}"),
        *(f"--dashboard-agent-listen-port={listen}", f"--dashboard-agent-grpc-port={grpc}"),
        *(f"--ray-client-server-port={client}", f"--metrics-export-port={metrics}"),
        *(f"--temp-dir={folder / 'ray'}", f"--object-store-memory={256 << 20}"),
    ]
    with (folder / "head.txt").open("wb") as output:
        head = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )
    cluster = JobCluster(
        address=f"{host}:{port}",
        dashboard=f"http://127.0.0.1:{dashboard}",
        environment=environment,
        folder=folder,
    )
    try:
        # The path of the version asks for no token; jobs are started by the node's agent.
        _wait(cluster, head, f"{cluster.dashboard}/api/version")
        _wait(cluster, head, f"http://127.0.0.1:{listen}/api/local_raylet_healthz")
        yield cluster
    finally:
        # With --block the head ends its own processes on SIGTERM.
        head.send_signal(signal.SIGTERM)
        try:
            head.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(head.pid, signal.SIGKILL)
            head.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(cluster: JobCluster, head: subprocess.Popen[bytes], url: str) -> None:
    """Wait until a server of the head answers."""
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=10).close()
            return
        except OSError as error:
            # 401 is an answer too.
            if isinstance(error, urllib.error.HTTPError):
                return
            if head.poll() is not None or time.monotonic() > give_up_at:
                text = (cluster.folder / "head.txt").read_text(errors="replace")
                raise RuntimeError(f"the head did not start:\n{text}") from error
            time.sleep(0.5)
