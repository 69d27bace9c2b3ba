"""Runs the sentinels of a benchmark: answers that are wrong for every problem must fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from codem_ray.analysis.scores import UNJUDGED
from codem_ray.records import Job, Outcome, Problem, Verdict
from codem_ray.scoring.gate_report import PassedSentinel
from codem_ray.scoring.judging import Execute
from codem_ray.scoring.sentinel_answers import Sentinel, SentinelError, sentinels_of

_OWN_INVERSE = "the tests encode and decode with the answer, so one that changes nothing passes"
_OWN_SIZE = (
    "the tests compare as many elements as the answer says, so one that sets no size may pass"
)
REASONS: Mapping[str, Mapping[str, str]] = {
    "humaneval-c": {
        "C/38": _OWN_INVERSE,
        "C/50": _OWN_INVERSE,
        "C/129": _OWN_SIZE,
    },
    "mceval-python": {"Python/32": "all tests ask for False"},
    "freecodecamp-html": {
        "applied-visual-design/587d781c367417b2b2512ac4": (
            "the tests ask for a paragraph of 16 pixels, which browsers give it without any style"
        ),
    },
}
"""Why a sentinel passes, by benchmark and problem, as reading the tests showed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SentinelResults:
    """The outcomes of the sentinels of one benchmark."""

    failed: Mapping[str, int] = field(default_factory=dict)
    """By name."""
    passed: tuple[PassedSentinel, ...] = ()
    num_not_run: int = 0
    without: Mapping[str, str] = field(default_factory=dict)
    """Problems without sentinels, with the reason."""


def run_sentinels(
    problems: Sequence[Problem],
    execute: Execute,
    passes: Callable[[Problem, Verdict], bool],
) -> SentinelResults:
    """Run the sentinels of all problems.

    Quarantined problems have none, because their tests are known to be wrong.
    """
    without: dict[str, str] = {}
    sentinels: list[Sentinel] = []
    for problem in problems:
        if problem.quarantine is not None:
            without[problem.task_id] = f"quarantined: {problem.quarantine}"
            continue
        try:
            sentinels += sentinels_of(problem)
        except SentinelError as error:
            without[problem.task_id] = str(error)
    jobs = [Job(problem=sentinel.problem, answer=sentinel.answer) for sentinel in sentinels]
    verdicts = execute(jobs) if jobs else []
    failed: Counter[str] = Counter()
    passed: list[PassedSentinel] = []
    num_not_run = 0
    for sentinel, verdict in zip(sentinels, verdicts, strict=True):
        task_id, name = sentinel.problem.task_id, sentinel.name
        if verdict.outcome in UNJUDGED:
            num_not_run += 1
        elif passes(sentinel.problem, verdict):
            reason = REASONS.get(sentinel.problem.benchmark, {}).get(task_id, "")
            passed.append(PassedSentinel(task_id=task_id, name=name, reason=reason))
        elif verdict.outcome is Outcome.COMPILE_ERROR:
            # A program that does not compile shows nothing about the tests.
            first_line = verdict.message.strip().partition("\n")[0]
            without[task_id] = f"{name} does not compile: {first_line[:120]}"
        else:
            failed[name] += 1
    return SentinelResults(
        failed=dict(failed), passed=tuple(passed), num_not_run=num_not_run, without=without
    )
