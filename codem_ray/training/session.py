"""The connection of one rank to the system that runs it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol


class Session(Protocol):
    """The connection of one rank to the system that runs it, Ray Train or a test."""

    place: str
    """Names this rank and its node in messages."""

    def checkpoint(self) -> AbstractContextManager[Path | None]:
        """Provide the folder of the last checkpoint inside a block; None in a new run."""

    def report(
        self, metrics: dict[str, Any], checkpoint: Path | None = None, *, name: str = ""
    ) -> None:
        """Report metrics and, if there is one, a new checkpoint; called on all ranks."""

    def preempted_node(self) -> str:
        """Name the node with a preemption notice; "" if none; called on all ranks."""
