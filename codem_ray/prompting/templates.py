"""The text around an instruction, the same in training, in evaluation and in a logged model."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

CHAT = "chat"
NAMED = {
    "alpaca": (
        "Below is an instruction that describes a task. "
        "Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{{ instruction }}\n\n### Response:\n"
    ),
    "short": "### Instruction:\n{{ instruction }}\n\n### Response:\n",
}
CHAT_DATE = date(2024, 7, 26)
"""Default of `data.chat_date`: the date that Llama's chat templates state if they get none."""
_CLOCK = re.compile(r"""strftime_now\(\s*(["'])(.*?)\1\s*\)""")


class TemplateError(ValueError):
    """A template that cannot be rendered; the message names `data.template`."""


def adds_special_tokens(template: str) -> bool:
    """Whether the tokenizer must add its start tokens; a rendered chat template contains them."""
    return template != CHAT


def render(
    template: str, instruction: str, tokenizer: Any = None, chat_date: date = CHAT_DATE
) -> str:
    """Return the prompt of an instruction; raise TemplateError if that fails.

    Args:
        template: `alpaca`, `short`, `chat`, or a Jinja text with `{{ instruction }}`.
        instruction: Inserted as it is.
        tokenizer: Needed for `chat`.
        chat_date: The date that a chat template gets as today's.
    """
    try:
        if template == CHAT:
            return _render_chat(instruction, tokenizer, chat_date)
        return _compiled(template).render(instruction=instruction)
    except TemplateError:
        raise
    except Exception as error:
        # A template is the user's program: it can fail with any error, on a single instruction.
        raise TemplateError(
            f"the tokenizer's chat template cannot be rendered: {error}"
            if template == CHAT
            else f"data.template cannot be rendered: {error}; it can use only `instruction`"
        ) from error


def _render_chat(instruction: str, tokenizer: Any, chat_date: date) -> str:
    text = tokenizer.apply_chat_template(
        [{"role": "user", "content": instruction}],
        tokenize=False,
        add_generation_prompt=True,
        # Replaces transformers' function of that name, which asks the clock.
        strftime_now=chat_date.strftime,
        date_string=chat_date.strftime("%d %b %Y"),
    )
    return str(text)


@lru_cache(maxsize=16)
def _compiled(template: str) -> Template:
    from jinja2 import StrictUndefined, TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    text = NAMED.get(template, template)
    if template not in NAMED and "{" not in template:
        raise TemplateError(
            f"data.template is {template!r}: choose one of {', '.join([*NAMED, CHAT])}, "
            "or write a Jinja text with {{ instruction }}"
        )
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    try:
        return environment.from_string(text)
    except TemplateSyntaxError as error:
        raise TemplateError(f"data.template, line {error.lineno}: {error.message}") from error


def as_chat_template(template: str, tokenizer: Any, start: str, chat_date: date) -> str:
    """Return a chat template that writes the same prompts, for tools that know only such ones.

    `start` is the text of the tokens that the tokenizer puts before a text.
    """
    if template == CHAT:
        return _CLOCK.sub(lambda at: repr(chat_date.strftime(at[2])), tokenizer.chat_template)
    # transformers drops a line break at the end of a chat template.
    text = re.sub(r"\n\Z", r"{{ '\\n' }}", NAMED.get(template, template))
    return "{% set instruction = messages[0]['content'] %}" + start + text
