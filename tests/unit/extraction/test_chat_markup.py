"""Marks around answers are removed, whatever their spelling and place."""

from __future__ import annotations

import pytest

from codem_ray.extraction.chat_markup import ANSWER_TAGS, REASONING_TAGS, strip_chat_markup
from codem_ray.languages.markdown_fences import fenced_blocks

ANALYSIS = "<|channel|>analysis<|message|>def f(): pass<|end|>"
CODE = "def f():\n    return 1\n"


@pytest.mark.parametrize("tags", REASONING_TAGS, ids=lambda tags: tags[0])
def test_reasoning_is_removed_at_any_place_of_a_line(tags: tuple[str, str]) -> None:
    opening, closing = tags
    assert strip_chat_markup(f"{opening}\nOne.\n{closing}\n{CODE}") == CODE
    assert (
        strip_chat_markup(f"Well. {opening.upper()}One.{closing.upper()}{CODE}") == f"Well. {CODE}"
    )
    assert strip_chat_markup(f"One.\n{closing}\n{CODE}") == CODE
    assert strip_chat_markup(f"{opening}\n{CODE}") == ""


@pytest.mark.parametrize("tags", ANSWER_TAGS, ids=lambda tags: tags[0])
def test_the_text_between_answer_tags_remains(tags: tuple[str, str]) -> None:
    opening, closing = tags
    assert strip_chat_markup(f"Here:\n{opening}\n{CODE}{closing}\nDone.") == CODE
    assert strip_chat_markup(f"{opening}\n{CODE}") == CODE
    assert strip_chat_markup(f"{CODE}{closing}\nDone.") == CODE


def test_tags_of_a_user_are_reasoning_too() -> None:
    assert strip_chat_markup(f"<mull>One.</mull>{CODE}", [("<mull>", "</mull>")]) == CODE
    assert "<mull>" in strip_chat_markup(f"<mull>One.</mull>{CODE}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{ANALYSIS}<|start|>assistant<|channel|>final<|message|>{CODE}", CODE),
        (f"<|channel|>final <|constrain|>code<|message|>{CODE}<|return|>", CODE),
        (ANALYSIS, ""),
        (f"analysisWe loop.assistantfinal{CODE}", CODE),
        (f"<|im_start|>assistant\n{CODE}<|im_end|>\nmore", CODE),
        (f"\ufeff{CODE}", CODE),
        (CODE.replace("\n", "\r\n"), CODE),
    ],
)
def test_channels_roles_and_end_tokens_are_removed(text: str, expected: str) -> None:
    assert strip_chat_markup(text) == expected


def test_quotes_around_a_fence_are_removed_and_a_transcript_stays() -> None:
    quoted = "".join(f"> {line}\n" for line in ("```python", *CODE.splitlines(), "```"))
    assert fenced_blocks(strip_chat_markup(quoted))[0].text == CODE
    assert strip_chat_markup(">>> f()\n1\n") == ">>> f()\n1\n"


def test_elements_of_a_page_are_no_answer_tags() -> None:
    page = "<p>Sum</p>\n<output>1</output>\n"
    assert strip_chat_markup(page, is_page=True) == page
