"""Marks of reasoning and of answers around code."""

from __future__ import annotations

import pytest
from toy_problems import (
    COMPLETION,
    INSTRUCTION,
    JAVA,
    PROGRAM,
    PY,
    squeezed,
)

from codem_ray.benchmarks import load
from codem_ray.extraction.answers import extract_answer
from codem_ray.records import PromptStyle


def test_reasoning_marks_in_quotes_are_text() -> None:
    text = 'TAG = "<think>"\n\ndef add(a, b):\n    return a + b\n'
    assert extract_answer(PY, f"I strip `<think>`:\n```\n{text}```\n", INSTRUCTION) == text


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<|reasoning_start|>", "<|reasoning_end|>"),
        ("<|think_start|>", "<|think_end|>"),
        ("<|begin_of_reasoning|>", "<|end_of_reasoning|>"),
        ("<|channel>thought", "<channel|>"),
        ("<chain_of_thought>", "</chain_of_thought>"),
        ("<mm:think>", "</mm:think>"),
        ("<think >", "</think >"),
    ],
)
def test_reasoning_between_marks_of_all_spellings_is_removed(opening: str, closing: str) -> None:
    text = f"{opening}\ndef add(a, b):\n    return 0\n{closing}\n{PROGRAM}"
    assert extract_answer(PY, text, INSTRUCTION) == PROGRAM


def test_a_type_in_angle_brackets_opens_no_reasoning() -> None:
    text = "class Solution { List<Plan> plans; int add(int a, int b) { return a + b; } }\n"
    assert "returna+b;" in squeezed(extract_answer(JAVA, text, INSTRUCTION))


def test_a_list_in_lower_case_is_no_answer_tag() -> None:
    text = "c = 1\nROWS = [\n    [c],\n    [c]\n]\n" + PROGRAM
    assert extract_answer(PY, text, INSTRUCTION) == text


@pytest.mark.parametrize("fence", ["", "```\n"])
def test_an_answer_between_begin_and_done_is_found(fence: str) -> None:
    text = f"[BEGIN]\n{fence}{PROGRAM}{fence}[DONE]\n\nYou are an expert.\n"
    assert extract_answer(PY, text, COMPLETION) == PROGRAM


@pytest.mark.parametrize("tags", [("<answer>", "</answer>"), ("[PY]", "[/PY]")])
@pytest.mark.parametrize("style", list(PromptStyle))
def test_tags_around_an_answer_are_removed(tags: tuple[str, str], style: PromptStyle) -> None:
    [problem] = load("starter-python", limit=1)
    # Without the blank line that a repeated prompt leaves.
    code = f"{problem.prompt}{problem.reference}".replace("\n\n", "\n").strip()
    expected = extract_answer(problem, code, PromptStyle.INSTRUCTION)
    opening, end = tags
    text = f"{opening}\n{code}\n{end}\nThat is all.\n"
    for written in (text, f"{code}\n</answer>"):
        answer = extract_answer(problem, written, style)
        assert (answer or "").replace("\n\n", "\n") == expected
