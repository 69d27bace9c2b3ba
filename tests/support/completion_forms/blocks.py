"""Answers in several blocks, and answers without a fence."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace

from completion_forms.form import (
    HOISTED,
    JAVA,
    SAYS_AFTER,
    SAYS_BEFORE,
    Form,
    answer,
    bare_fence,
    demo,
    draft,
    fence,
    instruction_form,
    short,
    stub,
    with_helper,
    without_imports,
)
from completion_forms.phrases import Extra
from completion_forms.solved import Solved
from completion_forms.table import PHRASES


def _joined(s: Solved) -> str | None:
    if not s.imports.strip():
        return None
    return (
        f"First the imports:\n\n{fence(s, s.imports)}\nThen the function:\n\n"
        f"{fence(s, s.program(keeps_doc=False, keeps_imports=False))}"
    )


def block_forms() -> Iterator[Form]:
    yield instruction_form(
        "stub first",
        lambda s: (
            f"You start from:\n\n{fence(s, stub(s, s.phrases.stubs[0]))}\nFilled in:\n\n{answer(s)}"
        ),
    )
    for number in range(1, max(len(phrases.stubs) for phrases in PHRASES.values())):
        yield instruction_form(
            f"stub first, kind {number + 1}",
            lambda s, n=number: (
                f"{fence(s, stub(s, s.phrases.stubs[n]))}\nbecomes\n\n{answer(s)}"
                if n < len(s.phrases.stubs)
                else None
            ),
        )
    yield instruction_form(
        "stub behind", lambda s: f"{answer(s)}\nfrom\n\n{fence(s, stub(s, s.phrases.stubs[0]))}"
    )
    yield instruction_form("usage behind", lambda s: f"{answer(s)}\nUse it:\n\n{fence(s, demo(s))}")
    yield instruction_form(
        "usage first", lambda s: f"You want to call:\n\n{fence(s, demo(s))}\nHere:\n\n{answer(s)}"
    )
    yield instruction_form(
        "shell first and output behind",
        lambda s: (
            f"{bare_fence('pip install numpy', 'bash')}\n{answer(s)}\nOutput:\n\n"
            f"{bare_fence('[1, 2]', 'text')}\n{bare_fence('{}', 'json')}"
        ),
    )
    yield instruction_form(
        "bare output first", lambda s: f"Wanted:\n\n{bare_fence('[1, 2]')}\nSo:\n\n{answer(s)}"
    )
    yield instruction_form(
        "other function first", lambda s: f"{fence(s, s.phrases.other)}\nand\n\n{answer(s)}"
    )
    yield instruction_form(
        "the same twice", lambda s: f"{answer(s)}\nAgain, complete:\n\n{answer(s)}"
    )
    yield instruction_form(
        "right first, wrong alternative behind",
        lambda s: f"{answer(s)}\nDo not write:\n\n{draft(s)}",
    )
    yield instruction_form(
        "helper in a block before",
        lambda s: (
            f"A helper:\n\n{fence(s, s.phrases.helper)}\nThe function:\n\n"
            f"{fence(s, s.program(Extra(use=s.phrases.use_helper), keeps_doc=False))}"
            if s.language != "java"
            else None
        ),
    )
    yield instruction_form(
        "helper in a block behind",
        lambda s: (
            f"{fence(s, s.program(Extra(use=s.phrases.use_helper), keeps_doc=False))}\n"
            f"with the helper\n\n{fence(s, s.phrases.helper)}"
            if s.language != "java"
            else None
        ),
    )
    yield instruction_form("imports in a block of their own", _joined)
    yield instruction_form("only the body in a fence", lambda s: f"The body:\n\n{fence(s, s.body)}")
    yield instruction_form(
        "function without imports",
        lambda s: (code := without_imports(s)) and fence(s, code),
    )
    yield instruction_form("method without class", lambda s: fence(s, s.method()), JAVA)
    yield instruction_form(
        "method and helper without class",
        lambda s: fence(s, s.method(Extra(before=s.phrases.helper, use=s.phrases.use_helper))),
        JAVA,
    )
    yield instruction_form("bare method", lambda s: s.method(), JAVA)
    yield instruction_form("helper before", lambda s: fence(s, with_helper(s, "before")))
    yield instruction_form(
        "helper behind", lambda s: fence(s, with_helper(s, "after")), HOISTED | JAVA
    )
    yield instruction_form("bare", short)
    yield instruction_form("bare, documentation kept", lambda s: s.program())
    yield instruction_form("bare, prose around", lambda s: SAYS_BEFORE + short(s) + SAYS_AFTER)
    yield instruction_form(
        "bare, prose before", lambda s: "Here is the function you asked for:\n\n" + short(s)
    )
    yield instruction_form(
        "bare, code-like prose before",
        lambda s: (
            "import the values from the list, then return the result.\n"
            "from the list we take each value\nclass of problem: easy; return early.\n\n" + short(s)
        ),
    )
    yield instruction_form(
        "bare, helper behind and prose",
        lambda s: with_helper(s, "after") + SAYS_AFTER,
        HOISTED | JAVA,
    )
    yield instruction_form(
        "indented code block",
        lambda s: SAYS_BEFORE + textwrap.indent(short(s), "    ") + SAYS_AFTER,
    )
    yield instruction_form(
        "next instruction behind", lambda s: f"{answer(s)}\n\n### Instruction:\nWrite another.\n"
    )
    yield instruction_form("end token", lambda s: f"{answer(s)}<|eot_id|><|start_header_id|>user")
    yield instruction_form(
        "foreign comments",
        lambda s: fence(
            s,
            replace(
                s, body=s.body_with(f"{s.phrases.comment} 先检查：größer «x» — ноль 🙂")
            ).program(),
        ),
    )
    yield from _mixed_forms()


def _mixed_forms() -> Iterator[Form]:
    """Yield answers with other text of every kind around them."""
    yield instruction_form(
        "signature first",
        lambda s: f"Given:\n\n{fence(s, s.head_without_doc())}\nwrite:\n\n{answer(s)}",
    )
    yield instruction_form(
        "pseudocode first",
        lambda s: bare_fence(_PSEUDOCODE.replace("ENTRY", s.entry)) + "\nIn code:\n\n" + answer(s),
    )
    yield instruction_form("other language first", _other_language_first)
    yield instruction_form(
        "tag in a line of its own", lambda s: f"```\n{s.phrases.tags[0]}\n{short(s)}```\n"
    )
    yield instruction_form("response heading", lambda s: f"### Response:\n{short(s)}")
    yield instruction_form("heading", lambda s: f"# Solution\n\n## Code\n\n{answer(s)}\n## Notes\n")
    yield instruction_form(
        "demo cut off",
        lambda s: f"{answer(s).removesuffix('```' + chr(10))}\n{demo(s)[: len(demo(s)) * 2 // 3]}",
    )
    yield instruction_form("bare, repeated", lambda s: "\n\n".join([short(s).strip()] * 3) + "\n")
    yield instruction_form(
        "repeated in a fence", lambda s: fence(s, "\n\n".join([short(s).strip()] * 2))
    )
    yield instruction_form(
        "test file behind",
        lambda s: f"{answer(s)}\nand the tests:\n\n{fence(s, _test_file(s))}",
        frozenset(TEST_FILES),
    )
    yield instruction_form(
        "brace in a line of its own", _brace_below, frozenset({"c", "cpp", "java"})
    )


_PSEUDOCODE = """\
FUNCTION ENTRY(values)
    FOR EACH value IN values
        IF value > 0 THEN CONTINUE
    RETURN the result from the list
