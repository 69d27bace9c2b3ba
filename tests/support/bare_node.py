"""A Ray cluster of two nodes on this machine, the second without bubblewrap and gcc."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from free_ports import free_port

RAY = (sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats")
PORTS = ("--dashboard-agent-listen-port", "0", "--metrics-export-port", "0")
NODE = ("--num-cpus", "1", "--object-store-memory", "80000000", *PORTS)
AWAIT = """
import sys
import time
import ray
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="ERROR")
while sum(node["Alive"] for node in ray.nodes()) < 2:
    time.sleep(0.5)
"""
START_SECONDS = 300.0


def missing_for_bare_node() -> str:
    """Return why the second node cannot be made here, or ""."""
    if shutil.which("bwrap") is None or shutil.which("gcc") is None:
        return "bubblewrap or gcc is not installed"
    probe = (*_in_namespace(), "/bin/true")
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        return "this user cannot make mount namespaces"
    return ""


@contextmanager
def cluster_with_bare_node() -> Iterator[Mapping[str, str]]:
    """Start the nodes and yield the environment in which commands reach them."""
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    address = f"127.0.0.1:{free_port()}"
    environment = os.environ | {
        "RAY_ADDRESS": address,
        "RAY_AUTH_MODE": "disabled",
        "RAY_raylet_start_wait_time_s": "300",
    }
    hidden = [os.path.realpath(shutil.which(tool) or "") for tool in ("bwrap", "gcc")]
    # A device is no program.
    hide = "".join(f"mount --bind /dev/null {tool}; " for tool in hidden)
    # Nodes with one folder delete each other's files.
    head = (*RAY, "--head", "--port", address.rpartition(":")[2], *NODE)
    head += ("--temp-dir", str(folder / "h"), "--include-dashboard", "false")
    head += ("--ray-client-server-port", str(free_port()))
    bare = (*RAY, "--address", address, *NODE, "--temp-dir", str(folder / "w"))
    started = []
    try:
        with (folder / "log").open("w") as log:
            for command in (head, (*_in_namespace(), "sh", "-c", f'{hide}exec "$@"', "sh", *bare)):
                started.append(
                    subprocess.Popen(
                        command,
                        cwd=folder,
                        # Ray refuses to join a cluster that the environment names.
                        env={k: v for k, v in environment.items() if k != "RAY_ADDRESS"},
                        stdout=log,
                        stderr=log,
                    )
                )
                _await_port(address, started[0], folder / "log")
        waiting = (sys.executable, "-c", AWAIT, address)
        done = subprocess.run(
            waiting, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr + (folder / "log").read_text()
        yield environment
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _in_namespace() -> tuple[str, ...]:
    user = () if os.geteuid() == 0 else ("--map-root-user",)
    return ("unshare", "--mount", *user)


def _await_port(address: str, head: subprocess.Popen[bytes], log: Path) -> None:
    host, _, port = address.rpartition(":")
    while head.poll() is None:
        try:
            socket.create_connection((host, int(port)), 1.0).close()
        except OSError:
            time.sleep(0.5)
            continue
        return
    raise AssertionError(f"the head ended with {head.returncode}: {log.read_text()}")
