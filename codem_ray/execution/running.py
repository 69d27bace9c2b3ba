"""Run built programs of one language, each in a separate sandbox or pair of sandboxes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
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


@dataclass(kw_only=True, slots=True)
class Runner:
    """Runs the programs below one folder, one at a time, and keeps a resident judge for them."""

    sandbox: Sandbox
    spec: LanguageSpec
    harness: Path
    root: Path
    """Folder of all programs."""
    limits: Limits
    num_calls: int
    """How often `run` will be called."""
    _judge: ResidentJudge | None = field(default=None, init=False)
    _judge_call: Invocation | None = field(default=None, init=False)

    def run(self, unit: Unit, folder: Path) -> RawResults:
        """Run the program that was built in `folder`."""
        spec, limits, secret = self.spec, self.limits, new_secret()
        call = spec.run(unit, self.harness)
        if spec.process_layout is not ProcessLayout.PAIR or spec.run_answer is None:
            command = command_of(call, folder, limits, secret=secret)
            return RawResults(self.sandbox.run(command), None, secret)
        answer = command_of(spec.run_answer(unit, self.harness), folder / "answer", limits)
        if not spec.is_judge_resident:
            judge = command_of(call, folder / "judge", limits, secret=secret)
            return RawResults(*self.sandbox.run_pair(judge, answer), secret)
        if call != self._judge_call:
            self.close()
        if self._judge is None:
            self._judge_call = call
            # The sandbox limits each program separately; this limit is for the process that judges
            # all programs.
            total = replace(limits, cpu_seconds=limits.cpu_seconds * self.num_calls)
            self._judge = self.sandbox.open_judge(command_of(call, self.root, total))
        tests = str((folder / "judge").relative_to(self.root))
        return RawResults(*self._judge.run(tests, secret, limits, answer), secret)

    def close(self) -> None:
        """End the resident judge."""
        if self._judge is not None:
            self._judge.close()
            self._judge = None
