"""Names and signs of languages, those of the registry and others."""

from __future__ import annotations

import re

from codem_ray.languages import LANGUAGES, SPELLINGS
from codem_ray.languages.spec import ProcessLayout

_M = re.MULTILINE
SIGNS: dict[str, re.Pattern[str]] = {
    spec.name: spec.signs for spec in LANGUAGES.values() if spec.signs is not None
}
"""Patterns of each registered language, as its file defines them."""
SUPERSETS = (
    *((spec.name, spec.superset_of) for spec in LANGUAGES.values() if spec.superset_of),
    # An HTML page can contain scripts.
    ("html", "javascript"),
    ("html", "python"),
)
"""Pairs of languages: code with signs of both is in the first."""
OUTSIDE_SIGNS: dict[str, re.Pattern[str]] = {
    "SQL": re.compile(
        r"\A\s*(?:--.*\s+)*(?:SELECT|INSERT INTO|UPDATE \w+\s+SET|DELETE FROM|ALTER TABLE|"
        r"DROP TABLE|WITH \w+ AS \(|CREATE (?:OR REPLACE )?(?:TEMPORARY )?(?:TABLE|VIEW|INDEX|"
        r"DATABASE|TRIGGER|PROCEDURE|FUNCTION \w+(?:\.\w+)?\s*\([^)]*\)\s*RETURNS))\b",
        re.IGNORECASE,
    ),
    "C#": re.compile(
        r"^[ \t]*using System\b|\bConsole\.(?:Write|Read)|\{\s*get;|\bstatic void Main\s*\("
        r"|\b(?:public|private|protected)(?: static)? string\b|\bList<string>"
        r"|\bforeach\s*\(\s*(?:var|int|string) ",
        _M,
    ),
    "PHP": re.compile(r"<\?(?:php|=)|\bfunction \w+\([^)]*\$\w+|^[ \t]*echo .*\$\w+.*;", _M),
    "Perl": re.compile(r"^[ \t]*(?:my [$@%(]\w*|use strict;)", _M),
    "shell": re.compile(
        r"\A\s*#!.*\b(?:ba|z)?sh\b|^[ \t]*(?:sudo|chmod|mkdir|grep|apt-get) [\w/+-]"
        r"|^[ \t]*(?:fi|done|esac)[ \t]*$",
        _M,
    ),
    "Ruby": re.compile(
        r"^[ \t]*def [\w.?!]+[^:\n]*\n(?:.*\n)*?^[ \t]*end\b|\bdo \|\w+(?:, \w+)*\|"
        r"|^[ \t]*puts [\"'\w#]",
        _M,
    ),
    "Rust": re.compile(r"\bfn \w+(?:<[^>]*>)?\([^)]*\)\s*(?:->|\{)|\blet mut \w|\bprintln!\("),
    "Swift": re.compile(
        r"^import (?:UIKit|Foundation|SwiftUI)|\bfunc \w+\([^)]*\) ->"
        r"|\b(?:let|var) \w+: (?:Int|String|Double|Bool|\[\w+\])",
        _M,
    ),
    "Kotlin": re.compile(r"\bfun (?:\w+\.)?\w+\([^)]*\)|\bval \w+(?:: \w+)? = "),
    "R": re.compile(r"\w <- (?:function|c|data\.frame|read\.csv)\("),
    "Lua": re.compile(
        r"^[ \t]*local (?:function )?\w+|^[ \t]*function \w+\([^)]*\)[ \t]*\n[ \t]*[^{\s]", _M
    ),
    "Visual Basic": re.compile(r"^[ \t]*(?:Dim \w+ As |(?:Public |Private )?Sub \w+\()", _M),
    # Selectors with a block of `name: value;`, or such lines alone.
    "CSS": re.compile(
        r"\A\s*(?:/\*.*?\*/\s*)?(?:@(?:media|import|keyframes|font-face)\b"
        r"|(?!(?:export|declare|interface|type|class|enum|struct|union|namespace)\b)(?:[.#*\w\s,>+~-]|\[[^\]]*\]|::?[\w-]+(?:\([^)]*\))?){1,80}\{\s*"
        r"(?:/\*.*?\*/\s*)?[a-z-]+\s*:[^:=])|\A(?:\s*[a-z-]+:[^;{}\n]+;)+\s*\Z",
        re.DOTALL,
    ),
    "XML": re.compile(r"\A\s*<\?xml\b"),
    "LaTeX": re.compile(r"\\documentclass\b"),
}
"""Patterns of languages outside the registry. A package may register one of them."""


def is_page(language: str) -> bool:
    """Whether the language's programs are pages; its grammar accepts nearly every text."""
    spec = LANGUAGES.get(language)
    return spec is not None and spec.process_layout is ProcessLayout.PAGES


def signs_of(code: str) -> dict[str, str]:
    """Return the registered languages of which code shows a sign, with the matched text."""
    found = {
        name: match.group(0).strip()
        for name, pattern in SIGNS.items()
        if (match := pattern.search(code))
    }
    for larger, smaller in SUPERSETS:
        if larger in found:
            found.pop(smaller, None)
    return found


def outside_language(code: str) -> str | None:
    """Return the language outside the registry of which code shows a sign."""
    for name, pattern in OUTSIDE_SIGNS.items():
        if SPELLINGS.of_label(name) is None and pattern.search(code):
            return name
    return None
