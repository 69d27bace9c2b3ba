"""Answers in fences of all spellings."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace

from completion_forms.form import (
    SAYS_AFTER,
    SAYS_BEFORE,
    Form,
    answer,
    fence,
    instruction_form,
    short,
    with_tabs,
)
from completion_forms.solved import Solved
from completion_forms.table import PHRASES


def fence_forms() -> Iterator[Form]:
    for number in range(1, max(len(phrases.tags) for phrases in PHRASES.values())):
        yield instruction_form(
            f"tag, spelling {number + 1}",
            lambda s, n=number: (
                fence(s, short(s), s.phrases.tags[n]) if n < len(s.phrases.tags) else None
            ),
        )
    attributes = {
        "title": 'TAG title="solution.EXT"',
        "braces": "{.TAG}",
        "braces and numbers": "{.TAG .numberLines startFrom=1}",
        "path": "TAG:src/app.EXT",
        "options": "TAG {linenos=true, hl_lines=[2]}",
        "blank before tag": " TAG",
        "path only": "src/app.EXT",
        "comma": "TAG,editable",
        "filename": "TAG filename=solution.EXT copy",
        "quarto": "{TAG}",
    }
    for name, info in attributes.items():
        yield instruction_form(
            f"attributes: {name}",
            lambda s, i=info: fence(
                s,
                short(s),
                i.replace("TAG", s.phrases.tags[0]).replace("EXT", EXTENSIONS[s.language]),
            ),
        )
    yield instruction_form("fence", answer)
    yield instruction_form("fence without tag", lambda s: fence(s, short(s), ""))
    yield instruction_form("fence with text tag", lambda s: fence(s, short(s), "text"))
    yield instruction_form("four backticks", lambda s: fence(s, short(s), marks="````"))
    yield instruction_form(
        "tildes", lambda s: SAYS_BEFORE + fence(s, short(s), marks="~~~") + SAYS_AFTER
    )
    yield instruction_form("fence, documentation kept", lambda s: fence(s, s.program()))
    yield instruction_form("fence, prose around", lambda s: SAYS_BEFORE + answer(s) + SAYS_AFTER)
    yield instruction_form("fence glued to text", lambda s: f"Sure:{answer(s)}")
    yield instruction_form(
        "glued closing fence",
        lambda s: f"{SAYS_BEFORE}```{s.phrases.tags[0]}\n{short(s).rstrip()}```",
    )
    yield instruction_form(
        "glued closing fence, prose",
        lambda s: f"```{s.phrases.tags[0]}\n{short(s).rstrip()}```{SAYS_AFTER}",
    )
    yield instruction_form(
        "missing closing fence", lambda s: SAYS_BEFORE + answer(s).removesuffix("```\n")
    )
    yield instruction_form(
        "closing fence with text", lambda s: f"{answer(s).rstrip()} This is it.\n"
    )
    yield instruction_form("stray fence behind", lambda s: f"{answer(s)}```\n")
    yield instruction_form(
        "fence, CRLF", lambda s: (SAYS_BEFORE + answer(s) + SAYS_AFTER).replace("\n", "\r\n")
    )
    yield instruction_form("byte-order mark", lambda s: "\ufeff" + answer(s))
    yield instruction_form("byte-order mark, bare", lambda s: "\ufeff" + short(s))
    yield instruction_form("no last newline", lambda s: answer(s).rstrip())
    yield instruction_form(
        "block quote", lambda s: textwrap.indent(SAYS_BEFORE + answer(s), "> ", lambda line: True)
    )
    yield instruction_form(
        "block quote around the fence",
        lambda s: SAYS_BEFORE + textwrap.indent(answer(s), "> ", lambda line: True) + SAYS_AFTER,
    )
    yield instruction_form(
        "fence in a list",
        lambda s: "1. Write this:\n\n" + textwrap.indent(answer(s), "   ") + "\n2. Run it.\n",
    )
    yield instruction_form(
        "fence in a nested list",
        lambda s: "- Steps\n    - Write this:\n\n" + textwrap.indent(answer(s), "      ") + "\n",
    )
    yield instruction_form(
        "fence with tabs", lambda s: (text := with_tabs(short(s), _unit(s))) and fence(s, text)
    )
    yield instruction_form(
        "fence inside a comment",
        lambda s: fence(
            s, replace(s, body=s.body_with(comment_with_fence(s))).program(keeps_doc=False)
        ),
    )
    yield instruction_form(
        "fence, blank lines at the ends",
        lambda s: f"```{s.phrases.tags[0]}\n\n\n{short(s)}\n\n   \n```\n",
    )


EXTENSIONS = {
    "python": "py",
    "javascript": "js",
    "typescript": "ts",
    "c": "c",
    "cpp": "cpp",
    "java": "java",
    "go": "go",
}


def comment_with_fence(s: Solved) -> str:
    """Return a comment that holds a fence."""
    return "\n".join(f"{s.phrases.comment} {line}" for line in ("Example:", "```", "x = 1", "```"))


def _unit(s: Solved) -> int:
    """Return the number of blanks of one level of indentation; 0 if tabs indent."""
    return 0 if s.indent.strip(" ") else len(s.indent) // (2 if s.language == "java" else 1)
