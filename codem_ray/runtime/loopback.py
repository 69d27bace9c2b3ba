"""Keeps a Ray that belongs to this machine alone off the network."""

from __future__ import annotations

import os
import sys

from codem_ray.sweep.preflight import is_on_cluster

_SWITCH = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"


def listen_on_loopback() -> None:
    """Let a Ray that starts here listen on 127.0.0.1 only; without effect once Ray is imported.

    By default its servers listen on all interfaces of the machine, and only the token protects
    them. Ray's switch for systems on which it runs on one node only makes them use loopback.
    """
    if not is_on_cluster() and "ray" not in sys.modules:
        os.environ.setdefault(_SWITCH, "0")
