"""Runs built programs of one language, each in a sandbox of its own or in a pair of them."""

from __future__ import annotations

import dataclasses
import secrets
from pathlib import Path
from typing import NamedTuple

from codem_ray.execution.commands import command_of
from codem_ray.languages.spec import LanguageSpec, ProcessLayout, Unit
from codem_ray.records import ExecutionResult, Limits
from codem_ray.sandbox.protocol import ResidentJudge, Sandbox


class Ran(NamedTuple):
    """One run: whoever held the tests, the answer of a pair, what proves the report."""

    judge: ExecutionResult
    answer: ExecutionResult | None
    secret: bytes


class Runner:
    """Runs programs that lie below one folder, one at a time; keeps their judge, if one stays."""

    def __init__(
        self,
        sandbox: Sandbox,
        spec: LanguageSpec,
        *,
        harness: Path,
        root: Path,
        limits: Limits,
        num_runs: int,
    ) -> None:
        """`num_runs` is how often `run` will be called."""
        self._sandbox, self._spec, self._harness = sandbox, spec, harness
        self._root, self._limits, self._num_runs = root, limits, num_runs
        self._judge: ResidentJudge | None = None

    def run(self, unit: Unit, folder: Path) -> Ran:
        """Run one program."""
        spec, limits = self._spec, self._limits
        secret = secrets.token_hex(16).encode()
        call = spec.run(unit, self._harness)
        if spec.process_layout is not ProcessLayout.PAIR or spec.run_answer is None:
            return Ran(
                self._sandbox.run(command_of(call, folder, limits, secret=secret)), None, secret
            )
        answer = command_of(spec.run_answer(unit, self._harness), folder / "answer", limits)
        if not spec.is_judge_resident:
            first = command_of(call, folder / "judge", limits, secret=secret)
            return Ran(*self._sandbox.run_pair(first, answer), secret)
        if self._judge is None:
            # What one program may use is watched; this is for the process that judges them all.
            whole = dataclasses.replace(limits, cpu_seconds=limits.cpu_seconds * self._num_runs)
            self._judge = self._sandbox.open_judge(command_of(call, self._root, whole))
        place = str((folder / "judge").relative_to(self._root))
        return Ran(*self._judge.run(place, secret, limits, answer), secret)

    def close(self) -> None:
        """End the judge."""
        if self._judge is not None:
            self._judge.close()
