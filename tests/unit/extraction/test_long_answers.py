"""Extraction does work in proportion to the length of a completion, up to megabytes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest

from codem_ray.benchmarks import load
from codem_ray.corpora.language_labels import mismatched_language
from codem_ray.extraction.answers import extract_answer
from codem_ray.languages import source_code, syntax_trees
from codem_ray.records import PromptStyle

[PROBLEM] = load("starter-python", limit=1)
BODY = f"{PROBLEM.reference}\n"
SIZE = 100_000
"""Characters of a long completion: three times what the parser reads at most."""
PIECES = {
    "comments": "    # filler line\n",
    "statements behind the body": "x = 1\n",
    "functions behind the body": "def other():\n    pass\n",
    "example calls": "print(1)\n",
    "fences": "```\n",
}


class Work:
    """Counts lines of Python, calls of C functions and parsed bytes, which no machine changes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._lines = self._calls = self._bytes = 0
        parse = syntax_trees.parse

        def counted(code: bytes, language: str) -> Any:
            self._bytes += len(code)
            return parse(code, language)

        for module in (syntax_trees, source_code):
            monkeypatch.setattr(module, "parse", counted)

    def of(self, run: Callable[[], object]) -> tuple[int, int, int]:
        """Return the lines, calls and bytes of a run."""
        # A text of an earlier test may be the same.
        source_code.source_of.cache_clear()
        self._lines = self._calls = self._bytes = 0
        with self._counting():
            run()
        return self._lines, self._calls, self._bytes

    @contextmanager
    def _counting(self) -> Iterator[None]:
        tracer, profiler = sys.gettrace(), sys.getprofile()
        sys.settrace(self._trace)
        sys.setprofile(self._profile)
        try:
            yield
        finally:
            sys.setprofile(profiler)
            sys.settrace(tracer)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        self._lines += event == "line"
        return self._trace

    def _profile(self, frame: FrameType, event: str, argument: object) -> None:
        self._calls += event == "c_call"


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    # The first extraction loads grammars and patterns.
    extract_answer(PROBLEM, BODY, PromptStyle.COMPLETION)
    mismatched_language(BODY, "python")
    return Work(monkeypatch)


def assert_proportional(some: tuple[int, ...], many: tuple[int, ...]) -> None:
    """Four times the text costs at most about four times the work, not sixteen."""
    assert all(b <= 5 * a + 1000 for a, b in zip(some, many, strict=True)), (some, many)


@pytest.mark.parametrize("kind", PIECES)
def test_a_long_completion_costs_proportional_work_and_gives_the_same_answer(
    kind: str, work: Work
) -> None:
    piece = PIECES[kind]
    few, some, many = (BODY + piece * n for n in (2, SIZE // 4 // len(piece), SIZE // len(piece)))
    found = {}

    def read(text: str) -> None:
        answer = extract_answer(PROBLEM, text, PromptStyle.COMPLETION)
        found[text] = answer, mismatched_language(text, "python")

    read(few)
    assert_proportional(work.of(lambda: read(some)), work.of(lambda: read(many)))
    (expected, language), (answer, other) = found[few], found[many]
    assert language == other
    assert answer is not None
    assert expected is not None
    if kind == "comments":
        # Only the beginning of a very long text counts, here its first comments.
        answer, expected = (text.partition(piece)[0] for text in (answer, expected))
    assert answer.rstrip() == expected.rstrip()


def test_example_calls_after_a_whole_program_are_removed_with_proportional_work(
    work: Work,
) -> None:
    def read(size: int) -> str | None:
        many = PROBLEM.prompt + BODY + "print(1)\n" * (size // 9)
        return extract_answer(PROBLEM, f"```python\n{many}```\n", PromptStyle.INSTRUCTION)

    assert_proportional(work.of(lambda: read(SIZE // 4)), work.of(lambda: read(SIZE)))
    assert "print(1)" not in (read(SIZE) or "print(1)")
