"""A resident judge that calls a function before each answer, for sandboxes that wrap another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import Command, ResidentJudge


@dataclass(slots=True)
class WatchedJudge:
    """Passes to the judge what `before` returns for each answer."""

    judge: ResidentJudge
    before: Callable[[Command], Command]

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        """Judge one answer."""
        return self.judge.run(folder, secret, limits, self.before(answer))

    def close(self) -> None:
        """End the judge process."""
        self.judge.close()
