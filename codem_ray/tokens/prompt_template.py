"""The text around an instruction, the same in training and in evaluation."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codem_ray.config import CHAT_DATE, DataConfig
from codem_ray.errors import ConfigError

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


def check_template(template: str) -> None:
    """Raise ConfigError for a template of the user that cannot be rendered."""
    if template != CHAT and template not in NAMED:
        probe = "an instruction {{ 7 * 7 }} in words"
        if probe not in render_prompt(template, probe):
            raise ConfigError(
                "data.template never uses `instruction`: write {{ instruction }} where it belongs, "
                f"or choose one of {', '.join([*NAMED, CHAT])}"
            )


def check_tokenizer(template: str, tokenizer: Any) -> None:
    """Raise ConfigError if the template is `chat` and the tokenizer has no chat template."""
    if template == CHAT and getattr(tokenizer, "chat_template", None) is None:
        raise ConfigError(
            "data.template is `chat`, but the base model's tokenizer has no chat template: "
            f"choose one of {', '.join(NAMED)}"
        )


def template_key(data: DataConfig) -> str:
    """Return a name of everything in the section `data` that a prompt's text depends on."""
    if data.template != CHAT or data.chat_date == CHAT_DATE:
        return data.template
    return f"{CHAT} on {data.chat_date}"


def has_dated_chat(folder: Path) -> bool:
    """Whether the chat template in a model's folder states today's date."""
    files = [folder / "tokenizer_config.json", *folder.glob("**/*.jinja")]
    texts = [file.read_text(errors="replace") for file in files if file.is_file()]
    return any(name in text for text in texts for name in ("strftime_now", "date_string"))


def prompt_adds_special_tokens(template: str) -> bool:
    """Whether the tokenizer must add its start tokens; a rendered chat template contains them."""
    return template != CHAT


def render_prompt(
    template: str, instruction: str, tokenizer: Any = None, chat_date: date = CHAT_DATE
) -> str:
    """Return the prompt of an instruction.

    Args:
        template: `alpaca`, `short`, `chat`, or a Jinja text with `{{ instruction }}`.
        instruction: Inserted as it is.
        tokenizer: Needed for `chat`.
        chat_date: The date that a chat template gets as today's.
    """
    if template == CHAT:
        return _render_chat(instruction, tokenizer, chat_date)
    compiled = _compiled(template)
    try:
        return compiled.render(instruction=instruction)
    except Exception as error:
        # A template is the user's program: it can fail with any error, on a single instruction.
        raise ConfigError(
            f"data.template cannot be rendered: {error}; it can use only `instruction`"
        ) from error


def _render_chat(instruction: str, tokenizer: Any, chat_date: date) -> str:
    check_tokenizer(CHAT, tokenizer)
    messages = [{"role": "user", "content": instruction}]
    try:
        text = tokenizer.apply_chat_template(
            messages,
            tokenize=False,
            add_generation_prompt=True,
            # Replaces transformers' function of that name, which asks the clock.
            strftime_now=chat_date.strftime,
            date_string=chat_date.strftime("%d %b %Y"),
        )
    except Exception as error:
        raise ConfigError(f"the tokenizer's chat template cannot be rendered: {error}") from error
    return str(text)


@lru_cache(maxsize=16)
def _compiled(template: str) -> Template:
    from jinja2 import StrictUndefined, TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    text = NAMED.get(template, template)
    if template not in NAMED and "{" not in template:
        raise ConfigError(
            f"data.template is {template!r}: choose one of {', '.join([*NAMED, CHAT])}, "
            "or write a Jinja text with {{ instruction }}"
        )
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    try:
        return environment.from_string(text)
    except TemplateSyntaxError as error:
        raise ConfigError(f"data.template, line {error.lineno}: {error.message}") from error
