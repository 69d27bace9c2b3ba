"""Writes the instruction that asks for a function in a named language."""

from __future__ import annotations

import re
import textwrap

from codem_ray.languages import LANGUAGES


def instruction(language: str, signature: str, doc: str, *, given: str = "") -> str:
    """Return an instruction that asks for one function.

    Args:
        language: Name of the target language.
        signature: Declaration that the answer must define.
        doc: Description of the function.
        given: Definitions of the benchmark that the answer may use.
    """
    title = LANGUAGES[language].title
    kind = "method" if language == "java" else "function"
    place = " of a class `Solution`" if language == "java" else ""
    text = (
        f"Write a {title} {kind} `{one_line(signature)}`{place} that solves the following "
        f"problem:\n{dedent(doc)}"
    )
    if given.strip():
        text += f"\n\nIt may use what is already defined:\n{given.strip()}"
    return text


def one_line(signature: str) -> str:
    """Return a signature without its opening brace or colon, on one line."""
    return re.sub(r"\s+", " ", signature).strip().rstrip("{:").rstrip()


def dedent(doc: str) -> str:
    """Remove the common indentation of a docstring; its first line is stripped separately."""
    lines = doc.expandtabs(4).strip("\n").splitlines()
    if not lines:
        return ""
    return f"{lines[0].strip()}\n{textwrap.dedent(chr(10).join(lines[1:]))}".strip()


def uncomment(comment: str) -> str:
    """Return the text of a block, Javadoc or `//` comment without comment marks."""
    text = comment.strip()
    if text.startswith("/*"):
        text = re.sub(r"^/\*+|\*+/\s*$", "", text)
        lines = text.splitlines()
        inner = [line.lstrip() for line in lines[1:] if line.strip()]
        if inner and all(line.startswith("*") for line in inner):
            text = "\n".join(re.sub(r"^\s*\*? ?", "", ln) for ln in lines)
        return dedent(text)
    return dedent("\n".join(re.sub(r"^\s*// ?", "", ln) for ln in text.splitlines()))
