"""Find the problem of a completion by the id, prompt or position that its file gives."""

from __future__ import annotations

import re
from collections.abc import Sequence

from codem_ray.benchmarks import BENCHMARKS, BenchmarkSpec, benchmark_digest
from codem_ray.errors import ConfigError
from codem_ray.languages import language
from codem_ray.records import Problem
from codem_ray.scoring.formats.entries import WrittenCompletion

_WORDS_READ = 50
_NO_WORD = re.compile(r"[^0-9A-Za-z]+")
_NUMBER = re.compile(r"(?<![^/_])\d+(?![^/_])")
"""A number that is a whole part of a task id, as in `Java/7` and `HumanEval_7_name`."""


def _unique_numbers(problems: Sequence[Problem]) -> dict[str, Problem]:
    """Return the problems by their number, or nothing if two have the same."""
    matches = [(_NUMBER.search(problem.task_id), problem) for problem in problems]
    numbered = {match.group(): problem for match, problem in matches if match}
    return numbered if len(numbered) == sum(match is not None for match, _ in matches) else {}


def words(task_id: str) -> tuple[str, ...]:
    """Return the letters and digits of an id in lower case, as words."""
    return tuple(word.lower() for word in _NO_WORD.split(task_id) if word)


class ProblemIndex:
    """All problems of one benchmark, the first `limit` of which are scored."""

    def __init__(
        self, spec: BenchmarkSpec, problems: Sequence[Problem], limit: int | None = None
    ) -> None:
        self.name = spec.name
        self.digest = benchmark_digest(problems)
        """Digest of all problems, whatever the limit."""
        self.problems = {problem.task_id: problem for problem in problems[:limit]}
        """The problems to score, by task id."""
        self.quarantine = {p.task_id: p.quarantine for p in problems if p.quarantine is not None}
        """Reasons by task id, whatever the limit."""
        self.is_limited = limit is not None
        self.language = problems[0].language
        self._spec = spec
        self._all = tuple(problems)
        self._by_id = {problem.common_id: problem for problem in problems if problem.common_id}
        self._by_id |= {problem.task_id: problem for problem in problems}
        self._by_number = _unique_numbers(problems)
        self._by_words = {
            words(task_id): problem
            for task_id, problem in self._by_id.items()
            if _NUMBER.search(task_id)
        }
        for alias in filter(None, spec.id_aliases):
            self._by_words |= {
                (*words(alias), number): problem for number, problem in self._by_number.items()
            }
        self._longest_id = max(map(len, self._by_words), default=0)
        self._by_prompt = {problem.prompt.strip(): problem for problem in problems}

    def find(self, completion: WrittenCompletion) -> Problem | None:
        """Return a completion's problem, or None if the benchmark does not have it."""
        position = completion.position
        if position is not None:
            return self._all[position] if position < len(self._all) else None
        if completion.language and not self._is_in(completion.language):
            return None
        for task_id in completion.possible_ids:
            if task_id in self._by_id:
                return self._by_id[task_id]
        if completion.prompt is not None and completion.prompt.strip() in self._by_prompt:
            return self._by_prompt[completion.prompt.strip()]
        found = filter(None, map(self._find_inside, completion.possible_ids))
        return next(found, None)

    def _find_inside(self, text: str) -> Problem | None:
        """Return the only problem whose id is part of a text, as in `run1_HumanEval-7_s2`.

        A number alone is a problem's number.
        """
        if text in self._by_number:
            return self._by_number[text]
        parts = words(text)[:_WORDS_READ]
        spans = [
            parts[start:end]
            for start in range(len(parts))
            for end in range(start + 1, min(len(parts), start + self._longest_id) + 1)
        ]
        found = {self._by_words[s].task_id: self._by_words[s] for s in spans if s in self._by_words}
        return next(iter(found.values())) if len(found) == 1 else None

    def _is_in(self, written: str) -> bool:
        """Whether a language of a file, in its spelling, is the benchmark's."""
        try:
            return language(written).name == self.language
        except ConfigError:
            return False

    def describe_missing(self, completion: WrittenCompletion) -> str:
        """Describe the problem of a completion that `find` does not know."""
        if completion.position is not None:
            return f"{self.name} has {len(self._all)} problems; is the file of another benchmark?"
        if completion.language and not self._is_in(completion.language):
            return f"is in {completion.language}, but {self.name} is in {self.language}"
        ids = " or ".join(map(repr, completion.possible_ids)) or "without a name"
        return f"{self.name} has no problem {ids}"

    def suggest(self, completion: WrittenCompletion) -> str:
        """Name a problem that the benchmark has, and the benchmark that may be meant."""
        more = f" and {len(self._all) - 1} more" if len(self._all) > 1 else ""
        sibling = next(filter(None, map(self._sibling, completion.possible_ids)), None)
        meant = f"; such ids belong to {sibling}: --benchmark {sibling}" if sibling else ""
        return f"it has {self._all[0].task_id!r}{more}{meant}"

    def _sibling(self, task_id: str) -> str | None:
        """Return the benchmark of the same family with ids of this kind."""
        prefix = task_id.rpartition("/")[0]
        if prefix == self.name:
            return None
        if prefix in BENCHMARKS:
            return prefix
        try:
            other_language = language(prefix).name
        except ConfigError:
            return None
        family = self._all[0].benchmark.rpartition("-")[0]
        for other in BENCHMARKS.values():
            is_same_family = (
                other.build is self._spec.build or other.name.rpartition("-")[0] == family
            )
            if is_same_family and other.language == other_language != self._spec.language:
                return other.name
        return None
