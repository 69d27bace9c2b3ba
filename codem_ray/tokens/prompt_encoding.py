"""Token ids of the prompts of a sweep, the same in training and in generation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from codem_ray.prompting.encoding import encode_rendered
from codem_ray.prompting.templates import CHAT_DATE
from codem_ray.tokens.prompt_template import render_prompt


def encode_instructions(
    instructions: Sequence[str], tokenizer: Any, template: str, chat_date: date = CHAT_DATE
) -> list[list[int]]:
    """Render the template around each instruction and encode the prompts.

    Raises ConfigError if the template cannot be rendered.
    """
    render = partial(render_prompt, template, tokenizer=tokenizer, chat_date=chat_date)
    return encode_rendered(instructions, tokenizer, template, render)
