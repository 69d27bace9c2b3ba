"""Labels a pair with its language, by the first evidence that decides."""

from __future__ import annotations

import re
from collections import Counter

from codem_ray.config import PROSE, CorpusConfig
from codem_ray.corpora.corpus_files import CorpusFile
from codem_ray.corpora.language_detection import (
    HEAD_CHARACTERS,
    LanguageLabel,
    is_written_in,
    language_of_code,
)
from codem_ray.corpora.language_signs import (
    SUPERSETS,
    is_page,
    language_names,
    outside_language,
    signs_of,
)
from codem_ray.corpora.language_words import is_tool, named_languages, named_outside_language
from codem_ray.corpora.markdown_fences import blocks_of, code_of
from codem_ray.corpora.pairs import Pair
from codem_ray.corpora.raw_rows import RawRow
from codem_ray.corpora.row_formats import answer_file_name, language_of_file
from codem_ray.languages import LANGUAGES, syntax_trees

ANSWER_HEAD_CHARACTERS = 100_000
"""Part of an answer that is searched for signs: prose may precede the code."""
_TAG = re.compile(r"^[ \t]*```[ \t]*([A-Za-z][\w+#.-]*)", re.MULTILINE)
_NO_LANGUAGE = frozenset({"text", "txt", "plaintext", "output", "console", "markdown", "md"})
"""Fence tags that name no programming language."""


def label_pair(pair: Pair, row: RawRow, file: CorpusFile, corpus: CorpusConfig) -> LanguageLabel:
    """Label a pair, parsed from `row`, by its corpus, its file, its row, or else its texts."""
    if corpus.kind == PROSE:
        return LanguageLabel(PROSE, "kind of the corpus")
    if file.language is not None:
        return LanguageLabel(file.language, "file name")
    if corpus.language_field is not None:
        value = row.content.get(corpus.language_field)
        if value is not None and str(value).strip():
            name = language_names().get(str(value).strip().lower())
            evidence = f"field {corpus.language_field}" + ("" if name else f" {value!r}")
            return LanguageLabel(name, evidence, is_other=name is None)
    answer_file = answer_file_name(row.content, corpus.format)
    if answer_file is not None:
        name = language_of_file(answer_file)
        return LanguageLabel(name, f"file name {answer_file}", is_other=name is None)
    return label_language(pair.instruction, pair.response)


def label_language(instruction: str, response: str) -> LanguageLabel:
    """Label texts by the response's fence tags, the instruction's words and fences, or the code.

    A single tag is trusted. Words are checked against the code: if it is not a program of the named
    language but clearly one of another, the code decides.
    """
    instruction, response = instruction[:HEAD_CHARACTERS], response[:HEAD_CHARACTERS]
    code = code_of(response)
    return (
        _by_fences(response)
        or _by_words(instruction, code)
        or _by_fences(instruction)
        or language_of_code(code)
    )


def mismatched_language(answer: str, target: str) -> str | None:
    """Return the language of an answer if it is not the target language.

    None means that the answer is in the target language, or that nothing shows its language.
    Languages outside the registry are returned too. Nothing is parsed, so that the light install
    gives the same result.
    """
    tags = [tag.lower() for tag in _TAG.findall(answer)]
    found: list[str] = [language_names().get(tag, tag) for tag in tags if tag not in _NO_LANGUAGE]
    if target in found:
        return None
    if found:
        return found[0]
    # A completion can have megabytes, and a longer head shows no more.
    head = answer[:ANSWER_HEAD_CHARACTERS]
    if outside := outside_language(head):
        return outside
    signs = list(signs_of(head))
    shown = signs[0] if len(signs) == 1 else None
    # Plain JavaScript is also TypeScript, and plain C is often C++.
    return None if shown == target or (target, shown) in SUPERSETS else shown


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


def _by_words(instruction: str, code: str) -> LanguageLabel | None:
    named = named_languages(instruction)
    outside = named_outside_language(instruction)
    if not named:
        return _by_outside_word(outside, code) if outside else None
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
    larger = next((sign for sign in signs if LANGUAGES[sign].superset_of == name), None)
    if larger:
        return LanguageLabel(larger, f"word {word}, but signs of {larger}")
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
    if is_tool(word):
        found = language_of_code(code)
        if found.language is not None and found.is_sure:
            return LanguageLabel(found.language, f"word {word!r}, but {found.evidence}")
    return LanguageLabel(None, f"word {word!r}", is_other=True)