"""
TEST_FILES = {
    "python": "from solution import ENTRY\n\n\ndef test_it():\n    assert ENTRY is None\n",
    "javascript": "const { ENTRY } = require('./solution');\n\ntest('it', () => ENTRY());\n",
    "typescript": "import { ENTRY } from './solution';\n\ntest('it', () => {\n  ENTRY;\n});\n",
    "cpp": '#include "solution.h"\n\nTEST(It, Works) {\n    EXPECT_TRUE(1);\n}\n',
    "java": "import org.junit.jupiter.api.Test;\n\nclass SolutionTest {\n    @Test\n"
    "    void works() {\n    }\n}\n",
    "go": 'package main\n\nimport "testing"\n\nfunc TestIt(t *testing.T) {\n\tt.Log(1)\n}\n',
}
"""A file of tests beside the answer, by language."""


def _test_file(s: Solved) -> str:
    return TEST_FILES[s.language].replace("ENTRY", s.entry)


def _other_language_first(s: Solved) -> str:
    other = "javascript" if s.language == "python" else "python"
    code = {
        "python": "def ENTRY(*values):\n    return None\n",
        "javascript": "function ENTRY() {\n  return 1;\n}\n",
    }
    first = f"```{other}\n{code[other].replace('ENTRY', s.entry)}```\n"
    return f"In {other} one would write:\n\n{first}\nHere:\n\n{answer(s)}"


def _brace_below(s: Solved) -> str | None:
    code = short(s)
    at = code.find("{", code.find(f"{s.entry}("))
    line = code[code.rfind("\n", 0, at) + 1 : at]
    if not line.strip() or "=" in line:
        return None
    indent = line[: len(line) - len(line.lstrip())]
    return fence(s, f"{code[:at].rstrip()}\n{indent}{code[at:]}")
