"""A sandbox that records what it ran, for `codem-ray replay`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import Command, ResidentJudge, Sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One command and its result."""

    role: str
    """`compile`, `run`, or `judge` and `answer` of a pair."""
    command: Command
    result: ExecutionResult


class RecordingSandbox:
    """Passes every command to another sandbox and records it with its result."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.name = sandbox.name
        self.memory_enforcement = sandbox.memory_enforcement
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def run(self, command: Command) -> ExecutionResult:
        """Run and record one command."""
        result = self._sandbox.run(command)
        # Only compilers may write to their folder.
        role = "compile" if command.is_writable else "run"
        self._record(Call(role=role, command=command, result=result))
        return result

    def run_pair(self, judge: Command, answer: Command) -> tuple[ExecutionResult, ExecutionResult]:
        """Run and record a pair."""
        first, second = self._sandbox.run_pair(judge, answer)
        self._record(
            Call(role="judge", command=judge, result=first),
            Call(role="answer", command=answer, result=second),
        )
        return first, second

    def open_judge(self, command: Command) -> ResidentJudge:
        """Return a judge that records every pair under the folder of its program."""
        return _RecordingJudge(self._sandbox.open_judge(command), command, self._record)

    def _record(self, *calls: Call) -> None:
        with self._lock:
            self._calls += calls

    def pop_calls(self) -> list[Call]:
        """Remove and return the recorded calls, oldest first."""
        with self._lock:
            calls, self._calls = self._calls, []
        return calls


class _RecordingJudge:
    def __init__(self, judge: ResidentJudge, command: Command, record: Callable[..., None]) -> None:
        self._judge, self._command, self._record = judge, command, record

    def run(
        self, folder: str, secret: bytes, limits: Limits, answer: Command
    ) -> tuple[ExecutionResult, ExecutionResult]:
        first, second = self._judge.run(folder, secret, limits, answer)
        judge = replace(
            self._command, directory=self._command.directory / folder, limits=limits, secret=secret
        )
        self._record(
            Call(role="judge", command=judge, result=first),
            Call(role="answer", command=answer, result=second),
        )
        return first, second

    def close(self) -> None:
        self._judge.close()
