"""An S3 server on this machine (moto's) that can be cut off, with a bucket `bucket`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from free_ports import free_port
from s3fs import S3FileSystem

BUCKET = "bucket"
START_SECONDS = 60.0


class S3Server:
    """A running server. `environment` is what a client needs to reach it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self._process = process
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "AWS_ENDPOINT_URL_S3": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def use(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        """Let this process and those that it starts reach the server, with a cache of their own."""
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("CODEM_RAY_CACHE", str(cache))

    @contextmanager
    def cut_off(self) -> Iterator[None]:
        """Let the server answer nothing inside the block, as behind a broken network."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """Start a server and end it afterwards."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "MOTO_S3_CUSTOM_ENDPOINTS": ""},
    )
    try:
        server = S3Server(process, port)
        _create_bucket(server)
        yield server
    finally:
        process.kill()
        process.wait()
        # Clients are cached by bucket and credentials, and would ask this server for the next one.
        S3FileSystem.clear_instance_cache()


def _create_bucket(server: S3Server) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while True:
        try:
            request = urllib.request.Request(f"{server.url}/{BUCKET}", method="PUT")
            urllib.request.urlopen(request, timeout=10).close()
            return
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.2)
