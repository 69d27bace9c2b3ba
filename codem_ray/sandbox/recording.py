"""A sandbox that remembers what it ran, for a person who wants to see it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import Command, ResidentJudge, Sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One command with the raw facts of its run."""

    role: str
    """`compile`, `run`, or `judge` and `answer` of a pair."""
    command: Command
    result: ExecutionResult


class _RecordingJudge:
    def __init__(self, judge: ResidentJudge, command: Command, keep: Callable[..., None]) -> None:
        self._judge, self._command, self._keep = judge, command, keep

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        first, second = self._judge.run(folder, secret, limits, answer)
        shown = replace(
            self._command, directory=self._command.directory / folder, limits=limits, secret=secret
        )
        self._keep(
            Call(role="judge", command=shown, result=first),
            Call(role="answer", command=answer, result=second),
        )
        return first, second

    def close(self) -> None:
        self._judge.close()


class RecordingSandbox:
    """Hands every command to another sandbox and keeps it with its result."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.name = sandbox.name
        self.memory_enforcement = str(getattr(sandbox, "memory_enforcement", "unknown"))
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def run(self, command: Command) -> ExecutionResult:
        """Run one command; keep it."""
        result = self._sandbox.run(command)
        # Only compilers may write to their folder.
        role = "compile" if command.is_writable else "run"
        self._keep(Call(role=role, command=command, result=result))
        return result

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run a pair; keep both."""
        first, second = self._sandbox.run_pair(judge, answer)
        self._keep(
            Call(role="judge", command=judge, result=first),
            Call(role="answer", command=answer, result=second),
        )
        return first, second

    def open_judge(self, command: Command) -> ResidentJudge:
        """Return a judge whose pairs are kept, each under its own program's folder."""
        return _RecordingJudge(self._sandbox.open_judge(command), command, self._keep)

    def _keep(self, *calls: Call) -> None:
        with self._lock:
            self._calls += calls

    def take(self) -> list[Call]:
        """Return the calls since the last time, oldest first."""
        with self._lock:
            calls, self._calls = self._calls, []
        return calls
