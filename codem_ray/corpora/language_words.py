"""Languages that an instruction names in words."""

from __future__ import annotations

import re
from functools import cache

from codem_ray.languages import LANGUAGES, SPELLINGS

_OUTSIDE = re.compile(
    r"(?<![\w.])(c#|csharp|\.net|php|ruby|rails|rust|swift|kotlin|perl|scala|haskell|matlab|lua|dart|"
    r"sql|mysql|postgresql|sqlite|mongodb|bash|shell|powershell|vba|fortran|cobol|assembly|r)"
    r"(?=\s+(?:program|code|script|function|class|query|queries|statement|method|command)\b)"
    r"|(?:\bin|\busing|\bwith)\s+(c#|php|ruby|rust|swift|kotlin|perl|scala|haskell|matlab|sql|mysql|"
    r"bash|r)\b|(?<!\w)(c#|php|sql|ruby|kotlin|rust|css)(?!\w)",
    re.IGNORECASE,
)
"""Languages outside the registry."""
_TOOLS = frozenset(
    {"sql", "mysql", "postgresql", "sqlite", "mongodb", "bash", "shell", "rails", "css"}
)
"""Words that a request for code in another language often contains."""
_ENGLISH = frozenset({"node"})
"""Aliases that are English words."""
_BEFORE = r"(?:\b(?:in|using|with|into|to|of)\s+(?:plain\s+|standard\s+|the\s+)?)"
_AFTER = (
    r"(?=\s+(?:program|code|function|language|script|class|method|struct|snippet|application|"
    r"source|compiler|implementation|solution|programming|syntax|library)s?\b)"
)
_NEVER_AFTER = r"(?![\w+#]|\.(?:js|net)\b|-\w)"


def named_languages(instruction: str) -> dict[str, str]:
    """Return the registered languages that an instruction names, each with its words, quoted."""
    return {
        name: repr(match.group(0).strip())
        for name, pattern in _patterns()
        if (match := pattern.search(instruction))
    }


def named_outside_language(instruction: str) -> str | None:
    """Return the words that name a language outside the registry."""
    for match in _OUTSIDE.finditer(instruction):
        word = next(group for group in match.groups() if group)
        if SPELLINGS.of_label(word) is None:
            return match.group(0)
    return None


def is_tool(words: str) -> bool:
    """Whether words name a tool that is used from other languages, like SQL."""
    return bool(_TOOLS & set(re.findall(r"\w+", words.lower())))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = []
    for spec in LANGUAGES.values():
        choices = []
        for word in sorted({spec.title, spec.name, *spec.aliases} - _ENGLISH):
            escaped = re.escape(word)
            if len(word) > 2 or not word.isalpha():
                choices.append(rf"(?i:(?<![\w#+.-]){escaped}{_NEVER_AFTER})")
            elif word[0].isupper():
                # One or two letters can be a word or a name: their case and neighbours decide.
                choices.append(
                    rf"(?:(?i:{_BEFORE}){escaped}{_NEVER_AFTER}|(?<![\w#+.-]){escaped}{_AFTER})"
                )
        patterns.append((spec.name, re.compile("|".join(choices) or r"(?!)")))
    return tuple(patterns)
