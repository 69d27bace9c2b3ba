"""Fenced blocks in the forms that people and chat models write."""

from __future__ import annotations

import pytest

from codem_ray.languages.markdown_fences import (
    blocks_after_first_fence,
    fenced_blocks,
    text_before_fences,
    text_between_fences,
)

CODE = "def f():\n    return 1\n"


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CODE}```\n",
        f"Here it is:```python\n{CODE}```",
        f"```python\n{CODE[:-1]}```That is all.",
        f"~~~ {{.python .numberLines}}\n{CODE}~~~\n",
        f'```python title="a b.py"\n{CODE}```',
        f"```python:src/app.py\n{CODE}```",
        f"```\npython\n{CODE}```",
        "1. So:\n   ```python\n"
        + "".join(f"   {line}\n" for line in CODE.splitlines())
        + "   ```\n",
        f"````python\n{CODE}````\n",
        f"```python\n{CODE}",
        f"```python\n{CODE}    ``` \n",
    ],
)
def test_fences_of_all_forms_are_read(text: str) -> None:
    [block] = fenced_blocks(text)
    assert block.text.rstrip("\n") == CODE.rstrip("\n")
    assert block.is_of("python")


def test_inline_code_is_no_fence() -> None:
    assert fenced_blocks("Call ```f()``` for it.\n") == []
    assert text_before_fences("Call ```f()``` for it.\n") == "Call ```f()``` for it.\n"


@pytest.mark.parametrize(
    ("text", "info", "code"),
    [
        ("```python x = 1```", "python", "x = 1"),
        ("```def f(a):```", "", "def f(a):"),
    ],
)
def test_a_block_in_one_line_has_a_tag_only_if_it_names_a_kind_of_text(
    text: str, info: str, code: str
) -> None:
    [block] = fenced_blocks(text)
    assert (block.info, block.code) == (info, code)


def test_a_fence_with_a_tag_ends_the_block_before_it() -> None:
    assert [b.text for b in fenced_blocks("```c\na\n```go\nb\n```\n")] == ["a\n", "b\n"]


def test_deeper_fences_are_part_of_a_block() -> None:
    text = 'def f():\n    """\n    ```\n    1\n    ```\n    """\n'
    assert [block.text for block in fenced_blocks(f"```python\n{text}```\n")] == [text]


def test_a_first_fence_may_end_a_block_that_the_prompt_opened() -> None:
    text = f"    return 1\n```\nUse it:\n```python\n{CODE}```\n"
    assert text_before_fences(text) == "    return 1\n"
    assert [block.text for block in blocks_after_first_fence(text)] == [CODE]
    assert blocks_after_first_fence(f"```python\n{CODE}```\n") == []
    assert text_between_fences(text) == f"Use it:\n```python\n{CODE}"


def test_a_block_without_an_end_is_not_closed() -> None:
    assert [block.is_closed for block in fenced_blocks(f"```\n{CODE}```\n```\n{CODE}")] == [
        True,
        False,
    ]
