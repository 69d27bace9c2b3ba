"""Judge completions: extract each answer, execute it, and build the result rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from codem_ray.errors import CodemError, DataError
from codem_ray.execution.executor import Executor
from codem_ray.extraction.answers import DEFAULT, extract_answer
from codem_ray.records import (
    Completion,
    ExtractionOptions,
    Job,
    Problem,
    ProblemResult,
    PromptStyle,
    Verdict,
)

Execute = Callable[[Sequence[Job]], list[Verdict]]
"""Execute jobs and return one verdict for each, in order."""
Advance = Callable[[int, int], None]
"""Takes the number of newly done jobs and the number of jobs added to the total."""


def with_progress(executor: Executor, advance: Advance) -> Execute:
    """Return a function that executes jobs with `executor` and reports progress to `advance`."""

    def execute(jobs: Sequence[Job]) -> list[Verdict]:
        advance(0, len(jobs))
        return executor.execute(jobs, progress=lambda newly_done: advance(newly_done, 0))

    return execute


@dataclass(frozen=True, slots=True)
class JudgedCompletion:
    """A completion, the answer extracted from it, and the verdict on that answer."""

    completion: Completion
    answer: str | None
    """None if no answer was found in the completion."""
    verdict: Verdict


def judge_completions(
    problems: Sequence[Problem],
    completions: Sequence[Completion],
    style: PromptStyle,
    execute: Execute,
    options: ExtractionOptions = DEFAULT,
) -> list[JudgedCompletion]:
    """Judge completions of one benchmark, in their order.

    A completion that cannot be processed has no answer, and its verdict names the reason. Equal
    answers to a problem are run at most once. Every verdict that did not come from a run of its own
    is marked as cached.

    Raises:
        DataError: a completion belongs to none of the problems.
    """
    by_id = {problem.task_id: problem for problem in problems}
    unknown = sorted({completion.task_id for completion in completions} - by_id.keys())
    if unknown:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        raise DataError(
            f"completions of problems that the benchmark does not have: {', '.join(unknown[:5])}"
            f"{more}; check --benchmark"
        )
    answers = [
        _extract(by_id[completion.task_id], completion, style, options)
        for completion in completions
    ]
    jobs = [
        Job(problem=by_id[completion.task_id], answer=answer, sample=completion.sample)
        for completion, (answer, _) in zip(completions, answers, strict=True)
    ]
    return [
        JudgedCompletion(
            completion, answer, replace(verdict, message=failure) if failure else verdict
        )
        for completion, (answer, failure), verdict in zip(
            completions, answers, execute(jobs), strict=True
        )
    ]


def _extract(
    problem: Problem, completion: Completion, style: PromptStyle, options: ExtractionOptions
) -> tuple[str | None, str]:
    """Return the answer, and the reason if the completion could not be processed."""
    try:
        return extract_answer(problem, completion.text, style, options), ""
    except (CodemError, ImportError, MemoryError):
        # Faults of the installation or the machine, not of the text: they must not become scores.
        raise
    except Exception as error:
        # One text that extraction cannot handle must not end a call that judges thousands.
        return None, f"extraction failed: {type(error).__name__}: {error}"[:2000]


def to_results(
    judged: Sequence[JudgedCompletion],
    problems: Sequence[Problem],
    *,
    trial_id: str,
    source: str,
    seed: int,
    benchmark_digest: str,
    style: PromptStyle,
    is_limited: bool = False,
) -> list[ProblemResult]:
    """Return the rows to store in a trial's results table for one benchmark and prompt style."""
    by_id = {problem.task_id: problem for problem in problems}
    rows = []
    for judgement in judged:
        completion, verdict = judgement.completion, judgement.verdict
        problem = by_id[completion.task_id]
        rows.append(
            ProblemResult(
                trial_id=trial_id,
                source=source,
                seed=seed,
                target=problem.language,
                benchmark=problem.benchmark,
                benchmark_digest=benchmark_digest,
                prompt_style=style,
                task_id=problem.task_id,
                group=problem.group or problem.task_id,
                sample=completion.sample,
                outcome=verdict.outcome,
                is_quarantined=problem.quarantine is not None,
                message=verdict.message,
                completion_digest=text_digest(completion.text),
                answer_digest="" if judgement.answer is None else text_digest(judgement.answer),
                prompt_tokens=completion.prompt_tokens,
                completion_tokens=completion.completion_tokens,
                is_truncated=completion.is_truncated,
                compile_cpu_seconds=verdict.compile_cpu_seconds,
                run_cpu_seconds=verdict.run_cpu_seconds,
                wall_seconds=verdict.wall_seconds,
                peak_memory_bytes=verdict.peak_memory_bytes,
                is_limited=is_limited,
                is_cached=verdict.is_cached,
                common_id=problem.common_id,
            )
        )
    return rows


def text_digest(text: str) -> str:
    """Return the first 16 hex digits of the SHA-256 of a completion or answer."""
    # A model may write half a surrogate pair, which UTF-8 cannot encode.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
