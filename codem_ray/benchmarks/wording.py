"""Puts a problem into words: the instruction that asks for a function in a named language."""

from __future__ import annotations

import re
import textwrap

from codem_ray.languages import LANGUAGES


def instruction(language: str, signature: str, doc: str, *, given: str = "") -> str:
    """Return the request in words.

    Args:
        language: Name of the target language.
        signature: What the answer must define, on one line.
        doc: What it must do.
        given: Definitions that the benchmark supplies and the answer may use.
    """
    words = LANGUAGES[language].title
    kind = "method" if language == "java" else "function"
    place = " of a class `Solution`" if language == "java" else ""
    text = (
        f"Write a {words} {kind} `{one_line(signature)}`{place} that solves the following "
        f"problem:\n{dedent(doc)}"
    )
    if given.strip():
        text += f"\n\nIt may use what is already defined:\n{given.strip()}"
    return text


def one_line(signature: str) -> str:
    """Return a signature without its opening brace or colon, on one line."""
    return re.sub(r"\s+", " ", signature).strip().rstrip("{:").rstrip()


def dedent(doc: str) -> str:
    """Return a docstring without the indentation of its block; its first line may have its own."""
    lines = doc.expandtabs(4).strip("\n").splitlines()
    if not lines:
        return ""
    return f"{lines[0].strip()}\n{textwrap.dedent(chr(10).join(lines[1:]))}".strip()


def uncomment(comment: str) -> str:
    """Return the text of a comment (block, javadoc, or lines of `//`) without its marks."""
    text = comment.strip()
    if text.startswith("/*"):
        text = re.sub(r"^/\*+|\*+/\s*$", "", text)
        lines = text.splitlines()
        inner = [line.lstrip() for line in lines[1:] if line.strip()]
        if inner and all(line.startswith("*") for line in inner):
            text = "\n".join(re.sub(r"^\s*\*? ?", "", ln) for ln in lines)
        return dedent(text)
    return dedent("\n".join(re.sub(r"^\s*// ?", "", ln) for ln in text.splitlines()))
