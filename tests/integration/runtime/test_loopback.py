"""A Ray that `codem-ray run` starts on this machine cannot be reached from another one."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.ray

SCRIPT = """
from codem_ray.runtime.loopback import listen_on_loopback
listen_on_loopback()
import os
import psutil
import ray
from codem_ray.runtime.ray_connection import ray_session

@ray.remote
def one():
    return 1

with ray_session():
    assert ray.get(one.remote()) == 1
    own = {child.pid for child in psutil.Process().children(recursive=True)} | {os.getpid()}
    for connection in psutil.net_connections("inet"):
        if connection.status == psutil.CONN_LISTEN and connection.pid in own:
            print(connection.laddr.ip)
"""


def test_the_servers_of_a_laptops_ray_listen_on_loopback_only() -> None:
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    addresses = done.stdout.split()
    # At least the GCS, the raylet and the worker.
    assert len(addresses) >= 3
    assert set(addresses) <= {"127.0.0.1", "::ffff:127.0.0.1"}
