"""Text and code that a pair shares with the benchmarks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from codem_ray.benchmarks import BENCHMARKS, EVALUATION_ONLY
from codem_ray.corpora.function_digests import function_digests
from codem_ray.corpora.pairs import DroppedRow, Pair
from codem_ray.corpora.word_hashes import HashedWords, Hashes, run_hashes, word_hashes, words_of
from codem_ray.errors import DataError
from codem_ray.languages import syntax_trees
from codem_ray.records import Problem

PROMPT_WORDS = 10
"""Pairs may share only shorter runs of words with a prompt or an instruction."""
REFERENCE_WORDS = 20
"""Pairs may share only shorter runs of words with a reference. Ten words of code can be the head of
a loop."""
MAX_BENCHMARK_SHARE = 0.5
"""A corpus is refused if more than this share of its pairs match an evaluation-only benchmark."""
MIN_PAIRS = 5
"""Smallest corpus that is compared with the evaluation-only benchmarks."""
# Imports are left out: half of the programs of a language start with the same ones.
_IMPORT = re.compile(
    r"^[ \t]*(?:#[ \t]*include\b.*|from[ \t]+[\w.]+[ \t]+import\b.*"
    r"|(?:import|using|package)[ \t]+(?:static[ \t]+|namespace[ \t]+)?[\w.:*]+"
    r"(?:[ \t]+as[ \t]+\w+)?;?[ \t\r]*)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Text or code that a pair shares with a problem."""

    benchmark: str
    task_id: str
    shared: str
    """The shared words, or the function's name."""

    def __str__(self) -> str:
        return f"{self.benchmark} {self.task_id}: {self.shared}"


class BenchmarkIndex:
    """Word runs and functions of the prompts, instructions and references of all problems."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._problems = tuple(problems)
        self._runs = (
            _RunIndex(PROMPT_WORDS, [(p.prompt, p.instruction) for p in self._problems]),
            _RunIndex(REFERENCE_WORDS, [(p.reference or "",) for p in self._problems]),
        )
        self._functions: dict[tuple[str, int], tuple[int, str]] = {}
        """Number of the problem and name of the function, by language and digest."""
        for number, problem in enumerate(self._problems):
            for name, digest in _reference_functions(problem):
                self._functions.setdefault((problem.language, digest), (number, name))
        self._languages = {language for language, _ in self._functions}

    def has_functions(self, language: str) -> bool:
        """Whether the index has functions in a language."""
        return language in self._languages

    def shared_words(self, text: HashedWords) -> Iterator[Overlap]:
        """Yield the problems that share a run of words with a text."""
        for runs in self._runs:
            for number, run in runs.shared(text):
                yield self._overlap(number, f"words {run!r}")

    def shared_functions(
        self, functions: Iterable[tuple[str, int]], language: str
    ) -> Iterator[Overlap]:
        """Yield the problems whose reference has one of these functions (name, digest)."""
        for name, digest in functions:
            known = self._functions.get((language, digest))
            if known is not None:
                number, reference = known
                shared = f"function {name or '(anonymous)'!r} equals {reference!r} except for names"
                yield self._overlap(number, shared)

    def _overlap(self, number: int, shared: str) -> Overlap:
        problem = self._problems[number]
        return Overlap(problem.benchmark, problem.task_id, shared)


def _reference_functions(problem: Problem) -> Iterator[tuple[str, int]]:
    if problem.reference is None or not syntax_trees.has_grammar(problem.language):
        return iter(())
    tree = syntax_trees.tree_of(f"{problem.prompt}{problem.reference}", problem.language)
    return function_digests(tree, problem.language)


class _RunIndex:
    """Hashes of all word runs of one length; sorted arrays take a tenth of a dict's memory."""

    def __init__(self, length: int, texts: Sequence[Sequence[str]]) -> None:
        """Index the texts of each problem, by the problem's number."""
        self._length = length
        self._texts = [[_IMPORT.sub("", text) for text in problem] for problem in texts]
        runs = [
            (number, np.unique(run_hashes(word_hashes(words_of(text)), length)))
            for number, problem in enumerate(self._texts)
            for text in problem
        ]
        hashes = np.concatenate([word_hashes([]), *(found for _, found in runs)])
        numbers = np.repeat(
            np.asarray([number for number, _ in runs], dtype=np.uint32),
            [len(found) for _, found in runs],
        )
        order = np.argsort(hashes, kind="stable")
        self._hashes: Hashes = hashes[order]
        self._numbers = numbers[order]

    def shared(self, text: HashedWords) -> Iterator[tuple[int, str]]:
        """Yield number and run of each problem that shares a run with a text."""
        runs = run_hashes(text.hashes, self._length)
        if not len(runs) or not len(self._hashes):
            return
        left = np.searchsorted(self._hashes, runs)
        right = np.searchsorted(self._hashes, runs, side="right")
        seen: set[int] = set()
        for start in np.flatnonzero(left < right).tolist():
            run = " ".join(text.words[start : start + self._length])
            for number in self._numbers[left[start] : right[start]].tolist():
                # Different runs can have the same hash, so the words are compared too.
                if number not in seen and self._contains(number, run):
                    seen.add(number)
                    yield number, run

    def _contains(self, number: int, run: str) -> bool:
        return any(f" {run} " in f" {' '.join(words_of(text))} " for text in self._texts[number])


def refuse_evaluation_only(
    items: Iterable[Pair | DroppedRow], problems: Iterable[Problem]
) -> Iterator[Pair | DroppedRow]:
    """Pass items through; refuse a corpus that is an evaluation-only benchmark under another name.

    Most of its pairs share a run of words with the benchmark. Raises DataError at its end.
    """
    excluded = {name for name, spec in BENCHMARKS.items() if spec.use == EVALUATION_ONLY}
    forbidden = [problem for problem in problems if problem.benchmark in excluded]
    if not forbidden:
        yield from items
        return
    index = BenchmarkIndex(forbidden)
    for _, corpus in groupby(items, key=lambda item: item.corpus):
        num_pairs, origin = 0, ""
        matches: Counter[str] = Counter()
        for item in corpus:
            origin = origin or item.origin
            if isinstance(item, Pair):
                num_pairs += 1
                found = index.shared_words(HashedWords.of(f"{item.instruction}\n{item.response}"))
                matches.update({overlap.benchmark for overlap in found})
            yield item
        for benchmark, count in matches.items():
            if num_pairs >= MIN_PAIRS and count > MAX_BENCHMARK_SHARE * num_pairs:
                raise DataError(
                    f"data.corpora: {origin} is the benchmark {benchmark} ({count} of {num_pairs} "
                    "pairs contain its text), which is for evaluation only: remove the corpus"
                )
