"""A cluster of cluster/local/ with ports of its own, stopped at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from free_ports import free_port

SCRIPTS = Path(__file__).resolve().parents[2] / "cluster" / "local"
START_SECONDS = 420


@dataclass(frozen=True, kw_only=True, slots=True)
class LocalCluster:
    """A running cluster."""

    folder: Path
    environment: Mapping[str, str]
    """Environment of its clients."""

    def run(self, command: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Run a shell command as a client."""
        return subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=dict(self.environment),
            capture_output=True,
            encoding="utf-8",
            timeout=900,
            check=False,
        )

    def stop(self) -> subprocess.CompletedProcess[str]:
        """Stop it by the script."""
        return self.run(str(SCRIPTS / "stop.sh"))


@contextmanager
def local_cluster(workers: int = 1) -> Iterator[LocalCluster]:
    """Start a cluster by the script, and stop it unless the test has done so."""
    # Ray's sockets lie in this folder, and a socket's path is at most 107 bytes long.
    folder = Path(tempfile.mkdtemp(prefix="cr", dir="/tmp")) / "c"
    # Whatever cluster the caller uses, its settings are not ours.
    own = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    own |= {
        "CODEM_RAY_CLUSTER": str(folder),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(free_port()),
        "DASHBOARD_PORT": str(free_port()),
        "WORKER_CPUS": "2",
    }
    try:
        started = subprocess.run(
            [SCRIPTS / "start.sh", str(workers)],
            env=own,
            capture_output=True,
            encoding="utf-8",
            timeout=START_SECONDS,
            check=False,
        )
        assert started.returncode == 0, started.stderr
        cluster = LocalCluster(folder=folder, environment={**own, **_exports(folder / "env")})
        yield cluster
    finally:
        subprocess.run([SCRIPTS / "stop.sh"], env=own, check=False, capture_output=True)
        shutil.rmtree(folder.parent, ignore_errors=True)


def _exports(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    return dict(line.removeprefix("export ").split("=", 1) for line in lines)
