"""Judges pages, many to a process."""

from __future__ import annotations

import dataclasses
import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codem_ray.errors import SandboxError
from codem_ray.execution.commands import command_of
from codem_ray.execution.verdicts import count_outcome, judge
from codem_ray.languages.spec import Browser, Invocation, LanguageSpec, Unit
from codem_ray.languages.toolchain import missing_browser
from codem_ray.records import ExecutionResult, Limits, Outcome, Problem, Verdict
from codem_ray.sandbox.protocol import Command, Sandbox

_START_SECONDS = 10.0
"""CPU time to load the document library or to start a browser, over the pages' own."""
_CPU_BOUND_SHARE = 0.9
"""A page that had this much of its CPU time when the clock ended it was not crowded out."""
_LINE = re.compile(r"(\S+) (u\d+) (ok|failed|timeout) (\d+) ([\d.]+) ?(.*)")


def needs_browser(problem: Problem) -> bool:
    """Whether a problem's tests ask what only a browser computes."""
    return problem.options.get("needs") == "browser"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageJudge:
    """Judges pages of one language that look at their elements alone, or all in a browser."""

    sandbox: Sandbox
    spec: LanguageSpec
    root: Path
    """Where folders for the pages are made."""
    limits: Limits
    expected: Mapping[str, int]
    """Checks that a pass must have done, by unit."""
    harness: Path

    def judge(self, units: Sequence[Unit]) -> dict[str, Verdict]:
        """Return a verdict for each page, by unit; they are of one kind, as `needs_browser` says.

        All are looked at in one process. Where it ends early, the page that it had come to is
        judged alone, and the others go on together.
        """
        browser = self.spec.browser
        if not needs_browser(units[0].problem):
            browser = None
        elif (lack := missing_browser(self.spec)) is not None or browser is None:
            message = f"its tests need a browser, and {lack or 'the language has none'}"
            return {unit.name: Verdict(outcome=Outcome.NOT_RUN, message=message) for unit in units}
        secret = secrets.token_hex(16).encode()
        folder = Path(tempfile.mkdtemp(dir=self.root, prefix="pages"))
        try:
            self._lay_out(folder, units)
            result, browser_result = self._look(folder, units, browser, secret)
        finally:
            shutil.rmtree(folder)
        verdicts = self._read(units, result, browser_result, secret)
        missing = [unit for unit in units if unit.name not in verdicts]
        if len(units) == 1 and missing:
            name = units[0].name
            return {
                name: judge(
                    judge_result=result,
                    answer_result=browser_result,
                    secret=secret,
                    limits=self.limits,
                    expected_checks=self.expected[name],
                    compile_cpu_seconds=0.0,
                )
            }
        for batch in (missing[:1], missing[1:]):
            if batch:
                verdicts |= self.judge(batch)
        return verdicts

    def _lay_out(self, folder: Path, units: Sequence[Unit]) -> None:
        folder.chmod(0o755)
        for unit in units:
            (folder / unit.name).mkdir(parents=True)
            for name, text in self.spec.assemble(unit).items():
                path = folder / unit.name / name
                path.write_text(text, encoding="utf-8", errors="replace", newline="")
        # The clock inside is on the wall: a page that it ends on a busy machine is looked at again
        # alone, and then the process's CPU time decides.
        seconds = self.limits.wall_seconds if len(units) == 1 else self.limits.cpu_seconds
        (folder / "pages.json").write_text(
            json.dumps(
                {"names": [unit.name for unit in units], "milliseconds": int(seconds * 1000)}
            )
        )

    def _look(
        self, folder: Path, units: Sequence[Unit], browser: Browser | None, secret: bytes
    ) -> tuple[ExecutionResult, ExecutionResult | None]:
        call = browser.judge(self.harness) if browser else self.spec.run(units[0], self.harness)
        first = self._command(call, folder, self.limits, len(units), secret=secret)
        if browser is None:
            return self.sandbox.run(first), None
        limits = dataclasses.replace(
            browser.limits,
            cpu_seconds=self.limits.cpu_seconds,
            wall_seconds=self.limits.wall_seconds,
        )
        # The browser has neither secret nor report, and sees an empty folder.
        empty = Path(tempfile.mkdtemp(dir=self.root, prefix="browser"))
        empty.chmod(0o755)
        second = dataclasses.replace(
            self._command(browser.run(), empty, limits, len(units)), needs_unix_sockets=True
        )
        result, browser_result = self.sandbox.run_pair(first, second)
        if f"{secret.decode()} browser ready\n".encode() not in result.report:
            text = browser_result.stderr[-1500:].decode("utf-8", "replace").strip()
            raise SandboxError(f"the browser did not start: {text or 'it said nothing'}")
        return result, browser_result

    @staticmethod
    def _command(
        call: Invocation,
        folder: Path,
        limits: Limits,
        num_pages: int,
        *,
        secret: bytes | None = None,
    ) -> Command:
        whole = dataclasses.replace(
            limits,
            cpu_seconds=_START_SECONDS + limits.cpu_seconds * num_pages,
            wall_seconds=limits.wall_seconds * (1 + num_pages),
        )
        return command_of(call, folder, whole, secret=secret)

    def _read(
        self,
        units: Sequence[Unit],
        result: ExecutionResult,
        browser_result: ExecutionResult | None,
        secret: bytes,
    ) -> dict[str, Verdict]:
        """Read the report's lines that open with the secret."""
        verdicts = {}
        share = (browser_result.cpu_seconds / len(units)) if browser_result else None
        for line in result.report.decode("utf-8", "replace").splitlines():
            match = _LINE.fullmatch(line)
            if match is None or match[1] != secret.decode():
                continue
            outcome, message = Outcome.WRONG_ANSWER, match[6]
            if match[3] == "timeout":
                outcome = Outcome.TIMEOUT
            elif match[3] == "ok":
                outcome, message = count_outcome(int(match[4]), self.expected[match[2]])
            # What a page cost the browser is not known: its share of the whole.
            cpu_seconds = float(match[5]) if share is None else share
            verdicts[match[2]] = Verdict(
                outcome=outcome,
                message=message,
                run_cpu_seconds=cpu_seconds,
                wall_seconds=result.wall_seconds / len(units),
                peak_memory_bytes=(browser_result or result).peak_memory_bytes,
                checks_done=int(match[4]),
                is_wall_timeout=outcome is Outcome.TIMEOUT
                and cpu_seconds < _CPU_BOUND_SHARE * self.limits.cpu_seconds,
            )
        return verdicts
