"""Other harnesses' rules take another part of a completion as the answer."""

from __future__ import annotations

import pytest

from codem_ray.extraction.answers import extract_answer
from codem_ray.records import AnswerChoice, ExtractionOptions, Problem, PromptStyle

PROMPT = "int twice(int n) {\n"
WHOLE = "int twice(int n) {\n    return 2 * n;\n}\n"
DRAFT = WHOLE.replace("2 * n", "n")
CHAT = f"First:\n```c\n{DRAFT}```\nBetter:\n```c\n{WHOLE}```\n"
PROBLEM = Problem(
    benchmark="toy",
    task_id="toy/0",
    language="c",
    prompt=PROMPT,
    instruction="",
    tests="",
    entry_point="twice",
)


@pytest.mark.parametrize(
    ("rule", "completion", "expected"),
    [
        ("best", CHAT, DRAFT),
        ("first", CHAT, DRAFT),
        ("last", CHAT, WHOLE),
        ("first", "    return 2 * n;\n}\n", WHOLE),
        ("raw", "    return 2 * n;\n}\n", WHOLE),
        ("raw", WHOLE, WHOLE),
        ("raw", "I cannot.", PROMPT + "I cannot."),
    ],
)
def test_rule_chooses_the_answer(rule: str, completion: str, expected: str) -> None:
    options = ExtractionOptions(choice=AnswerChoice(rule))
    answer = extract_answer(PROBLEM, completion, PromptStyle.COMPLETION, options)
    assert answer is not None
    assert answer.replace("\n\n", "\n") == expected


def test_raw_answer_to_an_instruction_stays_as_it_is() -> None:
    options = ExtractionOptions(choice=AnswerChoice.RAW)
    assert extract_answer(PROBLEM, CHAT, PromptStyle.INSTRUCTION, options) == CHAT


def test_added_marks_hide_reasoning() -> None:
    text = f"<mull>\n```c\n{DRAFT}```\n</mull>\n```c\n{WHOLE}```\n"
    options = ExtractionOptions(reasoning_tags=(("<mull>", "</mull>"),))
    assert extract_answer(PROBLEM, text, PromptStyle.COMPLETION) == DRAFT
    assert extract_answer(PROBLEM, text, PromptStyle.COMPLETION, options) == WHOLE
