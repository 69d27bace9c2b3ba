"""Completions of megabytes are read at the pace of a pass over them, not of a loop over letters."""

from __future__ import annotations

import time

import pytest

from codem_ray.benchmarks import load
from codem_ray.data.language_filter import code_language
from codem_ray.generation.answers import extract_answer
from codem_ray.records import PromptStyle

[PROBLEM] = load("starter-python", limit=1)
BODY = f"{PROBLEM.reference}\n"
SIZE = 1_000_000
PIECES = {
    "comments": "    # filler line\n",
    "statements behind the body": "x = 1\n",
    "functions behind the body": "def other():\n    pass\n",
    "example calls": "print(1)\n",
    "fences": "```\n",
}


@pytest.mark.parametrize("kind", PIECES)
def test_a_long_completion_costs_little_and_comes_to_the_same(kind: str) -> None:
    few, many = (BODY + PIECES[kind] * n for n in (2, SIZE // len(PIECES[kind])))
    expected = extract_answer(PROBLEM, few, PromptStyle.COMPLETION)
    before = time.process_time()
    answer = extract_answer(PROBLEM, many, PromptStyle.COMPLETION)
    found = code_language(many, "python")
    # A loop over letters takes 3 to 5, a copy for each line minutes.
    assert time.process_time() - before < 2.5
    assert found == code_language(few, "python")
    assert answer is not None
    assert expected is not None
    if kind == "comments":
        answer = answer.rstrip().removesuffix((PIECES[kind] * (SIZE // len(PIECES[kind]))).rstrip())
        expected = expected.rstrip().removesuffix((PIECES[kind] * 2).rstrip())
    assert answer.rstrip() == expected.rstrip()


def test_example_calls_behind_a_whole_answer_are_taken_out_in_one_pass() -> None:
    many = PROBLEM.prompt + BODY + "print(1)\n" * (SIZE // 9)
    before = time.process_time()
    answer = extract_answer(PROBLEM, f"```python\n{many}```\n", PromptStyle.INSTRUCTION)
    assert time.process_time() - before < 4
    assert answer is not None
    assert "print(1)" not in answer
