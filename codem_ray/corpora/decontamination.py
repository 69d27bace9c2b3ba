"""Finds what a pair shares with the benchmarks: a run of words, or a function."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from codem_ray.benchmarks import BENCHMARKS, EVALUATION_ONLY
from codem_ray.corpora import syntax_trees
from codem_ray.corpora.function_digests import function_digests
from codem_ray.corpora.pairs import Pair, Rejected
from codem_ray.corpora.word_hashes import HashedWords, Hashes, run_hashes, word_hashes, words_of
from codem_ray.errors import DataError
from codem_ray.records import Problem

PROMPT_WORDS = 10
"""Length of a run shared with a prompt or an instruction."""
REFERENCE_WORDS = 20
"""Length of a run shared with a reference: ten words of code are the head of a loop."""
# Half of the programs of a language open with the same lines.
_IMPORT = re.compile(
    r"^[ \t]*(?:#[ \t]*include\b.*|from[ \t]+[\w.]+[ \t]+import\b.*"
    r"|(?:import|using|package)[ \t]+(?:static[ \t]+|namespace[ \t]+)?[\w.:*]+"
    r"(?:[ \t]+as[ \t]+\w+)?;?[ \t\r]*)$",
    re.MULTILINE,
)
MAX_SHARE_OF_ONE = 0.5
"""Of a corpus's pairs that match one benchmark: above it the corpus is that benchmark."""
MIN_PAIRS = 5
"""Fewer say nothing about a corpus."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a pair shares with a problem."""

    benchmark: str
    task_id: str
    common_id: str
    what: str
    """The words, or the function's name."""

    def __str__(self) -> str:
        return f"{self.benchmark} {self.task_id}: {self.what}"


class BenchmarkIndex:
    """The runs of words and the functions of all problems: prompts, instructions, references."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._problems = tuple(problems)
        self._runs = (
            _Runs(PROMPT_WORDS, [(one.prompt, one.instruction) for one in self._problems]),
            _Runs(REFERENCE_WORDS, [(one.reference or "",) for one in self._problems]),
        )
        self._shapes: dict[tuple[str, int], tuple[int, str]] = {}
        for number, problem in enumerate(self._problems):
            for name, shape in _shapes_of(problem):
                self._shapes.setdefault((problem.language, shape), (number, name))
        self._languages = {language for language, _ in self._shapes}

    def __len__(self) -> int:
        return len(self._problems)

    def has_functions(self, language: str) -> bool:
        """Whether some problem of a language has a reference whose functions are known."""
        return language in self._languages

    def shared_words(self, text: HashedWords) -> Iterator[Overlap]:
        """Yield the runs of words that problems have too: each problem once, for each length."""
        for runs in self._runs:
            for number, run in runs.shared(*text):
                yield _overlap(self._problems[number], f"words {run!r}")

    def shared_functions(
        self, shapes: Iterable[tuple[str, int]], language: str
    ) -> Iterator[Overlap]:
        """Yield the functions that a problem's reference has too, names apart."""
        for name, shape in shapes:
            known = self._shapes.get((language, shape))
            if known is not None:
                number, theirs = known
                what = f"function {name or 'without a name'!r} is {theirs!r}, names apart"
                yield _overlap(self._problems[number], what)


class _Runs:
    """Runs of words of some texts, sorted: a set of Python's would take ten times the memory."""

    def __init__(self, length: int, texts: Sequence[Sequence[str]]) -> None:
        self._length = length
        self._texts = [[_IMPORT.sub("", text) for text in own] for own in texts]
        found = [
            (number, np.unique(run_hashes(word_hashes(words_of(text)), length)))
            for number, own in enumerate(self._texts)
            for text in own
        ]
        hashes = np.concatenate([runs for _, runs in found]) if found else word_hashes([])
        owners = np.repeat(
            np.asarray([number for number, _ in found], dtype=np.uint32),
            [len(runs) for _, runs in found],
        )
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._owners = hashes[order], owners[order]

    def shared(self, words: Sequence[str], hashes: Hashes) -> Iterator[tuple[int, str]]:
        """Yield number and run of the texts that have one in common with these words."""
        runs = run_hashes(hashes, self._length)
        if not len(runs) or not len(self._hashes):
            return
        left = np.searchsorted(self._hashes, runs)
        hits = self._hashes[np.minimum(left, len(self._hashes) - 1)] == runs
        seen: set[int] = set()
        for start in np.flatnonzero(hits).tolist():
            run = " ".join(words[start : start + self._length])
            for place in range(int(left[start]), len(self._hashes)):
                number = int(self._owners[place])
                if self._hashes[place] != runs[start]:
                    break
                # Two runs may have one hash; then they are not the same words.
                if number not in seen and self._holds(number, run):
                    seen.add(number)
                    yield number, run

    def _holds(self, number: int, run: str) -> bool:
        return any(f" {run} " in f" {' '.join(words_of(text))} " for text in self._texts[number])


def refuse_evaluation_only(
    items: Iterable[Pair | Rejected], problems: Iterable[Problem]
) -> Iterator[Pair | Rejected]:
    """Pass rows through; raise DataError where a corpus is a benchmark that is evaluation-only.

    It is known by its content, at the end of the corpus: most pairs share a run of words with one
    benchmark. `problems` may hold others too.
    """
    index = BenchmarkIndex(problem for problem in problems if is_evaluation_only(problem))
    pairs = 0
    matches: Counter[str] = Counter()
    origin = ""
    corpus: int | None = None
    for item in items:
        if item.corpus != corpus:
            _refuse_if_benchmark(origin, pairs, matches)
            corpus, origin, pairs = item.corpus, item.origin, 0
            matches.clear()
        if isinstance(item, Pair) and len(index):
            pairs += 1
            found = index.shared_words(HashedWords.of(f"{item.instruction}\n{item.response}"))
            matches.update({overlap.benchmark for overlap in found})
        yield item
    _refuse_if_benchmark(origin, pairs, matches)


def is_evaluation_only(problem: Problem) -> bool:
    """Whether a problem's benchmark may never be trained on."""
    spec = BENCHMARKS.get(problem.benchmark)
    return spec is not None and spec.use == EVALUATION_ONLY


def _refuse_if_benchmark(origin: str, pairs: int, matches: Counter[str]) -> None:
    for benchmark, count in matches.items():
        if pairs >= MIN_PAIRS and count > MAX_SHARE_OF_ONE * pairs:
            raise DataError(
                f"data.corpora: {origin} is the benchmark {benchmark} ({count} of {pairs} pairs "
                "hold its text), which is for evaluation only and can never be trained on: "
                "leave the corpus out"
            )


def _overlap(problem: Problem, what: str) -> Overlap:
    return Overlap(problem.benchmark, problem.task_id, problem.common_id, what)


def _shapes_of(problem: Problem) -> Iterator[tuple[str, int]]:
    if problem.reference is None or not syntax_trees.has_grammar(problem.language):
        return
    if syntax_trees.is_installed():
        code = f"{problem.prompt}{problem.reference}"
        yield from function_digests(syntax_trees.tree_of(code, problem.language), problem.language)
