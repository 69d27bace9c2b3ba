"""Compiles programs in batches with the verdicts that compiling alone would give."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from codem_ray.execution.commands import command_of
from codem_ray.execution.verdicts import limit_outcome
from codem_ray.languages.spec import COMPILE_LIMITS, Build, Program
from codem_ray.records import ExecutionResult, Outcome
from codem_ray.sandbox.protocol import Sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """What became of one unit: a folder to run in, or why there is none."""

    folder: Path | None
    outcome: Outcome = Outcome.PASSED
    message: str = ""
    is_wall_timeout: bool = False
    cpu_seconds: float = 0.0


_CROWDED = re.compile(
    r"no space left|file too large|file size limit|signal terminated|terminated with signal|killed"
    r"|segmentation fault|bus error|aborted",
    re.IGNORECASE,
)
"""What a compiler says that was not let write, or was ended, for which its neighbours may be to
blame."""


class _SortedOut(NamedTuple):
    """A batch after a call of the compiler."""

    done: list[Program]
    offenders: list[Program]
    """Known not to compile."""
    rest: list[list[Program]]
    """Batches to be tried again."""


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files under a folder, for every user to read."""
    made = set()
    for name, text in files.items():
        path = folder / name
        if path.parent not in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            made.add(path.parent)
        path.write_text(text, encoding="utf-8", errors="replace", newline="")


class Builder:
    """Compiles the programs of one language."""

    def __init__(
        self,
        sandbox: Sandbox,
        build: Build,
        harness: Path,
        cache: Path | None,
    ) -> None:
        self._sandbox = sandbox
        self._build = build
        self._harness = harness
        self._cache = cache

    def build(self, programs: Sequence[Program], root: Path) -> dict[str, Built]:
        """Compile programs under `root`; return what became of each, by name."""
        built: dict[str, Built] = {}
        spent: dict[str, float] = dict.fromkeys((program.name for program in programs), 0.0)
        waiting = [list(programs)]
        while waiting:
            batch = waiting.pop()
            folder, result = self._call(batch, root)
            for unit in batch:
                spent[unit.name] += result.cpu_seconds / len(batch)
            sorted_out = self._sort_out(batch, folder, result)
            for unit in sorted_out.done:
                built[unit.name] = Built(
                    folder=self._build.collect(folder, unit.name), cpu_seconds=spent[unit.name]
                )
            for unit in sorted_out.offenders:
                outcome = Outcome.COMPILE_ERROR
                if len(batch) == 1:
                    outcome = limit_outcome(result) or Outcome.COMPILE_ERROR
                built[unit.name] = Built(
                    folder=None,
                    outcome=outcome,
                    message=_about(unit, result),
                    is_wall_timeout=outcome is Outcome.TIMEOUT and result.is_wall_timeout,
                    cpu_seconds=spent[unit.name],
                )
            waiting += [rest for rest in sorted_out.rest if rest]
        return built

    def _call(self, batch: Sequence[Program], root: Path) -> tuple[Path, ExecutionResult]:
        folder = Path(tempfile.mkdtemp(dir=root, prefix="build"))
        folder.chmod(0o755)
        write_files(folder, self._build.shared_files(self._harness))
        if not self._build.has_own_sources:
            for program in batch:
                write_files(folder / program.name, program.files)
        call = self._build.command(batch, self._harness, self._cache)
        for name, content in call.files.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        command = command_of(call, folder, COMPILE_LIMITS, is_writable=True)
        result = self._sandbox.run(command)
        return folder, result

    def _sort_out(
        self, batch: Sequence[Program], folder: Path, result: ExecutionResult
    ) -> _SortedOut:
        there = [unit for unit in batch if self._build.is_built(folder, unit.name)]
        is_stopped = limit_outcome(result) is not None
        if result.exit_code == 0 and not is_stopped and len(there) == len(batch):
            return _SortedOut(there, [], [])
        if len(batch) == 1:
            return _SortedOut([], list(batch), [])
        text = (result.stdout + result.stderr).decode("utf-8", "replace")
        # Only where a message begins: an answer's own text may name another.
        named = re.findall(r"^(?:\./)?(u\d+)/", text, re.MULTILINE)
        if is_stopped:
            return self._after_a_stop(batch, there, result.stderr.decode("utf-8", "replace"))
        if self._build.is_in_order and _CROWDED.search(text):
            # Alone each has more room.
            rest = [[unit] for unit in batch if unit not in there]
            return _SortedOut(there, [], rest)
        done = there if self._build.is_independent else []
        offenders = [unit for unit in batch if unit.name in named and unit not in done]
        if not offenders:
            # A call that failed for a reason of its own says nothing of what it made.
            return _SortedOut([], [], _halves(batch))
        settled = {unit.name for unit in (*offenders, *done)}
        return _SortedOut(done, offenders, [[unit for unit in batch if unit.name not in settled]])

    def _after_a_stop(
        self, batch: Sequence[Program], there: Sequence[Program], text: str
    ) -> _SortedOut:
        """A limit ended the call: whoever was being compiled then is tried alone."""
        word = text.partition("\n")[0].partition(" ")[2]
        begun = re.findall(rf"^(u\d+)/: {re.escape(word)}$", text, re.MULTILINE) if word else []
        last = next((unit for unit in batch if begun and unit.name == begun[-1]), None)
        if not self._build.is_in_order or last is None:
            return _SortedOut([], [], _halves(batch))
        done = [unit for unit in batch[: batch.index(last)] if unit in there]
        rest = [unit for unit in batch if unit not in done and unit is not last]
        return _SortedOut(done, [], [[last], rest])


def _halves(batch: Sequence[Program]) -> list[list[Program]]:
    middle = len(batch) // 2
    return [list(batch[:middle]), list(batch[middle:])]


def _about(unit: Program, result: ExecutionResult) -> str:
    """Return what the compiler says of one unit, as if it stood alone."""
    text = (result.stderr + result.stdout).decode("utf-8", "replace")
    lines = text.splitlines()
    own = f"{unit.name}/"
    start = next((i for i, line in enumerate(lines) if own in line), 0)
    kept = []
    for line in lines[start:]:
        if re.search(r"\bu\d+/", line) and own not in line:
            break
        # Neither a batch's count of errors, nor the line before a compiler's call.
        if not re.fullmatch(rf"\d+ errors?|{own}: \S+", line):
            kept.append(line.replace(own, ""))
    return "\n".join(kept)[:2000]
