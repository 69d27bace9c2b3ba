"""Parses YAML strictly: duplicate keys and endless nesting are errors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import yaml

from codem_ray.errors import ConfigError


def parse_yaml(text: str, origin: str) -> Any:
    """Parse YAML into plain data; ConfigError names `origin` and, where known, the line."""
    with refuse_endless_nesting(origin):
        try:
            # The loader derives from SafeLoader, so no Python objects are constructed.
            return yaml.load(text, _StrictLoader)
        except (yaml.YAMLError, ValueError) as error:
            # An impossible date, or a number with thousands of digits, is a ValueError.
            raise ConfigError(f"{origin}: not valid YAML: {error}") from error


@contextlib.contextmanager
def refuse_endless_nesting(origin: str) -> Iterator[None]:
    """Turn a RecursionError into a ConfigError."""
    try:
        yield
    except RecursionError:
        raise ConfigError(
            f"{origin}: nested too deeply, or an alias that contains itself: write it out flat"
        ) from None


class _StrictLoader(yaml.SafeLoader):
    """A safe loader that refuses duplicate keys, of which PyYAML would keep the last."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                continue
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {key.value!r} is given twice", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return node
