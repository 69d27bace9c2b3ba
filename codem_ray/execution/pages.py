"""Judges pages, many to a process."""

from __future__ import annotations

import dataclasses
import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from codem_ray.execution.verdicts import count_outcome, judge
from codem_ray.languages.spec import LanguageSpec, Unit
from codem_ray.records import Limits, Outcome, Verdict
from codem_ray.sandbox.protocol import Command, Sandbox

_START_SECONDS = 10.0
"""CPU time to load the document library, over the pages' own."""
_CPU_BOUND_SHARE = 0.9
"""A page that had this much of its CPU time when the clock ended it was not crowded out."""
_LINE = re.compile(r"(\S+) (u\d+) (ok|failed|timeout) (\d+) ([\d.]+) ?(.*)")


def judge_pages(
    sandbox: Sandbox,
    spec: LanguageSpec,
    units: Sequence[Unit],
    root: Path,
    limits: Limits,
    expected: Mapping[str, int],
    harness: Path,
) -> dict[str, Verdict]:
    """Judge pages in one process; those that a crash leaves without a verdict, one by one."""
    folder = Path(tempfile.mkdtemp(dir=root, prefix="pages"))
    folder.chmod(0o755)
    for unit in units:
        (folder / unit.name).mkdir(parents=True)
        for name, text in spec.assemble(unit).items():
            (folder / unit.name / name).write_text(text, encoding="utf-8", errors="replace")
    # The clock inside is on the wall: a page that it ends on a busy machine is looked at again
    # alone, and then the process's CPU time decides.
    seconds = limits.wall_seconds if len(units) == 1 else limits.cpu_seconds
    milliseconds = int(seconds * 1000)
    (folder / "pages.json").write_text(
        json.dumps({"names": [unit.name for unit in units], "milliseconds": milliseconds})
    )
    secret = secrets.token_hex(16).encode()
    call = spec.run(units[0], harness)
    result = sandbox.run(
        Command(
            argv=call.argv,
            directory=folder,
            readable=call.readable,
            env=call.env,
            secret=secret,
            limits=dataclasses.replace(
                limits,
                cpu_seconds=_START_SECONDS + limits.cpu_seconds * len(units),
                wall_seconds=limits.wall_seconds * (1 + len(units)),
            ),
        )
    )
    shutil.rmtree(folder)
    verdicts = {}
    for line in result.report.decode("utf-8", "replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[1] != secret.decode():
            continue
        outcome, message = Outcome.WRONG_ANSWER, match[6]
        if match[3] == "timeout":
            outcome = Outcome.TIMEOUT
        elif match[3] == "ok":
            outcome, message = count_outcome(int(match[4]), expected[match[2]])
        verdicts[match[2]] = Verdict(
            outcome=outcome,
            message=message,
            run_cpu_seconds=float(match[5]),
            wall_seconds=result.wall_seconds / len(units),
            peak_memory_bytes=result.peak_memory_bytes,
            checks_done=int(match[4]),
            is_wall_timeout=outcome is Outcome.TIMEOUT
            and float(match[5]) < _CPU_BOUND_SHARE * limits.cpu_seconds,
        )
    missing = [unit for unit in units if unit.name not in verdicts]
    if len(units) == 1 and missing:
        name = units[0].name
        return {
            name: judge(
                judge_result=result,
                answer_result=None,
                secret=secret,
                limits=limits,
                expected_checks=expected[name],
                compile_cpu_seconds=0.0,
            )
        }
    for unit in missing:
        verdicts |= judge_pages(sandbox, spec, [unit], root, limits, expected, harness)
    return verdicts
