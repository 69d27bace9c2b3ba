"""Parses HTML into a list of elements."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser

_VOID = {"br", "hr", "img", "input", "link", "meta"}


class Elements(HTMLParser):
    """Collects elements and those still open; wrong nesting is an AssertionError."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, Mapping[str, str | None]]] = []
        """Tag and attributes of each element."""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
