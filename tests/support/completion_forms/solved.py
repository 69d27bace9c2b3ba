"""Problems with a known solution, cut into the parts that completions are made of."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cached_property

from codem_ray.records import Problem
from completion_forms.phrases import Extra, Phrases
from completion_forms.table import PHRASES

BRACED = frozenset({"javascript", "typescript", "c", "cpp", "java", "go"})

_COMMENT = re.compile(r"(?:^[ \t]*)?/\*.*?\*/[ \t]*\n?|^[ \t]*//[^\n]*\n", re.S | re.M)
_DOCSTRING = re.compile(r"[ \t]*(\"\"\"|''').*?\1[ \t]*\n?", re.S)
_IMPORTS = {
    "python": re.compile(r"^(?:import|from)\b.*\n", re.M),
    "c": re.compile(r"^#\s*include.*\n", re.M),
    "cpp": re.compile(r"^(?:#\s*include|using\s+namespace).*\n", re.M),
    "java": re.compile(r"^import\b.*\n", re.M),
    "go": re.compile(r"^import\s*\([^)]*\)[ \t]*\n|^import\b.*\n", re.M),
}
_GO_PATH = re.compile(r'"([\w./-]+)"')
_STRING = re.compile(r'"(?:\\.|[^"\\\n])*"' + r"|'(?:\\.|[^'\\\n])*'")
_LITERAL = re.compile(
    r"(?:true|false|True|False|None|null|nil|List|Arrays|asList|of|string|int|float64|new|"
    r"[0-9][\w.]*|[\s,.\[\](){}:+-]|\"\")*"
)


@dataclass(frozen=True)
class Solved:
    """A problem and a right text that follows its prompt."""

    problem: Problem
    body: str

    @property
    def language(self) -> str:
        return self.problem.language

    @property
    def prompt(self) -> str:
        return self.problem.prompt

    @property
    def entry(self) -> str:
        return self.problem.entry_point or ""

    @property
    def phrases(self) -> Phrases:
        return PHRASES[self.language]

    @cached_property
    def inside(self) -> int:
        """The position in prompt and body where the statements of the entry point begin."""
        whole = self.prompt + self.body
        if self.language not in BRACED:
            return len(self.prompt)
        name = re.escape(self.entry)
        blank = re.sub(_COMMENT, lambda m: " " * len(m.group()), whole)
        found = [
            m.end()
            for m in re.finditer(rf"\b{name}\b\s*(?:=\s*(?:async\s*)?)?\([^;{{}}]*?\{{", blank)
        ] or [
            # An object type or a map in the signature holds braces of its own.
            m.end()
            for m in re.finditer(rf"\b{name}\b[^\n]*\{{[ \t]*$", blank, re.M)
        ]
        # A nested function of the same name is not the entry point.
        in_prompt = [end for end in found if end <= len(self.prompt)]
        if in_prompt and not self.prompt[in_prompt[-1] :].count("}"):
            return len(self.prompt)
        return max(next((end for end in found if end > len(self.prompt)), 0), len(self.prompt))

    @cached_property
    def indent(self) -> str:
        """The indentation of the entry point's first statement."""
        for line in (self.prompt + self.body)[self.inside :].split("\n"):
            if line.strip():
                found = line[: len(line) - len(line.lstrip())]
                return found or ("    " if self.language == "python" else "")
        return "    "

    def body_with(self, statement: str) -> str:
        """Return the body with a statement before the others."""
        if not statement:
            return self.body
        at = self.inside - len(self.prompt)
        line = textwrap.indent(statement, self.indent)
        return f"{self.body[:at].rstrip(' ')}\n{line}\n{self.body[at:]}" if at else (
            f"{line}\n{self.body}"
        )  # fmt: skip

    def body_of(self, statement: str) -> str:
        """Return a body that consists of one statement."""
        at = self.inside - len(self.prompt)
        if self.language == "python":
            return textwrap.indent(statement, self.indent) + "\n"
        closing = "    }\n}\n" if self.language == "java" else "}\n"
        return self.body[:at].rstrip(" ") + f"\n{self.indent}{statement}\n{closing}"

    @cached_property
    def call(self) -> str:
        """A call of the entry point with literal arguments, or an expression that only names it."""
        tests = self.problem.tests
        for found in re.finditer(rf"\b(?:{re.escape(self.entry)}|candidate)\(", tests):
            depth, at = 1, found.end()
            while at < len(tests) and depth:
                depth += {"(": 1, ")": -1}.get(tests[at], 0)
                at += 1
            inner = tests[found.end() : at - 1]
            if inner.strip() and len(inner) < 200 and _LITERAL.fullmatch(_STRING.sub('""', inner)):
                call = f"{self.entry}({inner})"
                if self.language != "java":
                    return call
                is_static = re.search(rf"static[^\n]*\b{re.escape(self.entry)}\(", self.prompt)
                return f"Solution.{call}" if is_static else f"new Solution().{call}"
        return self.phrases.mention.replace("ENTRY", self.entry)

    @cached_property
    def imports(self) -> str:
        """The import lines of the prompt; in Go, of the packages that the solution uses."""
        pattern = _IMPORTS.get(self.language)
        found = "".join(pattern.findall(self.prompt)) if pattern else ""
        if self.language != "go":
            return found
        supplied = _GO_PATH.findall(self.problem.context + found)
        return go_imports(path for path in supplied if self._uses_package(path))

    def _uses_package(self, path: str) -> bool:
        code = _STRING.sub('""', _COMMENT.sub("", self.prompt + self.body))
        code = re.sub(r"//[^\n]*", "", code)
        return re.search(rf"\b{path.rpartition('/')[2]}\.", code) is not None

    @cached_property
    def head(self) -> str:
        """The prompt without import lines."""
        pattern = _IMPORTS.get(self.language)
        return (pattern.sub("", self.prompt) if pattern else self.prompt).lstrip("\n")

    def head_without_doc(self) -> str:
        """Return the prompt without import lines, comments and docstring."""
        if self.language == "python":
            at = self.head.rfind("def ")
            return self.head[:at] + _DOCSTRING.sub("", self.head[at:], count=1)
        return _COMMENT.sub("", self.head)

    def filled(self, extra: Extra) -> Extra:
        """Return the extra with the entry point's name and call in place of ENTRY and CALL."""
        return Extra(
            *(
                text.replace("CALL", self.call).replace("ENTRY", self.entry)
                for text in (extra.before, extra.use, extra.after, extra.imports, extra.outside)
            )
        )

    def program(
        self, extra: Extra | None = None, *, keeps_doc: bool = True, keeps_imports: bool = True
    ) -> str:
        """Return a whole program: imports, the extra's code, and the function that uses it."""
        extra = extra or Extra()
        head = self.head if keeps_doc else self.head_without_doc()
        code = head + self.body_with(extra.use)
        before, after = extra.before, extra.after
        if self.language == "java":
            code = into_class(code, before, after)
            before = after = ""
        imports = self.imports if keeps_imports else ""
        if self.language == "go":
            imports = go_imports([*_GO_PATH.findall(imports), *_GO_PATH.findall(extra.imports)])
        else:
            imports = extra.imports + imports
        parts = (imports, before, code, after, extra.outside)
        return "\n".join(part.strip("\n") + "\n" for part in parts if part.strip())

    def method(self, extra: Extra | None = None) -> str:
        """Return the program without the class around the method (Java)."""
        code = self.program(extra, keeps_doc=False, keeps_imports=False)
        assert extra is None or not extra.outside
        inner = code[code.index("{") + 1 : code.rindex("}")].strip("\n")
        return textwrap.dedent(inner).strip("\n") + "\n"


def go_imports(paths: object) -> str:
    """Return an import block of these packages, without repetition."""
    distinct = sorted(set(paths))  # type: ignore[call-overload]
    return "import (\n" + "".join(f'\t"{p}"\n' for p in distinct) + ")\n" if distinct else ""


def into_class(code: str, before: str, after: str) -> str:
    """Put members at the start and the end of the class Solution."""
    opening = re.search(r"\bclass\s+Solution\b[^{]*\{[ \t]*\n?", code)
    assert opening is not None, code
    end = code.rindex("}")
    first = textwrap.indent(before, "    ") + "\n" if before else ""
    last = "\n" + textwrap.indent(after, "    ") if after else ""
    return code[: opening.end()] + first + code[opening.end() : end] + last + code[end:]
