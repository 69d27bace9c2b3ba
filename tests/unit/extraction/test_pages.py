"""Pages are found in completions."""

from __future__ import annotations

import pytest
from toy_problems import (
    COMPLETION,
    HTML,
    INSTRUCTION,
    problem,
    squeezed,
)

from codem_ray.extraction.answers import extract_answer


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("```html\n<h1>A</h1>\n```", "<h1>A</h1>"),
        ("Here is it:\n<h1>A</h1>\nDone.", "<h1>A</h1>"),
        (
            "<!DOCTYPE html>\n<html><body></body></html>\nIt is done.",
            "<!DOCTYPE html><html><body></body></html>",
        ),
        ("```\n<p>x</p>", "<p>x</p>"),
    ],
)
def test_pages_are_found(text: str, wanted: str) -> None:
    assert squeezed(extract_answer(HTML, text, INSTRUCTION)) == squeezed(wanted)


def test_a_page_continues_its_prompt() -> None:
    asked = problem("html", "<!DOCTYPE html>\n<html>\n<body>\n", entry="document")
    answer = extract_answer(asked, "<p>x</p>\n</body>\n</html>\n<p>more</p>", COMPLETION)
    assert answer == asked.prompt + "<p>x</p>\n</body>\n</html>\n"


def test_strikethrough_at_the_end_of_a_page_is_no_end_token() -> None:
    assert (extract_answer(HTML, "<p>a</p><s>b</s>", INSTRUCTION) or "").strip().endswith("</s>")
    assert "</s>" not in (extract_answer(HTML, "<p>a</p></s>", INSTRUCTION) or "")
