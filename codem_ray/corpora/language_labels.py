"""Says which language a pair is in where its corpus does not."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from codem_ray.corpora import syntax_trees
from codem_ray.corpora.language_detection import (
    HEAD_CHARACTERS,
    LanguageLabel,
    is_page,
    is_written_in,
    language_of_code,
    outside_language,
    signs_of,
)
from codem_ray.corpora.language_signs import OUTSIDE_SIGNS, SUPERSETS
from codem_ray.corpora.markdown_fences import blocks_of, code_of
from codem_ray.languages import LANGUAGES

FENCE = re.compile(r"^[ \t]*```[ \t]*([A-Za-z][\w+#.-]*)", re.MULTILINE)
# Languages outside the system: a pair that names one of them is none of ours.
OUTSIDE_WORDS = re.compile(
    r"(?<![\w.])(c#|csharp|\.net|php|ruby|rails|rust|swift|kotlin|perl|scala|haskell|matlab|lua|dart|"
    r"sql|mysql|postgresql|sqlite|mongodb|bash|shell|powershell|vba|fortran|cobol|assembly|r)"
    r"(?=\s+(?:program|code|script|function|class|query|queries|statement|method|command)\b)"
    r"|(?:\bin|\busing|\bwith)\s+(c#|php|ruby|rust|swift|kotlin|perl|scala|haskell|matlab|sql|mysql|"
    r"bash|r)\b|(?<!\w)(c#|php|sql|ruby|kotlin|rust|css)(?!\w)",
    re.IGNORECASE,
)
_TOOLS = frozenset(
    {"sql", "mysql", "postgresql", "sqlite", "mongodb", "bash", "shell", "rails", "css"}
)
"""Words that a request for code in another language may well hold."""
ANSWER_HEAD_CHARACTERS = 100_000
"""Of an answer, in which signs of a language are looked for: prose may stand before the code."""
_NO_LANGUAGE = frozenset({"text", "txt", "plaintext", "output", "console", "markdown", "md"})
_ENGLISH = frozenset({"node"})
"""Aliases that are words of their own, and name no language in a sentence."""
BEFORE = r"(?:\b(?:in|using|with|into|to|of)\s+(?:plain\s+|standard\s+|the\s+)?)"
AFTER = (
    r"(?=\s+(?:program|code|function|language|script|class|method|struct|snippet|application|"
    r"source|compiler|implementation|solution|programming|syntax|library)s?\b)"
)
NEVER_AFTER = r"(?![\w+#]|\.(?:js|net)\b|-\w)"


@lru_cache(maxsize=1)
def language_names() -> dict[str, str]:
    """Map every lower-case name, title, alias and fence tag of a language to its name."""
    names: dict[str, str] = {}
    for spec in LANGUAGES.values():
        for alias in (spec.name, spec.title, *spec.aliases, *spec.fence_tags):
            names.setdefault(alias.lower(), spec.name)
    return names


def label_language(instruction: str, response: str) -> LanguageLabel:
    """Tell the language by fence tags, then words of the instruction, then the code itself.

    A single tag is believed. Words are checked against the code: where it is no program of the
    language named, and clearly one of another, the code decides.
    """
    instruction, response = instruction[:HEAD_CHARACTERS], response[:HEAD_CHARACTERS]
    return (
        _by_fences(response)
        or _by_words(instruction, code_of(response))
        or _by_fences(instruction)
        or language_of_code(code_of(response))
    )


def mismatched_language(text: str, target: str) -> str | None:
    """Return the language that an answer is in, where that is not the target.

    None: it is the target's, or nothing gives it away. Languages that the system does not execute
    are named too, by what their fence or their code says. Nothing is parsed, so that the light
    install tells the same.
    """
    tags = [tag.lower() for tag in FENCE.findall(text)]
    if tags:
        names = language_names()
        found: list[str] = [names.get(tag, tag) for tag in tags if tag not in _NO_LANGUAGE]
        if target in found:
            return None
        if found:
            return found[0]
    # A longer head tells no more, and a model may write megabytes.
    head = text[:ANSWER_HEAD_CHARACTERS]
    for outside, pattern in OUTSIDE_SIGNS.items():
        if outside.lower() not in language_names() and pattern.search(head):
            return outside
    signs = list(signs_of(head))
    seen = signs[0] if len(signs) == 1 else None
    # Plain JavaScript is TypeScript too, and plain C often C++.
    return None if seen == target or (target, seen) in SUPERSETS else seen


def _by_fences(text: str) -> LanguageLabel | None:
    blocks = [block for block in blocks_of(text) if block.tag and block.tag not in _NO_LANGUAGE]
    if not blocks:
        return None
    sizes: Counter[str] = Counter()
    for block in blocks:
        sizes[language_names().get(block.tag, block.tag)] += len(block.code) + 1
    name, size = sizes.most_common(1)[0]
    tag = next(block.tag for block in blocks if language_names().get(block.tag, block.tag) == name)
    if len(sizes) > 1 and 2 * size <= sizes.total():
        tags = ", ".join(sorted({block.tag for block in blocks}))
        return LanguageLabel(None, f"fences disagree: {tags}")
    evidence = f"fence {tag}" + (", most of several" if len(sizes) > 1 else "")
    if name in LANGUAGES:
        return LanguageLabel(name, evidence)
    return LanguageLabel(None, evidence, is_other=True)


@lru_cache(maxsize=1)
def _word_patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    patterns = []
    for spec in LANGUAGES.values():
        choices = []
        for word in sorted({spec.title, spec.name, *spec.aliases} - _ENGLISH):
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


def _by_words(instruction: str, code: str) -> LanguageLabel | None:
    named: dict[str, str] = {}
    for name, pattern in _word_patterns():
        match = pattern.search(instruction)
        if match:
            named[name] = repr(match.group(0).strip())
    outside = _outside_word(instruction)
    if not named and not outside:
        return None
    if not named and outside:
        return _by_outside_word(outside, code)
    if len(named) == 1 and not outside:
        return _by_one_word(*next(iter(named.items())), code)
    words = ", ".join([*named.values(), *([repr(outside)] if outside else [])])
    found = language_of_code(code)
    if found.language in named or found.is_other:
        return LanguageLabel(found.language, f"words {words}; {found.evidence}", found.is_other)
    fitting = [name for name in named if is_written_in(code, name)]
    if len(fitting) == 1:
        return LanguageLabel(fitting[0], f"words {words}; parses as {fitting[0]} of these")
    if found.language is not None:
        return LanguageLabel(found.language, f"words {words}, but {found.evidence}")
    return LanguageLabel(None, f"words {words}; {found.evidence}")


def _by_one_word(name: str, word: str, code: str) -> LanguageLabel:
    signs = signs_of(code)
    larger = [one for one in signs if LANGUAGES[one].superset_of == name]
    if larger:
        return LanguageLabel(larger[0], f"word {word}, but signs of {larger[0]}")
    outside = outside_language(code) if is_page(name) else None
    if outside:
        return LanguageLabel(None, f"word {word}, but code of {outside}", is_other=True)
    if name in signs or not syntax_trees.has_grammar(name) or is_written_in(code, name):
        return LanguageLabel(name, f"word {word}")
    found = language_of_code(code)
    if found.is_other or (found.language not in (None, name) and found.is_sure):
        return LanguageLabel(found.language, f"word {word}, but {found.evidence}", found.is_other)
    return LanguageLabel(name, f"word {word}")


def _by_outside_word(word: str, code: str) -> LanguageLabel:
    if _TOOLS & set(re.findall(r"\w+", word.lower())):
        found = language_of_code(code)
        if found.language is not None and found.is_sure:
            return LanguageLabel(found.language, f"word {word!r}, but {found.evidence}")
    return LanguageLabel(None, f"word {word!r}", is_other=True)


def _outside_word(instruction: str) -> str | None:
    """Return the word of a language that the system does not know."""
    for match in OUTSIDE_WORDS.finditer(instruction):
        word = next(group for group in match.groups() if group)
        if word.lower() not in language_names():
            return match.group(0)
    return None
