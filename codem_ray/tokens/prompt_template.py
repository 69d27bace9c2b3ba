"""The templates that a sweep may use around an instruction."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from codem_ray.config import DataConfig
from codem_ray.errors import ConfigError
from codem_ray.prompting.templates import CHAT, CHAT_DATE, NAMED, TemplateError, render


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


def render_prompt(
    template: str, instruction: str, tokenizer: Any = None, chat_date: date = CHAT_DATE
) -> str:
    """Return the prompt of an instruction; see `render`.

    Raises ConfigError if the template cannot be rendered.
    """
    check_tokenizer(template, tokenizer)
    try:
        return render(template, instruction, tokenizer, chat_date)
    except TemplateError as error:
        raise ConfigError(str(error)) from error
