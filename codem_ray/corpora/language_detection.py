"""The language of code without a label, by tree-sitter grammars and by signs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from codem_ray.corpora.language_signs import SUPERSETS, is_page, outside_language, signs_of
from codem_ray.languages import LANGUAGES, syntax_trees

HEAD_CHARACTERS = 20_000
"""Length of the head of code that is examined; a pair may be of any length."""
MAX_ERROR_SHARE = 0.5
"""Largest share of syntax errors in code that is labelled by a sign alone."""
MARGIN = 2.0
"""Factor by which the error share of the second-best language must exceed the best."""
_CODE = re.compile(r"[(){}=;]|^[ \t]*(?:import|from|return|del|raise|print)\b|</?\w+", re.MULTILINE)
_TAG = re.compile(r"</[a-zA-Z][\w-]*\s*>|<(?:!doctype|html|br|hr|img|input|meta|link)\b", re.I)
# A sentence or a list item of prose. Comments start differently.
_SENTENCE = re.compile(
    r"\s*(?:[-*•]\s+|\d+[.)]\s+)?[A-Z“\"'][\w,'’“”\"()-]*"
    r"(?: [\w,'’“”\"()%/.,:;=+*-]+){3,}\s*[.:!?]?\s*$"
)


@dataclass(frozen=True, slots=True)
class LanguageLabel:
    """The language of a pair, and the evidence for it."""

    language: str | None
    """None if it is unknown or not in the registry."""
    evidence: str
    is_other: bool = False
    """Whether it is a language outside the registry."""
    unregistered_name: str = ""
    """The name that a field, a fence or a file gives, if no language of the registry has it."""
    is_sure: bool = False
    """Whether the code decides: it parses in this language alone, or shows its sign."""


def language_of_code(code: str) -> LanguageLabel:
    """Label code (without its fence) by its grammar and its signs."""
    code = code[:HEAD_CHARACTERS]
    if outside := outside_language(code):
        return LanguageLabel(None, f"code of {outside}", is_other=True)
    if not _CODE.search(code) or _is_json(code) or (is_prose(code) and not _TAG.search(code)):
        return LanguageLabel(None, "no code")
    signs = signs_of(code)
    names = [name for name in LANGUAGES if not is_page(name) or _TAG.search(code)]
    if len(signs) == 1:
        (name,) = signs
        # Most code is decided here without trying the other grammars.
        if name in names and _parses(code, name):
            evidence = f"sign {_short(signs[name])} and parses as {name}"
            return LanguageLabel(name, evidence, is_sure=True)
    fitting = _fitting_languages(code, names)
    return _choose(fitting, signs) if fitting else _by_signs(code, names, signs)


def is_written_in(code: str, name: str) -> bool:
    """Whether code is a program of a language, or a part of one, by the language's grammar."""
    # The grammar of pages accepts any text.
    has_form = bool(_TAG.search(code)) if is_page(name) else bool(_CODE.search(code))
    return has_form and _parses(code, name)


def is_prose(code: str) -> bool:
    """Whether most lines are sentences."""
    lines = [line for line in code.splitlines() if line.strip()]
    return 2 * sum(bool(_SENTENCE.match(line)) for line in lines) > len(lines)


def _parses(code: str, name: str) -> bool:
    return syntax_trees.has_grammar(name) and syntax_trees.parses(code, name)


def _fitting_languages(code: str, names: list[str]) -> list[str]:
    """Return the languages in which code parses without an error."""
    fitting: list[str] = []
    for name in sorted(names, key=lambda name: LANGUAGES[name].superset_of is not None):
        # Each program of a language is also a program of its superset.
        if LANGUAGES[name].superset_of not in fitting and _parses(code, name):
            fitting.append(name)
    # Nearly any text parses as a page, and a page is a valid expression in some languages.
    has_tag_first = code.lstrip().startswith("<")
    return [name for name in fitting if is_page(name) == has_tag_first] or fitting


def _choose(fitting: list[str], signs: dict[str, str]) -> LanguageLabel:
    """Choose among the languages in which code parses."""
    if len(fitting) == 1:
        (name,) = fitting
        larger = next((big for big, small in SUPERSETS if small == name and big in signs), None)
        if larger is not None and not is_page(larger):
            return LanguageLabel(larger, f"sign {_short(signs[larger])}", is_sure=True)
        return LanguageLabel(name, f"parses as {name} only", is_sure=True)
    signed = [name for name in fitting if name in signs]
    if len(signed) == 1:
        evidence = f"parses as {', '.join(fitting)}; sign {_short(signs[signed[0]])}"
        return LanguageLabel(signed[0], evidence, is_sure=True)
    return LanguageLabel(None, f"parses as {', '.join(fitting)} alike")


def _by_signs(code: str, names: list[str], signs: dict[str, str]) -> LanguageLabel:
    """Label code that parses in no language."""
    signed = [name for name in names if name in signs]
    if len(signed) > 1:
        shares = {name: _error_share(code, name) for name in signed}
        best, second = sorted(shares, key=lambda name: shares[name])[:2]
        if MARGIN * shares[best] >= shares[second]:
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


def _is_json(code: str) -> bool:
    if not code.lstrip().startswith(("{", "[", '"')):
        return False
    try:
        json.loads(code)
    except ValueError:
        return False
    return True


def _short(sign: str) -> str:
    return repr(sign.splitlines()[0][:40] if sign else sign)
