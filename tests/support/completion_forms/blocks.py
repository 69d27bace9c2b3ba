"""Answers in several blocks, and answers without a fence."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace

from completion_forms.form import (
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
        lambda s: fence(s, s.program(keeps_doc=False, keeps_imports=False)),
    )
    yield instruction_form("method without class", lambda s: fence(s, s.method()), JAVA)
    yield instruction_form(
        "method and helper without class",
        lambda s: fence(s, s.method(Extra(before=s.phrases.helper, use=s.phrases.use_helper))),
        JAVA,
    )
    yield instruction_form("bare method", lambda s: s.method(), JAVA)
    yield instruction_form("helper before", lambda s: fence(s, with_helper(s, "before")))
    yield instruction_form("helper behind", lambda s: fence(s, with_helper(s, "after")))
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
        "bare, helper behind and prose", lambda s: with_helper(s, "after") + SAYS_AFTER
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
