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
    outside_language,
    signs_of,
)
from codem_ray.corpora.language_words import is_tool, named_languages, named_outside_language
from codem_ray.corpora.pairs import Pair
from codem_ray.corpora.raw_rows import RawRow
from codem_ray.corpora.row_formats import answer_file_name
from codem_ray.languages import LANGUAGES, SPELLINGS, syntax_trees
from codem_ray.languages.markdown_fences import fenced_blocks, joined_code

ANSWER_HEAD_CHARACTERS = 100_000
"""Part of an answer that is searched for signs: prose may precede the code."""
_OPENING_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*([^\s`][^\n`]*)$", re.MULTILINE)


def label_pair(pair: Pair, row: RawRow, file: CorpusFile, corpus: CorpusConfig) -> LanguageLabel:
    """Label a pair, parsed from `row`, by its corpus, its file, its row, or else its texts."""
    if corpus.kind == PROSE:
        return LanguageLabel(PROSE, "kind of the corpus")
    if file.language is not None:
        return LanguageLabel(file.language, "file name")
    if corpus.language_field is not None:
        value = row.content.get(corpus.language_field)
        if value is not None and str(value).strip():
            field, label = f"field {corpus.language_field}", str(value).strip()
            named = SPELLINGS.of_label(label)
            if named is None:
                return _unregistered(label, f"{field} {value!r}")
            if len(named) == 1:
                return LanguageLabel(named[0], field)
    answer_file = answer_file_name(row.content, corpus.row_format)
    if answer_file is not None:
        name, evidence = SPELLINGS.of_file(answer_file), f"file name {answer_file}"
        suffix = f".{answer_file.rpartition('.')[2]}"
        return LanguageLabel(name, evidence) if name else _unregistered(suffix, evidence)
    return label_language(pair.instruction, pair.response)


def _unregistered(name: str, evidence: str) -> LanguageLabel:
    return LanguageLabel(None, evidence, is_other=True, unregistered_name=name)


def label_language(instruction: str, response: str) -> LanguageLabel:
    """Label texts by the response's fence tags, the instruction's words and fences, or the code.

    A single tag is trusted. Words are checked against the code: if it is not a program of the named
    language but clearly one of another, the code decides.
    """
    instruction, response = instruction[:HEAD_CHARACTERS], response[:HEAD_CHARACTERS]
    blocks = fenced_blocks(response)
    code = joined_code(blocks) if blocks else response
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
    found: list[str] = []
    for info in _OPENING_FENCE.findall(answer):
        named = SPELLINGS.of_fence(info.strip())
        if target in (named or ()):
            return None
        if named is None or len(named) == 1:
            found.append(named[0] if named else _head(info))
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
    sizes: Counter[str] = Counter()
    tags: dict[str, str] = {}
    for block in fenced_blocks(text):
        named = SPELLINGS.of_fence(block.info)
        # A fence without a language, or with several ("c/c++"), leaves it to the code.
        if named is None or len(named) == 1:
            tag = _head(block.info)
            name = named[0] if named else tag
            sizes[name] += len(block.code) + 1
            tags.setdefault(name, tag)
    if not sizes:
        return None
    name, size = sizes.most_common(1)[0]
    if len(sizes) > 1 and 2 * size <= sizes.total():
        return LanguageLabel(None, f"fences disagree: {', '.join(sorted(tags.values()))}")
    evidence = f"fence {tags[name]}" + (", most of several" if len(sizes) > 1 else "")
    return LanguageLabel(name, evidence) if name in LANGUAGES else _unregistered(name, evidence)


def _head(info: str) -> str:
    """Return the first word of an info string, in lower case."""
    return info.split(maxsplit=1)[0].lower()


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
