"""Says which language code is in that nothing names, by grammars and by signs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from codem_ray.corpora import syntax_trees
from codem_ray.corpora.language_signs import OUTSIDE_SIGNS, SIGNS, SUPERSETS
from codem_ray.languages import LANGUAGES
from codem_ray.languages.spec import ProcessLayout

HEAD_CHARACTERS = 20_000
"""What is looked at: more tells no more, and a pair may be of any length."""
MAX_ERROR_SHARE = 0.5
"""Code that parses nowhere is told by its signs, unless more than this of it is wrong."""
MARGIN = 2.0
"""How many times worse the next best must be."""
_CODE = re.compile(r"[(){}=;]|^[ \t]*(?:import|from|return|del|raise|print)\b|</?\w+", re.MULTILINE)
_TAG = re.compile(r"</[a-zA-Z][\w-]*\s*>|<(?:!doctype|html|br|hr|img|input|meta|link)\b", re.I)
# A sentence, or an item of a list of them; a comment opens with neither.
_SENTENCE = re.compile(
    r"\s*(?:[-*•]\s+|\d+[.)]\s+)?[A-Z“\"'][\w,'’“”\"()-]*"
    r"(?: [\w,'’“”\"()%/.,:;=+*-]+){3,}\s*[.:!?]?\s*$"
)
_NO_CODE = "no code"


@dataclass(frozen=True, slots=True)
class LanguageLabel:
    """A language, or None, and what it was told by."""

    language: str | None
    evidence: str
    is_other: bool = False
    """Without a language: it is in one that the system does not know."""
    is_sure: bool = False
    """The code says it: it parses without an error in this one alone, or bears its sign."""


def outside_language(code: str) -> str | None:
    """Return the language that the code gives away, where the system does not know it."""
    for name, pattern in _outside():
        if pattern.search(code):
            return name
    return None


def signs_of(code: str) -> dict[str, str]:
    """Return the languages that the code bears signs of, with the sign."""
    found = {
        name: match.group(0).strip()
        for name, pattern in SIGNS.items()
        if (match := pattern.search(code))
    }
    for larger, smaller in SUPERSETS:
        if larger in found:
            found.pop(smaller, None)
    return found


def language_of_code(code: str, among: Iterable[str] | None = None) -> LanguageLabel:
    """Tell the language of code by its grammar and its signs.

    Args:
        code: Without its fence.
        among: Languages that it can be in; None: all, and those that the system does not know.
    """
    code = code[:HEAD_CHARACTERS]
    if among is None and (outside := outside_language(code)):
        return LanguageLabel(None, f"code of {outside}", is_other=True)
    if not _CODE.search(code) or _is_data(code) or (is_prose(code) and not _TAG.search(code)):
        return LanguageLabel(None, _NO_CODE)
    signs = signs_of(code)
    names = [name for name in LANGUAGES if among is None or name in set(among)]
    names = [name for name in names if name not in _pages() or _TAG.search(code)]
    if len(signs) == 1:
        (name,) = signs
        # Most code ends here: one sign, and the grammar agrees.
        if name in names and syntax_trees.has_grammar(name) and syntax_trees.parses(code, name):
            return LanguageLabel(
                name, f"sign {_short(signs[name])} and parses as {name}", is_sure=True
            )
    clean = _clean(code, [name for name in names if syntax_trees.has_grammar(name)])
    if clean:
        return _of_clean(code, clean, signs)
    return _of_broken(code, names, signs)


def is_written_in(code: str, name: str) -> bool:
    """Whether code is a program of a language, or a piece of one, by the language's grammar."""
    # Any text is a page to the grammar.
    has_form = bool(_TAG.search(code)) if name in _pages() else bool(_CODE.search(code))
    return has_form and syntax_trees.has_grammar(name) and syntax_trees.parses(code, name)


def is_page(language: str) -> bool:
    """Whether its programs are pages: text that any other text may be."""
    return language in _pages()


def _clean(code: str, names: list[str]) -> list[str]:
    is_page = code.lstrip().startswith("<")
    clean: list[str] = []
    for name in sorted(names, key=lambda name: LANGUAGES[name].superset_of is not None):
        smaller = LANGUAGES[name].superset_of
        # What is a program of the smaller language is one of the larger: no need to look.
        if smaller not in clean and syntax_trees.parses(code, name):
            clean.append(name)
    # Nearly every text is a page to the grammar, and a page is an expression of some languages.
    return [name for name in clean if (name in _pages()) == is_page] or clean


def _of_clean(code: str, clean: list[str], signs: dict[str, str]) -> LanguageLabel:
    if len(clean) == 1:
        (name,) = clean
        larger = next((one for one, less in SUPERSETS if less == name and one in signs), None)
        if larger is not None and larger not in _pages():
            return LanguageLabel(larger, f"sign {_short(signs[larger])}", is_sure=True)
        return LanguageLabel(name, f"parses as {name} only", is_sure=True)
    signed = [name for name in clean if name in signs]
    if len(signed) == 1:
        sign = _short(signs[signed[0]])
        return LanguageLabel(signed[0], f"parses as {', '.join(clean)}; sign {sign}", is_sure=True)
    return LanguageLabel(None, f"parses as {', '.join(clean)} alike")


def _of_broken(code: str, names: list[str], signs: dict[str, str]) -> LanguageLabel:
    signed = [name for name in names if name in signs]
    if len(signed) > 1:
        shares = {name: _error_share(code, name) for name in signed}
        best, next_best = sorted(shares, key=lambda name: shares[name])[:2]
        if MARGIN * shares[best] >= shares[next_best]:
            return LanguageLabel(None, f"signs of {', '.join(sorted(signed))}")
        signed = [best]
    if not signed:
        return LanguageLabel(None, "parses as none, no sign")
    (name,) = signed
    share = _error_share(code, name)
    if share > MAX_ERROR_SHARE:
        return LanguageLabel(None, f"sign {_short(signs[name])}, but {share:.0%} wrong as {name}")
    return LanguageLabel(name, f"sign {_short(signs[name])}, {share:.0%} wrong as {name}")


def _error_share(code: str, name: str) -> float:
    return syntax_trees.syntax_of(code, name).error_share if syntax_trees.has_grammar(name) else 0.0


def is_prose(code: str) -> bool:
    """Whether most lines are sentences."""
    lines = [line for line in code.splitlines() if line.strip()]
    return 2 * sum(bool(_SENTENCE.match(line)) for line in lines) > len(lines)


def _is_data(code: str) -> bool:
    """Whether it is JSON, and so of no language."""
    if not code.lstrip().startswith(("{", "[", '"')):
        return False
    try:
        json.loads(code)
    except ValueError:
        return False
    return True


def _short(sign: str) -> str:
    return repr(sign.splitlines()[0][:40] if sign else sign)


@lru_cache(maxsize=1)
def _pages() -> frozenset[str]:
    return frozenset(
        spec.name for spec in LANGUAGES.values() if spec.process_layout is ProcessLayout.PAGES
    )


@lru_cache(maxsize=1)
def _outside() -> tuple[tuple[str, re.Pattern[str]], ...]:
    known = {
        word.lower()
        for spec in LANGUAGES.values()
        for word in (spec.name, spec.title, *spec.aliases)
    }
    return tuple(one for one in OUTSIDE_SIGNS.items() if one[0].lower() not in known)
