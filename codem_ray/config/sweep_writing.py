"""Write a sweep file as YAML with the meaning of every key above it."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from pydantic import BaseModel

from codem_ray.config.sweep_file import Sweep

_WIDTH = 100


def commented_sweep(values: Mapping[str, Any], head: str) -> str:
    """Return the text of a sweep file. `values` are its keys in order, `head` opens it.

    The comments are the documentation of the keys in `docs/reference/sweep-file.md`.
    """
    lines = [*_comment(head, 0)]
    for key, value in values.items():
        lines += ["", *_documented(Sweep, key, value, 0)]
    return "\n".join(lines) + "\n"


def _documented(model: type[BaseModel], key: str, value: Any, depth: int) -> Iterator[str]:
    field = model.model_fields[key]
    yield from _comment(field.description or "", depth)
    section: Any = field.annotation
    is_section = inspect.isclass(section) and issubclass(section, BaseModel)
    if depth == 0 and is_section and isinstance(value, Mapping):
        yield f"{key}:"
        for inner, part in value.items():
            yield from _documented(section, inner, part, depth + 1)
        return
    yield from textwrap.indent(_plain(key, value), "  " * depth).split("\n")


def _plain(key: str, value: Any) -> str:
    """Return a key on one line if it fits there and holds no mapping, else in YAML's block form."""
    line = yaml.safe_dump({key: value}, default_flow_style=True, width=10 * _WIDTH)[1:-2]
    if len(line) < _WIDTH - 10 and "{" not in line:
        return line
    return yaml.safe_dump({key: value}, sort_keys=False, default_flow_style=False).rstrip("\n")


def _comment(text: str, depth: int) -> list[str]:
    mark = f"{'  ' * depth}# "
    return [
        line
        for paragraph in text.splitlines() or [""]
        for line in textwrap.wrap(
            paragraph, _WIDTH, initial_indent=mark, subsequent_indent=mark, break_long_words=False
        )
    ]
