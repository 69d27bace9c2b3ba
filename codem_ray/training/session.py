"""The connection of one rank to the system that runs it."""

from __future__ import annotations

from typing import Any, Protocol


class Session(Protocol):
    """The connection of one rank to the system that runs it, Ray Train or a test."""

    place: str
    """Names this rank and its node in messages."""

    def report(self, metrics: dict[str, Any]) -> None:
        """Report metrics; called on all ranks."""

    def preempted_node(self) -> str:
        """Name the node with a preemption notice; "" if none; called on all ranks."""

    def is_ending(self) -> bool:
        """Whether this rank's process was told to end."""
