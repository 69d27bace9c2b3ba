"""Says which language a pair is in where its corpus does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from codem_ray.data.code_signs import OUTSIDE_SIGNS, SIGNS, SUPERSETS
from codem_ray.languages import LANGUAGES

FENCE = re.compile(r"^[ \t]*```[ \t]*([A-Za-z][\w+#.-]*)", re.MULTILINE)
# Languages outside the system: a pair that names one of them is none of ours.
OUTSIDE_WORDS = re.compile(
    r"(?<![\w.])(c#|csharp|\.net|php|ruby|rails|rust|swift|kotlin|perl|scala|haskell|matlab|lua|dart|"
    r"sql|mysql|postgresql|sqlite|mongodb|bash|shell|powershell|vba|fortran|cobol|assembly|r)"
    r"(?=\s+(?:program|code|script|function|class|query|queries|statement|method|command)\b)"
    r"|(?:\bin|\busing|\bwith)\s+(c#|php|ruby|rust|swift|kotlin|perl|scala|haskell|matlab|sql|mysql|"
    r"bash|r)\b|(?<!\w)(c#|php|sql|ruby|kotlin|rust)(?!\w)",
    re.IGNORECASE,
)
_NO_LANGUAGE = frozenset({"text", "txt", "plaintext", "output", "console", "markdown", "md"})
BEFORE = r"(?:\b(?:in|using|with|into|to|of)\s+(?:plain\s+|standard\s+|the\s+)?)"
AFTER = (
    r"(?=\s+(?:program|code|function|language|script|class|method|struct|snippet|application|"
    r"source|compiler|implementation|solution|programming|syntax|library)s?\b)"
)
NEVER_AFTER = r"(?![\w+#]|\.(?:js|net)\b|-\w)"


@dataclass(frozen=True, slots=True)
class Identified:
    """A language, or None, and what it was told by."""

    language: str | None
    evidence: str


@lru_cache(maxsize=1)
def language_names() -> dict[str, str]:
    """Map every lower-case name, title, alias and fence tag of a language to its name."""
    names: dict[str, str] = {}
    for spec in LANGUAGES.values():
        for alias in (spec.name, spec.title, *spec.aliases, *spec.fence_tags):
            names.setdefault(alias.lower(), spec.name)
    return names


def identify(instruction: str, response: str) -> Identified:
    """Tell the language by fence tags, then words of the instruction, then signs in the code."""
    return (
        _by_fences(response)
        or _by_words(instruction, response)
        or _by_fences(instruction)
        or _by_signs(response)
    )


def code_language(text: str, target: str) -> str | None:
    """Return the language that an answer is in, where that is not the target.

    None: it is the target's, or nothing gives it away. Languages that the system does not execute
    are named too, by what their fence or their code says.
    """
    tags = [tag.lower() for tag in FENCE.findall(text)]
    if tags:
        names = language_names()
        found: list[str] = [names.get(tag, tag) for tag in tags if tag not in _NO_LANGUAGE]
        if target in found:
            return None
        if found:
            return found[0]
    for outside, pattern in OUTSIDE_SIGNS.items():
        if outside.lower() not in language_names() and pattern.search(text):
            return outside
    seen = _by_signs(text).language
    # Plain JavaScript is TypeScript too, and plain C often C++.
    return None if seen == target or (target, seen) in SUPERSETS else seen


def _by_fences(text: str) -> Identified | None:
    tags = [tag.lower() for tag in FENCE.findall(text)]
    if not tags:
        return None
    found = {language_names().get(tag) for tag in tags}
    if len(found) == 1:
        return Identified(found.pop(), f"fence {tags[0]}")
    return Identified(None, f"fences disagree: {', '.join(sorted(set(tags)))}")


@lru_cache(maxsize=1)
def _word_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = []
    for spec in LANGUAGES.values():
        choices = []
        for word in {spec.title, spec.name, *spec.aliases}:
            escaped = re.escape(word)
            if len(word) > 2 or not word.isalpha():
                choices.append(rf"(?i:(?<![\w#+.-]){escaped}{NEVER_AFTER})")
            elif word[0].isupper():
                # One or two letters are also an English word or a name: case and company decide.
                choices.append(
                    rf"(?:(?i:{BEFORE}){escaped}{NEVER_AFTER}|(?<![\w#+.-]){escaped}{AFTER})"
                )
        patterns.append((spec.name, re.compile("|".join(choices) or r"(?!)")))
    return tuple(patterns)


def _by_words(instruction: str, response: str) -> Identified | None:
    named: dict[str, str] = {}
    for name, pattern in _word_patterns():
        match = pattern.search(instruction)
        if match:
            named[name] = match.group(0)
    outside = _outside_word(instruction)
    if not named:
        return Identified(None, f"word {outside!r}") if outside else None
    if len(named) == 1 and not outside:
        name, word = next(iter(named.items()))
        return Identified(name, f"word {word.strip()!r}")
    by_code = _by_signs(response).language
    if by_code in named:
        words = ", ".join(repr(word.strip()) for word in named.values())
        return Identified(by_code, f"words {words}, decided by the code")
    return Identified(None, f"several languages named: {', '.join(sorted(named))}")


def _outside_word(instruction: str) -> str | None:
    """Return the word of a language that the system does not know."""
    for match in OUTSIDE_WORDS.finditer(instruction):
        word = next(group for group in match.groups() if group)
        if word.lower() not in language_names():
            return match.group(0)
    return None


def _by_signs(response: str) -> Identified:
    for language, pattern in OUTSIDE_SIGNS.items():
        if language.lower() not in language_names() and pattern.search(response):
            return Identified(None, f"code of {language}")
    found = {
        name: match.group(0).strip()
        for name, pattern in SIGNS.items()
        if name in LANGUAGES and (match := pattern.search(response))
    }
    for larger, smaller in SUPERSETS:
        if larger in found:
            found.pop(smaller, None)
    if len(found) == 1:
        name, sign = next(iter(found.items()))
        return Identified(name, f"code {sign[:40]!r}")
    return Identified(None, "no sign" if not found else f"signs of {', '.join(sorted(found))}")
