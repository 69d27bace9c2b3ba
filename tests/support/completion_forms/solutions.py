"""The problems of published benchmarks with right solutions."""

from __future__ import annotations

from collections.abc import Iterator

from bench.programs import typescript_bodies
from codem_ray.benchmarks import load
from completion_forms.solved import Solved

BENCHMARKS = (
    "humaneval-x-python",
    "humaneval-x-js",
    "humaneval-x-cpp",
    "humaneval-x-java",
    "humaneval-x-go",
    "humaneval-c",
    "multipl-e-ts",
    "mceval-python",
    "mceval-javascript",
    "mceval-typescript",
    "mceval-c",
    "mceval-cpp",
    "mceval-java",
    "mceval-go",
    "mceval-html",
)
"""Benchmarks with a right solution for nearly every problem."""


def solved_problems(benchmark: str) -> Iterator[Solved]:
    """Yield the problems of a benchmark that have a solution and are not quarantined."""
    problems = load(benchmark)
    bodies = typescript_bodies(problems) if benchmark == "multipl-e-ts" else {}
    for problem in problems:
        body = bodies.get(problem.task_id, problem.reference)
        if body is not None and problem.quarantine is None:
            yield Solved(problem, body)
