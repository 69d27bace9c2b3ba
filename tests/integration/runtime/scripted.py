"""Scripted implementations of the engine and the executor."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import ray

from codem_ray.config import GenerationConfig
from codem_ray.errors import ModelLoadError, ToolchainError
from codem_ray.generation.engine import Request
from codem_ray.records import Completion, Job, Outcome, Progress, Verdict

SLOW_SECONDS = 0.3


@dataclass
class ScriptedExecutor:
    """Passes every answer, except for those that name a misdeed."""

    expected_checks: dict[str, int] = field(default_factory=dict)

    def execute(self, jobs: Sequence[Job]) -> list[Verdict]:
        for job in jobs:
            if job.answer == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if job.answer == "bug":
                raise ZeroDivisionError("a bug of the executor")
            if job.answer == "toolchain":
                raise ToolchainError("javac is missing")
            if job.answer == "slow":
                time.sleep(SLOW_SECONDS)
        return [
            Verdict(
                outcome=Outcome.PASSED,
                message=str(job.answer),
                checks_done=self.expected_checks.get(job.problem.digest(), 0),
            )
            for job in jobs
        ]


class ScriptedEngine:
    """Echoes its prompts."""

    tokenizer: Any = None

    def complete(
        self,
        requests: Sequence[Request],
        config: GenerationConfig,
        progress: Progress | None = None,
    ) -> list[Completion]:
        if any("kill" in request.prompt for request in requests):
            os.kill(os.getpid(), signal.SIGKILL)
        if any("slow" in request.prompt for request in requests):
            time.sleep(SLOW_SECONDS)
        if progress is not None:
            progress(len(requests) * config.samples)
        return [
            Completion(
                task_id=request.task_id,
                sample=sample,
                text=request.prompt,
                prompt_tokens=1,
                completion_tokens=1,
                is_truncated=False,
            )
            for request in requests
            for sample in range(config.samples)
        ]

    def close(self) -> None:
        pass


def unloadable() -> ScriptedEngine:
    raise ModelLoadError("cannot load the model 'x'")


class Gate:
    """Lets executors on every node pass, and counts them."""

    def __init__(self) -> None:
        self._asked = 0

    def refusal(self, node_id: str) -> str:
        self._asked += 1
        return ""

    def asked(self) -> int:
        return self._asked


def ask_gate(gate: Any, node_id: str) -> str:
    return str(ray.get(gate.refusal.remote(node_id)))
