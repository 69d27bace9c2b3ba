"""An MLflow server on this machine that can be cut off, ended and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from free_ports import free_port
from waiting import wait_for

START_SECONDS = 120.0


class MlflowServer:
    """A server with its database and artifacts in a folder."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "mlflow", "server", "--workers", "1"),
                *("--host", "127.0.0.1", "--port", str(self._port)),
                *("--backend-store-uri", f"sqlite:///{self._folder}/server.db"),
                *("--artifacts-destination", str(self._folder / "artifacts")),
            ],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            # Its workers are in a group of their own.
            start_new_session=True,
        )
        wait_for(self._answers, "MLflow answers", seconds=START_SECONDS, errors=(OSError,))

    def _answers(self) -> bool:
        urllib.request.urlopen(f"{self.url}/health", timeout=10).close()
        return True

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process is not None
        return self._process.pid

    def end(self) -> None:
        """End the server with all of its workers."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Let the server answer nothing inside the block, as behind a broken network."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._process.pid, signal.SIGCONT)


@contextmanager
def mlflow_server(folder: Path) -> Iterator[MlflowServer]:
    """Start a server and end it afterwards."""
    server = MlflowServer(folder)
    try:
        server.start()
        yield server
    finally:
        server.end()
