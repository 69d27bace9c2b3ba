"""Check that the samples of a language get their known outcomes on this machine."""

from __future__ import annotations

import dataclasses

from codem_ray.execution.executor import Executor
from codem_ray.languages.spec import LanguageSpec, ProcessLayout
from codem_ray.records import Job, Limits, Outcome
from codem_ray.sandbox.protocol import Sandbox

CPU_SECONDS = 2.0
"""Enough for all samples except the one that never ends."""


def sample_limits(spec: LanguageSpec) -> Limits:
    """Return the language's limits with less CPU time, since one of the samples uses all of it."""
    return dataclasses.replace(spec.limits, cpu_seconds=CPU_SECONDS)


def sample_outcomes(spec: LanguageSpec) -> dict[str, Outcome]:
    """Return the language's samples with the outcome that each must get."""
    samples = spec.samples
    # The scripts of a page are not run, so a script that ends its process changes nothing.
    exits = (
        Outcome.WRONG_ANSWER
        if spec.process_layout is ProcessLayout.PAGES
        else Outcome.RUNTIME_ERROR
    )
    outcomes = {
        samples.passes: Outcome.PASSED,
        samples.fails: Outcome.WRONG_ANSWER,
        samples.loops: Outcome.TIMEOUT,
        samples.exits: exits,
    }
    if samples.does_not_compile is not None:
        outcomes[samples.does_not_compile] = Outcome.COMPILE_ERROR
    return outcomes


def check_samples(spec: LanguageSpec, sandbox: Sandbox) -> list[str]:
    """Judge the samples of a language; return a description of each unexpected verdict."""
    expected = sample_outcomes(spec)
    executor = Executor(sandbox, limits={spec.name: sample_limits(spec)})
    jobs = [Job(problem=spec.sample_problem, answer=text) for text in expected]
    return [
        f"a sample must be {wanted} but is {verdict.outcome}: "
        f"{verdict.message.partition(chr(10))[0][:200]}"
        for wanted, verdict in zip(expected.values(), executor.execute(jobs), strict=True)
        if verdict.outcome is not wanted
    ]
