"""Changes to HTML pages: some keep the meaning, some change one thing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
Token = tuple[str, str, list[tuple[str, str]]]
"""Kind (start, end, text, other), name or source text, attributes."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.tokens: list[Token] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tokens.append(("start", tag, [(name, value or "") for name, value in attrs]))

    def handle_endtag(self, tag: str) -> None:
        self.tokens.append(("end", tag, []))

    def _text(self, text: str) -> None:
        if self.tokens and self.tokens[-1][0] == "text":
            text = self.tokens.pop()[1] + text
        self.tokens.append(("text", text, []))

    def handle_data(self, data: str) -> None:
        self._text(data)

    def handle_entityref(self, name: str) -> None:
        self._text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.tokens.append(("other", f"<!--{data}-->", []))

    def handle_decl(self, decl: str) -> None:
        self.tokens.append(("other", f"<!{decl}>", []))


def tokens(page: str) -> list[Token]:
    """Split a page into tokens."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader.tokens


def write(parts: list[Token]) -> str:
    """Join tokens to a page."""
    text = ""
    for kind, name, attributes in parts:
        if kind == "start":
            written = "".join(f' {key}="{html.escape(value)}"' for key, value in attributes)
            text += f"<{name}{written}>"
        elif kind == "end":
            text += f"</{name}>"
        else:
            text += name
    return text


def with_other_white_space(page: str) -> str:
    """Replace every run of white space in text, and add some around each text."""
    parts: list[Token] = []
    for kind, name, attributes in tokens(page):
        text = re.sub(r"\s+", "\n\t ", f" {name} ") if kind == "text" else name
        parts.append((kind, text, attributes))
    return f"\n {write(parts)}\n"


def with_attributes_reversed(page: str) -> str:
    """Reverse the attributes of each element and change their quotes."""
    return write([(kind, name, attributes[::-1]) for kind, name, attributes in tokens(page)])


def with_html_and_body(page: str) -> str:
    """Wrap the page in the elements that a browser adds."""
    return f"<!DOCTYPE html>\n<html><head></head><body>\n{page}\n</body></html>\n"


def with_one_element_deleted(page: str) -> Iterator[str]:
    """Yield one page for each element, without that element and its content."""
    parts = tokens(page)
    for at, (kind, name, _) in enumerate(parts):
        if kind == "start":
            end = at if name in VOID else _end(parts, at)
            yield write(parts[:at] + parts[end + 1 :])


def _end(parts: list[Token], start: int) -> int:
    depth = 0
    for at in range(start, len(parts)):
        kind, name, _ = parts[at]
        if name == parts[start][1] and kind in ("start", "end"):
            depth += 1 if kind == "start" else -1
            if depth == 0:
                return at
    return start


def with_one_text_changed(page: str) -> Iterator[str]:
    """Yield one page for each text, with its last letter changed."""
    parts = tokens(page)
    for at, (kind, text, _) in enumerate(parts):
        if kind == "text" and text.strip():
            end = len(text.rstrip())
            changed = f"{text[: end - 1]}{'x' if text[end - 1] != 'x' else 'y'}{text[end:]}"
            yield write([*parts[:at], ("text", changed, []), *parts[at + 1 :]])


def with_one_attribute_changed(page: str) -> Iterator[str]:
    """Yield one page for each attribute with its value changed, and one with an added attribute."""
    parts = tokens(page)
    is_first = True
    for at, (kind, name, attributes) in enumerate(parts):
        if kind != "start":
            continue
        for index, (key, value) in enumerate(attributes):
            other = [*attributes[:index], (key, f"{value}x"), *attributes[index + 1 :]]
            yield write([*parts[:at], (kind, name, other), *parts[at + 1 :]])
        if is_first:
            more = [*attributes, ("data-more", "1")]
            yield write([*parts[:at], (kind, name, more), *parts[at + 1 :]])
            is_first = False
