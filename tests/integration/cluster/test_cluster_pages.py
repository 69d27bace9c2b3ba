"""Runs the commands of the pages about clusters that need no cloud and no GPU."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pytest
from free_ports import free_port
from page_commands import ROOT, CommandBlock, blocks_run_by
from waiting import wait_for

from codem_ray.languages.toolchain import toolchain_folder

pytestmark = [pytest.mark.ray, pytest.mark.slow, pytest.mark.toolchain]
PAGES = {
    str(page.relative_to(ROOT)): list(blocks)
    for page, blocks in groupby(blocks_run_by("test_cluster_pages"), key=lambda block: block.page)
}
FOLDER = "/tmp/codem-ray-$(id -u)"
SERVER_PORT = "5000"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[Mapping[str, str]]:
    """A home of its own, and ports and a cluster's folder that nobody else has."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    caches = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    with tempfile.TemporaryDirectory(prefix="cp", dir="/tmp") as short:
        yield own | {
            "HOME": str(tmp_path),
            "XDG_CACHE_HOME": caches,
            "CODEM_RAY_TOOLCHAIN": str(toolchain_folder()),
            "CODEM_RAY_CLUSTER": f"{short}/c",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PORT": str(free_port()),
            "DASHBOARD_PORT": str(free_port()),
            "WORKER_CPUS": "2",
            # On a crowded host Ray's own limit is too short.
            "RAY_raylet_start_wait_time_s": "180",
        }


@contextmanager
def running(text: str, environment: Mapping[str, str], folder: Path, port: str) -> Iterator[None]:
    """Run a server's commands until the end of the context."""
    process = subprocess.Popen(
        ["bash", "-ec", text],
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:

        def answers() -> bool:
            assert process.poll() is None, text
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
            return True

        wait_for(answers, "MLflow answers", seconds=300, pause=1, errors=(OSError,))
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=240)


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_the_page_succeed(
    page: str, environment: Mapping[str, str], tmp_path: Path
) -> None:
    port = str(free_port())
    # Where a user has a clone; what the commands write stays here.
    for name in ("cluster", "sweeps"):
        shutil.copytree(ROOT / name, tmp_path / name)

    def own(block: CommandBlock) -> str:
        return block.text.replace(FOLDER, "$CODEM_RAY_CLUSTER").replace(SERVER_PORT, port)

    def run_all(blocks: list[CommandBlock]) -> None:
        for at, block in enumerate(blocks):
            if block.is_background:
                with running(own(block), environment, tmp_path, port):
                    run_all(blocks[at + 1 :])
                return
            done = subprocess.run(
                ["bash", "-ec", own(block)],
                cwd=tmp_path,
                env=dict(environment),
                capture_output=True,
                encoding="utf-8",
                timeout=1500,
                check=False,
            )
            assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"

    try:
        run_all(PAGES[page])
    finally:
        stop = ROOT / "cluster" / "local" / "stop.sh"
        subprocess.run([stop], env=dict(environment), check=False, capture_output=True)
