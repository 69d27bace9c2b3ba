"""Marks by which code without any label gives away its language."""

from __future__ import annotations

import re

_M = re.MULTILINE
SIGNS: dict[str, re.Pattern[str]] = {
    "python": re.compile(
        r"^[ \t]*(?:async )?def \w+\(.*\).*:|^from [\w.]+ import |^import \w+(?: as \w+)?[ \t]*$"
        r"|^[ \t]*(?:for|while|if|elif) [^{;]+:[ \t]*$|^class \w+(?:\(.*\))?:|^print\(.*\)[ \t]*$",
        _M,
    ),
    "java": re.compile(
        r"\bpublic (?:static |final |abstract )*(?:class|interface|enum|void|int|String|boolean)\b"
        r"|\bSystem\.out\.print|^import java\.",
        _M,
    ),
    "cpp": re.compile(
        r"#include\s*<(?:iostream|vector|string|map|algorithm|unordered_map|set|queue|cmath|bits/)"
        r"|\bstd::|\busing namespace std\b|\bcout\s*<<|\bcin\s*>>",
    ),
    "c": re.compile(r"#include\s*<(?:stdio|stdlib|string|stdbool|math|ctype)\.h>"),
    "typescript": re.compile(
        r"(?:const|let|var) \w+\s*:\s*(?:string|number|boolean|any|\w+\[\])"
        r"|\(\s*\w+\??\s*:\s*(?:string|number|boolean|any)(?:\[\])?\s*[,)]"
        r"|\)\s*:\s*(?:string|number|boolean|void)(?:\[\])?\s*(?:\{|=>)",
    ),
    "javascript": re.compile(
        r"\bconsole\.log\(|^[ \t]*(?:async )?function\s*\w*\s*\([^)]*\)\s*\{"
        r"|^[ \t]*(?:const|let|var) \w+\s*=|\bdocument\.\w+|\brequire\(['\"]",
        _M,
    ),
    "go": re.compile(r"^package \w+[ \t]*$|^func (?:\(\w+ \*?\w+\) )?\w+\([^)]*\)[^:]*\{", _M),
    "html": re.compile(
        r"\A\s*(?:<!--.*?-->\s*)?<(?:!doctype html|html|head|body|div|p|h[1-6]|ul|ol|table|form|a|"
        r"img|span|section|nav|header|button|input|select)\b",
        re.IGNORECASE | re.DOTALL,
    ),
}
SUPERSETS = (
    ("cpp", "c"),
    ("typescript", "javascript"),
    ("html", "javascript"),
    ("html", "python"),
)
"""Where both are seen, the first is meant."""
OUTSIDE_SIGNS: dict[str, re.Pattern[str]] = {
    "SQL": re.compile(
        r"\A\s*(?:SELECT|INSERT INTO|CREATE TABLE|UPDATE \w+ SET|DELETE FROM|ALTER TABLE)\b",
        re.IGNORECASE,
    ),
    "C#": re.compile(r"^using System\b|\bConsole\.(?:Write|Read)", _M),
    "PHP": re.compile(r"<\?php"),
    "shell": re.compile(r"\A#!.*\b(?:ba|z)?sh\b"),
    "Ruby": re.compile(r"^[ \t]*def \w+[^:\n]*\n(?:.*\n)*?^[ \t]*end\b", _M),
    "Rust": re.compile(r"\bfn \w+\(|\blet mut \b"),
    "Swift": re.compile(r"^import (?:UIKit|Foundation|SwiftUI)|\bfunc \w+\([^)]*\) ->", _M),
    "CSS": re.compile(r"\A\s*(?:[.#]?[\w-]+(?:\s*,\s*[.#]?[\w-]+)*)\s*\{\s*[\w-]+\s*:"),
}
