"""Compiles programs in batches with the verdicts that compiling alone would give."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from codem_ray.execution.verdicts import limit_outcome
from codem_ray.languages.spec import COMPILE_LIMITS, Build, Unit
from codem_ray.records import ExecutionResult, Outcome
from codem_ray.sandbox.protocol import Command, Sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Built:
    """What became of one unit: a folder to run in, or why there is none."""

    folder: Path | None
    outcome: Outcome = Outcome.PASSED
    message: str = ""
    cpu_seconds: float = 0.0


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write files under a folder, for every user to read."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="replace", newline="")


class Builder:
    """Compiles the units of one language."""

    def __init__(
        self,
        sandbox: Sandbox,
        build: Build,
        assembled: Mapping[str, Mapping[str, str]],
        harness: Path,
        cache: Path | None,
    ) -> None:
        self._sandbox = sandbox
        self._build = build
        self._assembled = assembled
        self._harness = harness
        self._cache = cache

    def build(self, units: Sequence[Unit], root: Path) -> dict[str, Built]:
        """Compile units under `root`; return what became of each, by name."""
        built: dict[str, Built] = {}
        spent: dict[str, float] = dict.fromkeys((unit.name for unit in units), 0.0)
        waiting = [list(units)]
        while waiting:
            batch = waiting.pop()
            folder, result = self._call(batch, root)
            for unit in batch:
                spent[unit.name] += result.cpu_seconds / len(batch)
            offenders, rest = self._sort_out(batch, folder, result)
            for unit in rest if not offenders else ():
                built[unit.name] = Built(
                    folder=self._build.collect(folder, unit.name), cpu_seconds=spent[unit.name]
                )
            for unit in offenders:
                outcome = Outcome.COMPILE_ERROR
                if len(batch) == 1:
                    outcome = limit_outcome(result) or Outcome.COMPILE_ERROR
                built[unit.name] = Built(
                    folder=None,
                    outcome=outcome,
                    message=_about(unit, result),
                    cpu_seconds=spent[unit.name],
                )
            if offenders and rest:
                waiting.append(rest)
            elif not offenders and not rest:
                # Nobody is named: halve until the culprit stands alone.
                middle = len(batch) // 2
                waiting += [batch[:middle], batch[middle:]]
        return built

    def _call(self, batch: Sequence[Unit], root: Path) -> tuple[Path, ExecutionResult]:
        folder = Path(tempfile.mkdtemp(dir=root, prefix="build"))
        folder.chmod(0o755)
        write_files(folder, self._build.shared_files(batch, self._harness))
        for unit in batch:
            write_files(folder / unit.name, self._assembled[unit.name])
        call = self._build.command(batch, self._harness, self._cache)
        result = self._sandbox.run(
            Command(
                argv=call.argv,
                directory=folder,
                is_writable=True,
                readable=call.readable,
                env=call.env,
                limits=COMPILE_LIMITS,
            )
        )
        return folder, result

    def _sort_out(
        self, batch: Sequence[Unit], folder: Path, result: ExecutionResult
    ) -> tuple[list[Unit], list[Unit]]:
        """Return (those known not to compile, the rest); two empty lists when nobody is named."""
        has_ended_well = result.exit_code == 0 and limit_outcome(result) is None
        if has_ended_well and all(self._is_there(folder, unit) for unit in batch):
            return [], list(batch)
        if len(batch) == 1:
            return list(batch), []
        text = (result.stdout + result.stderr).decode("utf-8", "replace")
        named = set(re.findall(r"\b(u\d+)/", text)) if limit_outcome(result) is None else set()
        offenders = [unit for unit in batch if unit.name in named]
        if not offenders:
            shutil.rmtree(folder, ignore_errors=True)
            return [], []
        return offenders, [unit for unit in batch if unit.name not in named]

    def _is_there(self, folder: Path, unit: Unit) -> bool:
        return self._build.is_built(folder, unit.name)


def _about(unit: Unit, result: ExecutionResult) -> str:
    text = (result.stderr + result.stdout).decode("utf-8", "replace")
    lines = text.splitlines()
    start = next((i for i, line in enumerate(lines) if f"{unit.name}/" in line), 0)
    kept = []
    for line in lines[start:]:
        if re.search(r"\bu\d+/", line) and f"{unit.name}/" not in line:
            break
        kept.append(line)
    return "\n".join(kept)[:2000]
