"""Judge pages, many in one process."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codem_ray.errors import SandboxError
from codem_ray.execution.building import write_files
from codem_ray.execution.running import command_of, new_secret
from codem_ray.execution.verdicts import RawResults, count_outcome, decide_verdict
from codem_ray.languages.spec import Browser, Invocation, LanguageSpec, Program
from codem_ray.languages.toolchain import missing_browser
from codem_ray.records import Limits, Outcome, Problem, Verdict
from codem_ray.sandbox.protocol import Command, Sandbox

_START_SECONDS = 10.0
"""CPU time to load the document library or to start a browser, not counting the pages."""
_CPU_BOUND_SHARE = 0.9
"""A page that its wall limit ended had enough CPU time if it used this share of its CPU limit."""
_LINE = re.compile(r"(\S+) (u\d+) (ok|failed|timeout) (\d+) ([\d.]+) ?(.*)")


def needs_browser(problem: Problem) -> bool:
    """Return whether a problem's tests need values that only a browser computes."""
    return problem.options.get("needs") == "browser"


@dataclass(frozen=True, kw_only=True, slots=True)
class PageJudge:
    """Judges pages of one language, either by their elements or in a browser."""

    sandbox: Sandbox
    spec: LanguageSpec
    root: Path
    """Folder under which the pages' folders are made."""
    limits: Limits
    expected_checks: Mapping[str, int]
    """Number of checks that a pass must have done, by program."""
    harness: Path

    def judge(self, pages: Sequence[Program]) -> dict[str, Verdict]:
        """Return the verdicts by program; all pages need a browser, or none does.

        All pages are judged in one process. If it ends early, the page that it had reached is
        judged alone and the others continue together.
        """
        browser = None
        if needs_browser(pages[0].unit.problem):
            missing_tool = missing_browser(self.spec)
            browser = self.spec.browser
            if missing_tool is not None or browser is None:
                message = f"its tests need a browser, and {missing_tool or 'the language has none'}"
                verdict = Verdict(outcome=Outcome.NOT_RUN, message=message)
                return {page.name: verdict for page in pages}
        folder = Path(tempfile.mkdtemp(dir=self.root, prefix="pages"))
        try:
            self._write_pages(folder, pages)
            raw = self._run(folder, pages, browser)
        finally:
            shutil.rmtree(folder)
        verdicts = self._parse_report(raw, len(pages))
        missing = [page for page in pages if page.name not in verdicts]
        if len(pages) == 1 and missing:
            (page,) = pages
            expected = self.expected_checks[page.name]
            return {page.name: decide_verdict(raw, self.limits, expected_checks=expected)}
        for part in (missing[:1], missing[1:]):
            if part:
                verdicts |= self.judge(part)
        return verdicts

    def _write_pages(self, folder: Path, pages: Sequence[Program]) -> None:
        folder.chmod(0o755)
        for page in pages:
            write_files(folder / page.name, page.files)
        # The harness can only measure wall time. A page that meets this limit on a busy machine is
        # judged again alone, and then the CPU time of the process decides.
        seconds = self.limits.wall_seconds if len(pages) == 1 else self.limits.cpu_seconds
        plan = {"names": [page.name for page in pages], "milliseconds": int(seconds * 1000)}
        (folder / "pages.json").write_text(json.dumps(plan))

    def _run(self, folder: Path, pages: Sequence[Program], browser: Browser | None) -> RawResults:
        secret = new_secret()
        if browser is None:
            call = self.spec.run(pages[0].unit, self.harness)
            command = self._command(call, folder, self.limits, len(pages), secret=secret)
            return RawResults(self.sandbox.run(command), None, secret)
        call = browser.judge(self.harness)
        judge = self._command(call, folder, self.limits, len(pages), secret=secret)
        limits = dataclasses.replace(
            browser.limits,
            cpu_seconds=self.limits.cpu_seconds,
            wall_seconds=self.limits.wall_seconds,
        )
        # The browser has neither secret nor report, and sees an empty folder.
        empty = Path(tempfile.mkdtemp(dir=self.root, prefix="browser"))
        empty.chmod(0o755)
        page_command = dataclasses.replace(
            self._command(browser.run(), empty, limits, len(pages)), needs_unix_sockets=True
        )
        raw = RawResults(*self.sandbox.run_pair(judge, page_command), secret)
        if raw.answer is not None and secret + b" browser ready\n" not in raw.judge.report:
            text = raw.answer.stderr[-1500:].decode("utf-8", "replace").strip()
            raise SandboxError(f"the browser did not start: {text or 'it printed no error'}")
        return raw

    @staticmethod
    def _command(
        call: Invocation,
        folder: Path,
        limits: Limits,
        num_pages: int,
        *,
        secret: bytes | None = None,
    ) -> Command:
        total = dataclasses.replace(
            limits,
            cpu_seconds=_START_SECONDS + limits.cpu_seconds * num_pages,
            wall_seconds=limits.wall_seconds * (1 + num_pages),
        )
        return command_of(call, folder, total, secret=secret)

    def _parse_report(self, raw: RawResults, num_pages: int) -> dict[str, Verdict]:
        """Return a verdict for each line of the report that starts with the secret."""
        verdicts = {}
        for line in raw.judge.report.decode("utf-8", "replace").splitlines():
            match = _LINE.fullmatch(line)
            if match is None or match[1] != raw.secret.decode():
                continue
            name, status, checks, message = match[2], match[3], int(match[4]), match[6]
            outcome = Outcome.TIMEOUT if status == "timeout" else Outcome.WRONG_ANSWER
            if status == "ok":
                outcome, message = count_outcome(checks, self.expected_checks[name])
            # A browser's CPU time cannot be attributed to single pages.
            cpu_seconds = (
                float(match[5]) if raw.answer is None else raw.answer.cpu_seconds / num_pages
            )
            verdicts[name] = Verdict(
                outcome=outcome,
                message=message,
                run_cpu_seconds=cpu_seconds,
                wall_seconds=raw.judge.wall_seconds / num_pages,
                peak_memory_bytes=(raw.answer or raw.judge).peak_memory_bytes,
                checks_done=checks,
                is_wall_timeout=outcome is Outcome.TIMEOUT
                and cpu_seconds < _CPU_BOUND_SHARE * self.limits.cpu_seconds,
            )
        return verdicts
