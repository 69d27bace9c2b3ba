"""Compile programs in batches with the verdicts that compiling each alone would give."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from codem_ray.execution.running import command_of
from codem_ray.execution.verdicts import MESSAGE_LENGTH, limit_outcome
from codem_ray.languages.spec import COMPILE_LIMITS, Build, Program
from codem_ray.records import ExecutionResult, Outcome, Verdict
from codem_ray.sandbox.protocol import Sandbox

_NEIGHBOUR_MAY_BE_THE_CAUSE = re.compile(
    r"no space left|file too large|file size limit|signal terminated|terminated with signal|killed"
    r"|segmentation fault|bus error|aborted",
    re.IGNORECASE,
)
"""Messages of a compiler that could not write or was killed; another program of the batch may
be the cause."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BuildResult:
    """The folder of a built program, or the verdict on one that could not be built."""

    folder: Path | None = None
    failure: Verdict | None = None
    cpu_seconds: float = 0.0


class _BatchResult(NamedTuple):
    """The programs of a batch, divided by what one call of the compiler decided."""

    built: list[Program]
    failed: list[Program]
    """Known not to compile."""
    undecided: list[list[Program]]
    """Batches to compile in further calls."""


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files under a folder, readable by every user."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace", newline="")


class Builder:
    """Compiles the programs of one language."""

    def __init__(self, sandbox: Sandbox, build: Build, harness: Path, cache: Path | None) -> None:
        self._sandbox = sandbox
        self._build = build
        self._harness = harness
        self._cache = cache

    def build(self, programs: Sequence[Program], root: Path) -> dict[str, BuildResult]:
        """Compile programs in folders under `root`; return the result of each by name."""
        results: dict[str, BuildResult] = {}
        cpu_seconds: dict[str, float] = dict.fromkeys((program.name for program in programs), 0.0)
        waiting = [list(programs)]
        while waiting:
            batch = waiting.pop()
            folder, call = self._call_compiler(batch, root)
            for program in batch:
                cpu_seconds[program.name] += call.cpu_seconds / len(batch)
            built, failed, undecided = self._attribute(batch, folder, call)
            for program in built:
                results[program.name] = BuildResult(
                    folder=self._build.collect(folder, program.name),
                    cpu_seconds=cpu_seconds[program.name],
                )
            for program in failed:
                is_alone = len(batch) == 1
                outcome = (limit_outcome(call) if is_alone else None) or Outcome.COMPILE_ERROR
                verdict = Verdict(
                    outcome=outcome,
                    message=_messages_about(program, call)[:MESSAGE_LENGTH],
                    compile_cpu_seconds=cpu_seconds[program.name],
                    is_wall_timeout=outcome is Outcome.TIMEOUT and call.is_wall_timeout,
                )
                results[program.name] = BuildResult(failure=verdict)
            waiting += [part for part in undecided if part]
        return results

    def _call_compiler(self, batch: Sequence[Program], root: Path) -> tuple[Path, ExecutionResult]:
        folder = Path(tempfile.mkdtemp(dir=root, prefix="build"))
        folder.chmod(0o755)
        write_files(folder, self._build.shared_files(self._harness))
        if not self._build.writes_own_sources:
            for program in batch:
                write_files(folder / program.name, program.files)
        call = self._build.command(batch, self._harness, self._cache)
        for name, content in call.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        command = command_of(call, folder, COMPILE_LIMITS, is_writable=True)
        return folder, self._sandbox.run(command)

    def _attribute(
        self, batch: Sequence[Program], folder: Path, call: ExecutionResult
    ) -> _BatchResult:
        """Attribute the result of a call to the programs of its batch."""
        built = [program for program in batch if self._build.is_built(folder, program.name)]
        is_stopped = limit_outcome(call) is not None
        if call.exit_code == 0 and not is_stopped and len(built) == len(batch):
            return _BatchResult(built, [], [])
        if len(batch) == 1:
            return _BatchResult([], list(batch), [])
        if is_stopped:
            return self._attribute_stop(batch, built, call.stderr.decode("utf-8", "replace"))
        text = (call.stdout + call.stderr).decode("utf-8", "replace")
        if self._build.is_sequential and _NEIGHBOUR_MAY_BE_THE_CAUSE.search(text):
            return _BatchResult(built, [], [[program] for program in batch if program not in built])
        sound = built if self._build.is_independent else []
        # Only the start of a line counts: the answer's text in a message may name another program.
        named = re.findall(r"^(?:\./)?(u\d+)/", text, re.MULTILINE)
        failed = [program for program in batch if program.name in named and program not in sound]
        if not failed:
            # No program explains the failure, so no output of this call can be trusted.
            return _BatchResult([], [], _halves(batch))
        rest = [program for program in batch if program not in failed and program not in sound]
        return _BatchResult(sound, failed, [rest])

    def _attribute_stop(
        self, batch: Sequence[Program], built: Sequence[Program], text: str
    ) -> _BatchResult:
        """Attribute a limit that ended the call: the program being compiled is retried alone."""
        # The first line names the secret folder of the sources, which marks lines of our script.
        mark = text.partition("\n")[0].partition(" ")[2]
        begun = re.findall(rf"^(u\d+)/: {re.escape(mark)}$", text, re.MULTILINE) if mark else []
        last = next((program for program in batch if program.name in begun[-1:]), None)
        if not self._build.is_sequential or last is None:
            return _BatchResult([], [], _halves(batch))
        done = [program for program in batch[: batch.index(last)] if program in built]
        rest = [program for program in batch if program not in done and program is not last]
        return _BatchResult(done, [], [[last], rest])


def _halves(batch: Sequence[Program]) -> list[list[Program]]:
    middle = len(batch) // 2
    return [list(batch[:middle]), list(batch[middle:])]


def _messages_about(program: Program, call: ExecutionResult) -> str:
    """Return the compiler's messages about one program, as if it had been compiled alone."""
    lines = (call.stderr + call.stdout).decode("utf-8", "replace").splitlines()
    prefix = f"{program.name}/"
    start = next((at for at, line in enumerate(lines) if prefix in line), 0)
    kept = []
    for line in lines[start:]:
        if re.search(r"\bu\d+/", line) and prefix not in line:
            break
        # The count of errors is the batch's, and the marks of calls are not messages.
        if not re.fullmatch(rf"\d+ errors?|{prefix}: \S+", line):
            kept.append(line.replace(prefix, ""))
    return "\n".join(kept)
