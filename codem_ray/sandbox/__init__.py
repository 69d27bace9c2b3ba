"""Runs programs that may be hostile: interface, backends and self-check."""

from __future__ import annotations

from codem_ray.sandbox.protocol import (
    PEER_READ_FD,
    PEER_WRITE_FD,
    REPORT_FD,
    SECRET_FD,
    Command,
    Finding,
    ResidentJudge,
    Sandbox,
    SandboxBackend,
)

__all__ = [
    "PEER_READ_FD",
    "PEER_WRITE_FD",
    "REPORT_FD",
    "SECRET_FD",
    "Command",
    "Finding",
    "ResidentJudge",
    "Sandbox",
    "SandboxBackend",
]
