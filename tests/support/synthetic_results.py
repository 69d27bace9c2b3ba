"""Makes a table of ProblemResult rows for ten sources, eight targets and 25 problems."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace

import pandas as pd

from codem_ray.records import Outcome, ProblemResult, PromptStyle

TARGETS = ("python", "javascript", "typescript", "c", "cpp", "java", "go", "html")
SOURCES = ("base", *TARGETS, "mixed")
_FAILURES = (
    Outcome.WRONG_ANSWER,
    Outcome.COMPILE_ERROR,
    Outcome.RUNTIME_ERROR,
    Outcome.WRONG_ANSWER,
    Outcome.NO_ANSWER,
    Outcome.TIMEOUT,
)


def _chance(*parts: object) -> float:
    """Return a number in [0, 1) that depends on the arguments and on nothing else."""
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def _skill(source: str, target: str) -> float:
    skill = 0.18 + 0.03 * TARGETS.index(target) % 0.12
    if source == "base":
        return skill
    if source == "mixed":
        return skill + 0.45
    return skill + (0.55 if source == target else 0.12 + 0.15 * _chance(source, target))


def make_row(
    source: str,
    target: str,
    number: int,
    *,
    seed: int = 0,
    sample: int = 0,
    style: PromptStyle = PromptStyle.INSTRUCTION,
    outcome: Outcome | None = None,
    num_families: int = 8,
) -> ProblemResult:
    """Make one row; problems belong to families and a harder problem is harder for every model."""
    difficulty = _chance("difficulty", target, number)
    if outcome is None:
        luck = 0.7 * difficulty + 0.3 * _chance(source, seed, sample, style, target, number)
        passes = luck < _skill(source, target) * (0.8 if style != "completion" else 1.0)
        failure = _FAILURES[int(len(_FAILURES) * _chance("failure", source, target, number))]
        outcome = Outcome.PASSED if passes else failure
    digest = hashlib.sha256(f"{source}{seed}{sample}{style}{target}{number}".encode()).hexdigest()
    return ProblemResult(
        trial_id="base" if source == "base" else f"{source}-{seed}f00d",
        source=source,
        seed=seed,
        target=target,
        benchmark=f"starter-{target}",
        benchmark_digest=f"d{TARGETS.index(target)}",
        prompt_style=style,
        task_id=f"{target}/{number}",
        group=f"family-{number % num_families}",
        sample=sample,
        outcome=outcome,
        is_quarantined=False,
        message="" if outcome is Outcome.PASSED else f"{outcome} at line {number}",
        completion_digest=digest[:16],
        answer_digest=digest[16:32],
        prompt_tokens=60 + number,
        completion_tokens=40 + number,
        is_truncated=False,
        compile_cpu_seconds=0.1,
        run_cpu_seconds=0.02,
        wall_seconds=0.2,
        peak_memory_bytes=1 << 24,
        is_limited=False,
    )


def make_results(
    *,
    sources: Sequence[str] = SOURCES,
    targets: Sequence[str] = TARGETS,
    num_problems: int = 25,
    seeds: Sequence[int] = (0,),
    samples: int = 1,
    with_flaws: bool = False,
) -> pd.DataFrame:
    """Make the whole table; `base` once in both styles, the others in the instruction style.

    With flaws: one problem of `java` is quarantined, mixed x go holds an infrastructure_error, one
    problem of `html` is not_run for every model.
    """
    rows: list[ProblemResult] = []
    for source in sources:
        styles = list(PromptStyle) if source == "base" else [PromptStyle.INSTRUCTION]
        for seed in seeds if source != "base" else seeds[:1]:
            rows += [
                make_row(source, target, number, seed=seed, sample=sample, style=style)
                for style in styles
                for target in targets
                for number in range(num_problems)
                for sample in range(samples)
            ]
    if with_flaws:
        rows = [_flawed(row) for row in rows]
    return pd.DataFrame([asdict(row) for row in rows])


def _flawed(row: ProblemResult) -> ProblemResult:
    if row.task_id == "java/3":
        return replace(row, is_quarantined=True)
    if row.task_id == "html/5":
        return replace(row, outcome=Outcome.NOT_RUN, message="needs a browser")
    if (row.source, row.task_id) == ("mixed", "go/7"):
        return replace(row, outcome=Outcome.INFRASTRUCTURE_ERROR, message="sandbox died")
    return row
