"""Extraction takes time in proportion to the length of a completion, up to megabytes."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from codem_ray.benchmarks import load
from codem_ray.corpora.language_labels import mismatched_language
from codem_ray.extraction.answers import extract_answer
from codem_ray.records import PromptStyle

[PROBLEM] = load("starter-python", limit=1)
BODY = f"{PROBLEM.reference}\n"
SIZE = 600_000
PIECES = {
    "comments": "    # filler line\n",
    "statements behind the body": "x = 1\n",
    "functions behind the body": "def other():\n    pass\n",
    "example calls": "print(1)\n",
    "fences": "```\n",
}


def is_linear(few: Callable[[], object], many: Callable[[], object]) -> bool:
    """Return whether four times the text costs about four times the CPU time, not sixteen."""
    return min(seconds(many) for _ in range(2)) < 12 * min(seconds(few) for _ in range(3))


def seconds(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


@pytest.mark.parametrize("kind", PIECES)
def test_a_long_completion_takes_linear_time_and_gives_the_same_answer(kind: str) -> None:
    piece = PIECES[kind]
    few, some, many = (BODY + piece * n for n in (2, SIZE // 4 // len(piece), SIZE // len(piece)))
    found = {}

    def read(text: str) -> None:
        answer = extract_answer(PROBLEM, text, PromptStyle.COMPLETION)
        found[text] = answer, mismatched_language(text, "python")

    read(few)
    assert is_linear(lambda: read(some), lambda: read(many))
    (expected, language), (answer, other) = found[few], found[many]
    assert language == other
    assert answer is not None
    assert expected is not None
    if kind == "comments":
        # Only the beginning of a very long text counts, here its first comments.
        answer, expected = (text.partition(piece)[0] for text in (answer, expected))
    assert answer.rstrip() == expected.rstrip()


def test_example_calls_after_a_whole_program_are_removed_in_linear_time() -> None:
    def read(size: int) -> str | None:
        many = PROBLEM.prompt + BODY + "print(1)\n" * (size // 9)
        return extract_answer(PROBLEM, f"```python\n{many}```\n", PromptStyle.INSTRUCTION)

    assert is_linear(lambda: read(SIZE // 4), lambda: read(SIZE))
    assert "print(1)" not in (read(SIZE) or "print(1)")
