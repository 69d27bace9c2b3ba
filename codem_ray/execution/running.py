"""Run built programs of one language, each in a sandbox of its own or in a pair of sandboxes."""

from __future__ import annotations

import dataclasses
import secrets
from pathlib import Path

from codem_ray.execution.verdicts import RawResults
from codem_ray.languages.spec import Invocation, LanguageSpec, ProcessLayout, Unit
from codem_ray.records import Limits
from codem_ray.sandbox.protocol import Command, ResidentJudge, Sandbox


def command_of(
    call: Invocation,
    folder: Path,
    limits: Limits,
    *,
    secret: bytes | None = None,
    is_writable: bool = False,
) -> Command:
    """Return the sandbox command of a language's call that runs in `folder`."""
    return Command(
        argv=call.argv,
        directory=folder,
        is_writable=is_writable,
        readable=call.readable,
        env=call.env,
        secret=secret,
        limits=limits,
    )


def new_secret() -> bytes:
    """Return the secret with which one execution proves that its report is genuine."""
    return secrets.token_hex(16).encode()


class Runner:
    """Runs the programs below one folder, one at a time, and keeps a resident judge for them."""

    def __init__(
        self,
        sandbox: Sandbox,
        spec: LanguageSpec,
        *,
        harness: Path,
        root: Path,
        limits: Limits,
        num_calls: int,
    ) -> None:
        """`num_calls` is how often `run` will be called."""
        self._sandbox, self._spec, self._harness = sandbox, spec, harness
        self._root, self._limits, self._num_calls = root, limits, num_calls
        self._judge: ResidentJudge | None = None

    def run(self, unit: Unit, folder: Path) -> RawResults:
        """Run the program that was built in `folder`."""
        spec, limits, secret = self._spec, self._limits, new_secret()
        call = spec.run(unit, self._harness)
        if spec.process_layout is not ProcessLayout.PAIR or spec.run_answer is None:
            command = command_of(call, folder, limits, secret=secret)
            return RawResults(self._sandbox.run(command), None, secret)
        answer = command_of(spec.run_answer(unit, self._harness), folder / "answer", limits)
        if not spec.is_judge_resident:
            judge = command_of(call, folder / "judge", limits, secret=secret)
            return RawResults(*self._sandbox.run_pair(judge, answer), secret)
        if self._judge is None:
            # The sandbox limits each program separately; this limit is for the process that judges
            # all programs.
            total = dataclasses.replace(limits, cpu_seconds=limits.cpu_seconds * self._num_calls)
            self._judge = self._sandbox.open_judge(command_of(call, self._root, total))
        tests = str((folder / "judge").relative_to(self._root))
        return RawResults(*self._judge.run(tests, secret, limits, answer), secret)

    def close(self) -> None:
        """End the resident judge."""
        if self._judge is not None:
            self._judge.close()
