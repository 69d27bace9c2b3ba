"""Removes scripts from HTML pages, so that an HTML corpus teaches no JavaScript."""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE | re.DOTALL
_SCRIPT = re.compile(r"[ \t]*+<script\b[^>]*+>.*?(?:</script\s*+>[ \t]*+\n?|\Z)", _FLAGS)
_TAG = re.compile(r"""<[a-z][^\s/<>"']*+(?:"[^"]*+"|'[^']*+'|[^'"<>])*+>""", _FLAGS)
# A quoted value is matched whole, so text inside it that resembles an attribute is kept.
_ATTRIBUTE = re.compile(
    r"""\s+(?P<name>[^\s=>"'/]+)(?:\s*=\s*(?P<value>"[^"]*"|'[^']*'|[^\s"'>]+))?""", _FLAGS
)


def without_scripts(text: str) -> str:
    """Return a text without script elements, `on...` attributes and `javascript:` links."""
    if "<" not in text:
        return text
    return _TAG.sub(lambda tag: _ATTRIBUTE.sub(_without_script, tag[0]), _SCRIPT.sub("", text))


def _without_script(attribute: re.Match[str]) -> str:
    name, value = attribute["name"].lower(), attribute["value"] or ""
    is_handler = len(name) > 2 and name.startswith("on") and bool(value)
    is_script_link = value.strip("\"' \t\n").lower().startswith("javascript:")
    return "" if is_handler or is_script_link else attribute[0]
