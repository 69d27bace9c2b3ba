"""Spellings of language names: in label fields, fence tags and file names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from codem_ray.languages.spec import LanguageSpec

MAX_LABEL_CHARACTERS = 200
"""A longer text names no language."""
_NEUTRAL_WORDS = """
all answer any code console copy copyable editable example file filename general h input language
linenumbers linenums listing markdown md misc miscellaneous mixed multi multiple na name nan
nohighlight none notspecified null numberlines other others output path plain plaintext program
pseudocode raw result sample snippet solution source terminal text title toolcode txt undefined
unknown unspecified various verbatim
"""
_NEUTRAL = frozenset(_NEUTRAL_WORDS.split())
"""Labels that leave the language open. A header `.h` may be one of C or of C++."""
_FILLER_WORDS = """
64bit 32bit ansi brush class clang++ code core diagnostics edition example exec executable file g++
gcc gnu highlight hljs iso lang language microsoft mime modern ms msvc notebook only openjdk
oracle plain program programming pure repl run runnable script se snippet solution source standard
std syntax the v8 vanilla version visual x
"""
_FILLERS = frozenset(_FILLER_WORDS.split())
"""Words beside a name that do not change it: "GNU C++17", "Python code", "language-python"."""
_ALTERNATIVES = re.compile(r"\s*(?:[/,&|]|(?<!\+)\+(?=[a-z])|\band\b|\bor\b)\s*")
_MIME = re.compile(r"^(?:text|application)/(?=[a-z])")
_VERSION = re.compile(r"v?\d[\dx*]*[a-z]?(?:bit)?\+?$")
_LINE = re.compile(r"#l\d.*$")
"""Line numbers after a name: "app.py#L10-L20"."""
_EDGES = " \t\"'`<>()[]{}.,;!~^*-"
"""Not "+" and "#", which distinguish C, C++ and C#."""


class Spellings:
    """A table of languages by all common spellings of their names."""

    def __init__(self, languages: Iterable[LanguageSpec]) -> None:
        specs = list(languages)
        self._names: dict[str, str] = {}
        # A name or an alias of one language is more than a fence tag of another.
        for spec in specs:
            for text in (spec.name, spec.title, *spec.aliases):
                self._names.setdefault(_key(text), spec.name)
        for spec in specs:
            for text in (*spec.fence_tags, spec.extension, *spec.labels):
                self._names.setdefault(_key(text), spec.name)
        self.of_label = lru_cache(maxsize=4096)(self._of_label)
        self.of_fence = lru_cache(maxsize=4096)(self._of_fence)

    def _of_label(self, label: str) -> tuple[str, ...] | None:
        """Return the languages that a label may mean; None if it names an unregistered one.

        One language is certain. Several, or none, leave it to the code: "C/C++", "text".
        """
        text = _LINE.sub("", label.strip().lower())
        if len(text) > MAX_LABEL_CHARACTERS:
            return None
        if text.startswith("{"):
            return self._of_attributes(text)
        # "12:20:src/app.py", "c++:main.cc", "lang=python"; "C:\app.py" begins with a drive.
        for part in re.split(r"[:=]+", re.sub(r"^[a-z]:(?=[\\/])", "", text)):
            if (name := self._one_name(part) or self.of_file(part)) is not None:
                return (name,)
            if not _is_open(part) and part.strip(_EDGES) not in _FILLERS:
                break
        parts = _ALTERNATIVES.split(_MIME.sub("", text))
        if len(parts) > 1:
            names = [self._one_name(part) for part in parts]
            # "Java/Kotlin" can be either, and only the registered one is known here.
            if any(names):
                return tuple(dict.fromkeys(name for name in names if name)) if all(names) else ()
        elif (name := self._one_name(parts[0])) is not None:
            return (name,)
        return () if _is_open(_MIME.sub("", text)) else None

    def _of_fence(self, info: str) -> tuple[str, ...] | None:
        """Return the languages that the info string of a fence may mean, as `of_label` does."""
        if info.lstrip().startswith("{"):
            return self.of_label(info)
        # CommonMark: the first word is the language. Few names have more than one word.
        head = re.split(r"[\s,;{]", info.strip(), maxsplit=1)[0]
        if re.fullmatch(r"[\w+#.() -]+", info):
            return self.of_label(info) or self.of_label(head)
        return self.of_label(head)

    def is_fence_of(self, language: str, info: str) -> bool:
        """Whether the info string of a fence may mean a language."""
        return language in (self.of_fence(info) or ())

    def of_file(self, name: str) -> str | None:
        """Return the language whose source files have the suffix of a file name."""
        base = re.split(r"[\\/]", _LINE.sub("", name.strip(_EDGES)))[-1]
        stem, dot, suffix = base.rpartition(".")
        return self._names.get(_key(suffix)) if dot and stem else None

    def _of_attributes(self, text: str) -> tuple[str, ...] | None:
        """Read the attributes of Pandoc and R Markdown: "{.python .numberLines}"."""
        words = [word for word in re.split(r"[\s,{}]+", text) if word and not word.startswith("#")]
        for word in words:
            name = self._one_name(word.rpartition("=")[2])
            if name is not None:
                return (name,)
        is_named = any("=" not in word and _key(word) not in _NEUTRAL for word in words)
        return None if is_named else ()

    def _one_name(self, text: str) -> str | None:
        for key in _keys(text):
            if (name := self._names.get(key)) is not None:
                return name
        return None


def _is_open(text: str) -> bool:
    """Whether a label is a number, a neutral word, or a file of no language, as "notes.txt"."""
    key, suffix = re.sub(r"[\W_]", "", text), text.rpartition(".")[2]
    return not key or key.isdigit() or bool({key, suffix} & _NEUTRAL)


def _key(text: str) -> str:
    """Return a name without case and separators: "Node.js" and "node-js" are one."""
    return re.sub(r"[\s_.-]", "", text.lower())


def _keys(text: str) -> Iterator[str]:
    """Yield the keys under which a name may be found: whole, without fillers and its version."""
    text = re.sub(r"\([^()]*\)", " ", text).strip(_EDGES)
    words = re.split(r"[\s_-]+", text)
    for kept in (words, [word for word in words if word not in _FILLERS]):
        key = _key("".join(kept))
        yield key
        # A digit after one letter is another name: "C3", "D3".
        without_version = _VERSION.sub("", key)
        if len(without_version) > 1:
            yield without_version
