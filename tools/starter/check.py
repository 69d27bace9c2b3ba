"""Run every family's solutions and mutants in every language by the project's own executor."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from codem_ray.execution.executor import Executor, local_executor
from codem_ray.records import Job, Outcome, Problem
from tools.starter.draws import LANGUAGES, draw, families_of
from tools.starter.rows import problem_row

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Found:
    """Results of one language."""

    language: str
    families: int
    solutions: int
    passed: int
    mutants: int
    killed: int

    @property
    def is_right(self) -> bool:
        """Whether all solutions pass and all mutants fail."""
        return self.passed == self.solutions and self.killed == self.mutants


def problems(language: str, draws: int, seed: int) -> list[Problem]:
    """Draw problems of every family, those for tuning and those of the benchmark."""
    made = []
    for family in families_of(language):
        rng = Random(f"{seed}/check/{family.name}")
        for turn in range(draws):
            row = problem_row(draw(family, rng), language, f"{family.name}/{turn}", f"{turn}")
            made.append(
                Problem(
                    benchmark="families",
                    task_id=row["task_id"],
                    language=language,
                    prompt=row["prompt"],
                    instruction=row["instruction"],
                    tests=row["tests"],
                    reference=row["reference"],
                    broken=tuple(row["broken"]),
                    entry_point=row["entry_point"],
                    group=row["group"],
                )
            )
    return made


def check(language: str, executor: Executor, draws: int, seed: int) -> Found:
    """Run the solutions and the mutants of one language; print the failures."""
    drawn = problems(language, draws, seed)
    right = [
        Job(problem=problem, answer=problem.prompt + (problem.reference or "")) for problem in drawn
    ]
    wrong = [
        Job(problem=problem, answer=problem.prompt + text)
        for problem in drawn
        for text in problem.broken
    ]
    verdicts = executor.execute([*right, *wrong])
    passed = [verdict.outcome is Outcome.PASSED for verdict in verdicts]
    unknown = (Outcome.NOT_RUN, Outcome.INFRASTRUCTURE_ERROR)
    killed = [
        not is_passed and verdict.outcome not in unknown
        for is_passed, verdict in zip(passed, verdicts, strict=True)
    ][len(right) :]
    failures = [
        (job, verdict)
        for job, verdict in zip(right, verdicts, strict=False)
        if verdict.outcome is not Outcome.PASSED
    ]
    for job, verdict in failures[:SHOWN]:
        print(f"{language} {job.problem.task_id}: {verdict.outcome}: {verdict.message[:300]}")
        print(job.answer)
    survivors = [job for job, is_dead in zip(wrong, killed, strict=True) if not is_dead]
    for job in survivors[:SHOWN]:
        print(f"{language} {job.problem.task_id}: a mutant passes or was not run")
        print(job.answer)
    return Found(
        language,
        len(families_of(language)),
        len(right),
        sum(passed[: len(right)]),
        len(wrong),
        sum(killed),
    )


def table(found: Sequence[Found]) -> str:
    """Print the results, one line per language."""
    lines = [f"{'language':12} {'families':>8} {'solutions pass':>16} {'mutants killed':>16}"]
    for one in found:
        passes, kills = f"{one.passed}/{one.solutions}", f"{one.killed}/{one.mutants}"
        lines.append(f"{one.language:12} {one.families:8} {passes:>16} {kills:>16}")
    return "\n".join(lines)


def main() -> int:
    """Check the given languages, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("languages", nargs="*", default=list(LANGUAGES))
    parser.add_argument("--draws", type=int, default=2, help="problems of each family")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    executor = local_executor()
    found = []
    for language in options.languages:
        found.append(check(language, executor, options.draws, options.seed))
        print(table(found[-1:]).partition("\n")[2], file=sys.stderr, flush=True)
    print(table(found))
    return 0 if all(one.is_right for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
