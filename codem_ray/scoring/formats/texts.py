"""Find the texts that a model wrote in a JSON value of any of the usual shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

_KEYS = (
    "body",
    "message",
    "choices",
    "generated_text",
    "text",
    "content",
    "completion",
    "response",
    "output",
    "outputs",
    "solution",
    "generation",
    "value",
    "result",
)
"""Where an object holds its text: the first of these that leads to one."""
_MODEL_ROLES = frozenset({"assistant", "model", "gpt", "ai", "chatbot", "bot"})
_TEXT_PARTS = frozenset({"text", "output_text"})


def written_texts(value: object) -> list[str | None] | None:
    """Return one text for each sample that a value holds; a null stands for a sample without text.

    A text is one sample. A list is a list of samples, except that a conversation is its last answer
    and the parts of a message are one text, without reasoning. The result is None if the value
    holds no text at all.
    """
    if value is None or isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        if "role" in value:
            return [_message_text(value)]
        found = (written_texts(value[key]) for key in _KEYS if value.get(key) is not None)
        return next((texts for texts in found if texts is not None), None)
    if not isinstance(value, list):
        return None
    if _is_conversation(value):
        return [_last_answer(value)]
    if _is_parts(value):
        return [_joined(value)]
    samples: list[str | None] = []
    for item in value:
        texts = written_texts(item)
        if texts is None:
            return None
        samples += texts
    return samples


def message_text(content: object) -> str:
    """Return the text of a message's content, without reasoning and tool calls."""
    if isinstance(content, str):
        return content
    return _joined(content) if isinstance(content, list) else ""


def _speaker(message: object) -> str | None:
    """Return who speaks in a message of OpenAI's or ShareGPT's form."""
    if not isinstance(message, Mapping):
        return None
    speaker = message.get("role", message.get("from"))
    return speaker.lower() if isinstance(speaker, str) else None


def _is_conversation(items: Sequence[object]) -> bool:
    """Whether a list is one conversation; only answers are samples, one for each."""
    speakers = [_speaker(item) for item in items]
    has_answer_items = any(isinstance(item, Mapping) and "type" in item for item in items)
    return any(
        one is not None and (one not in _MODEL_ROLES or has_answer_items) for one in speakers
    )


def _last_answer(items: Sequence[Any]) -> str | None:
    answers = [item for item in items if _speaker(item) is not None]
    return _message_text(answers[-1]) if _speaker(answers[-1]) in _MODEL_ROLES else None


def _message_text(message: Mapping[str, Any]) -> str:
    # A model that only reasons, refuses or calls a tool answers with null.
    return message_text(message.get("content", message.get("value")))


def _is_parts(items: Sequence[object]) -> TypeGuard[Sequence[Mapping[str, Any]]]:
    return bool(items) and all(
        isinstance(item, Mapping) and isinstance(item.get("type"), str) for item in items
    )


def _joined(parts: Sequence[object]) -> str:
    return "".join(
        str(part.get("text", ""))
        for part in parts
        if isinstance(part, Mapping) and part.get("type") in _TEXT_PARTS
    )
