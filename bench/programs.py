"""The programs that bench/execution.py measures: reference solutions of published benchmarks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from codem_ray.benchmarks import load
from codem_ray.extraction.answers import whole_answer
from codem_ray.records import Job, Problem

BENCHMARKS: Mapping[str, str] = {
    "python": "humaneval-x-python",
    "javascript": "humaneval-x-js",
    "typescript": "multipl-e-ts",
    "c": "humaneval-c",
    "cpp": "humaneval-x-cpp",
    "java": "humaneval-x-java",
    "go": "humaneval-x-go",
}
"""The benchmark whose references are run, by language."""
BODIES_PATH = Path(__file__).parent / "typescript_bodies.json"
"""Bodies for TypeScript problems that no JavaScript reference fits, by task id."""
_SIGNATURE = re.compile(r"^const\s+(\w+)\s*=\s*(?:async\s*)?(\([^)]*\)|\w+)\s*=>\s*\{", re.M)
_TYPESCRIPT = re.compile(r"^function\s+\w+\((?P<parameters>.*)\)\s*:[^\n]*\{[ \t]*\n?\Z", re.M)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceProgram:
    """A reference solution to build and run."""

    task_id: str
    job: Job
    is_quarantined: bool


def programs(language: str, *, limit: int | None = None) -> list[ReferenceProgram]:
    """Return the programs of a language; problems without a solution are left out."""
    problems = load(BENCHMARKS[language])
    bodies = typescript_bodies(problems) if language == "typescript" else {}
    found = []
    for problem in problems:
        body = problem.reference if problem.reference is not None else bodies.get(problem.task_id)
        if body is not None:
            job = Job(problem=problem, answer=whole_answer(problem, body))
            is_quarantined = problem.quarantine is not None
            found.append(
                ReferenceProgram(task_id=problem.task_id, job=job, is_quarantined=is_quarantined)
            )
    return found[:limit]


def typescript_bodies(problems: list[Problem]) -> dict[str, str]:
    """Return a body for each TypeScript prompt from the JavaScript reference of the same number."""
    scripts = {number_of(p.task_id): p for p in load(BENCHMARKS["javascript"])}
    written = json.loads(BODIES_PATH.read_text(encoding="utf-8"))
    bodies = {}
    for problem in problems:
        if problem.task_id in written:
            bodies[problem.task_id] = (
                "".join(f"  {line}\n" for line in written[problem.task_id]) + "}"
            )
            continue
        script = scripts.get(number_of(problem.task_id))
        body = None if script is None else typescript_body(problem.prompt, script)
        if body is not None:
            bodies[problem.task_id] = body
    return bodies


def number_of(task_id: str) -> int:
    """Return the HumanEval number in a task id."""
    found = re.search(r"\d+", task_id)
    assert found is not None, task_id
    return int(found[0])


def typescript_body(prompt: str, script: Problem) -> str | None:
    """Return a body that defines and calls the JavaScript reference. None without a signature."""
    signature = _TYPESCRIPT.search(prompt)
    if signature is None or not _SIGNATURE.search(script.prompt) or script.reference is None:
        return None
    parameters = re.findall(r"(\w+)\s*:", re.sub(r"<[^>]*>|\{[^}]*\}", "", signature["parameters"]))
    source = re.sub(r"/\*.*?\*/", "", script.prompt, flags=re.DOTALL) + script.reference
    inner = "".join(f"  {line}\n" if line.strip() else "\n" for line in source.split("\n"))
    return f"{inner}  return {script.entry_point}({', '.join(parameters)});\n}}"
