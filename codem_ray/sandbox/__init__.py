"""Run programs that may be hostile, and say what this host gives for it."""

from __future__ import annotations

from codem_ray.sandbox.protocol import (
    PEER_READ_FD,
    PEER_WRITE_FD,
    REPORT_FD,
    SECRET_FD,
    Command,
    Finding,
    Sandbox,
)

__all__ = [
    "PEER_READ_FD",
    "PEER_WRITE_FD",
    "REPORT_FD",
    "SECRET_FD",
    "Command",
    "Finding",
    "Sandbox",
]
