"""Marks by which code without any label gives away its language."""

from __future__ import annotations

import re

from codem_ray.languages import LANGUAGES

_M = re.MULTILINE
SIGNS: dict[str, re.Pattern[str]] = {
    spec.name: spec.signs for spec in LANGUAGES.values() if spec.signs is not None
}
"""By language, as its file says."""
SUPERSETS = (
    *((spec.name, spec.superset_of) for spec in LANGUAGES.values() if spec.superset_of),
    # A page holds scripts.
    ("html", "javascript"),
    ("html", "python"),
)
"""Where both are seen, the first is meant."""
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
    # Selectors and a block of `name: value;`, or its lines alone.
    "CSS": re.compile(
        r"\A\s*(?:/\*.*?\*/\s*)?(?:@(?:media|import|keyframes|font-face)\b"
        r"|(?!(?:export|declare|interface|type|class|enum|struct|union|namespace)\b)(?:[.#*\w\s,>+~-]|\[[^\]]*\]|::?[\w-]+(?:\([^)]*\))?){1,80}\{\s*"
        r"(?:/\*.*?\*/\s*)?[a-z-]+\s*:[^:=])|\A(?:\s*[a-z-]+:[^;{}\n]+;)+\s*\Z",
        re.DOTALL,
    ),
    "XML": re.compile(r"\A\s*<\?xml\b"),
    "LaTeX": re.compile(r"\\documentclass\b"),
}
"""Languages that the system does not know; one that is added by a package is passed over."""
