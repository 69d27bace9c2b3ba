"""One form of answer, and the pieces that many forms share."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from codem_ray.records import PromptStyle
from completion_forms.phrases import Extra
from completion_forms.solved import BRACED, Solved

ALL = frozenset({"python", *BRACED})
PYTHON, JAVA, GO = frozenset({"python"}), frozenset({"java"}), frozenset({"go"})
SCRIPTS = frozenset({"javascript", "typescript"})
HOISTED = frozenset({"python", "javascript", "typescript", "go"})
"""Languages in which a function may follow the one that calls it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Form:
    """A way to write an answer down."""

    name: str
    style: PromptStyle
    make: Callable[[Solved], str | None]
    """Return the completion; None: the form makes no sense for this problem."""
    languages: frozenset[str] = ALL
    is_right: bool = True
    """Whether the completion holds a right answer that must pass; a wrong one must not."""


SAYS_BEFORE = (
    "Sure! Here is a solution that takes the values from the list and imports nothing:\n\n"
)
SAYS_AFTER = (
    "\n\nThis function returns the result in O(n). Note that `i` is never negative.\n\n"
    "**How it works**\n\n1. `for x in values:` walks through the list; if x is small, continue.\n"
    "2. return the result (an empty list gives the default).\n\n"
    "import this function from the module above and call it. Let me know if that helps!\n"
)


def fence(s: Solved, code: str, tag: str | None = None, marks: str = "```") -> str:
    """Return the code in a fence with the usual tag of its language, or another one."""
    opening = s.phrases.tags[0] if tag is None else tag
    return f"{marks}{opening}\n{code.strip(chr(10))}\n{marks}\n"


def bare_fence(text: str, tag: str = "") -> str:
    """Return any text in a fence."""
    return f"```{tag}\n{text.strip(chr(10))}\n```\n"


def demo(s: Solved) -> str:
    """Return the usage code of the language with a call of the entry point."""
    extra = s.filled(s.phrases.demo)
    return extra.imports * (s.language != "go") + extra.after


def with_helper(s: Solved, place: str) -> str:
    """Return a program with a helper that it needs, `before` or `after` the function."""
    helper, use = s.phrases.helper, s.phrases.use_helper
    is_before = place == "before"
    return s.program(
        Extra(before=helper, use=use) if is_before else Extra(after=helper, use=use),
        keeps_doc=False,
    )


def instruction_form(
    name: str, make: Callable[[Solved], str | None], languages: frozenset[str] = ALL
) -> Form:
    return Form(name=name, style=PromptStyle.INSTRUCTION, make=make, languages=languages)


def short(s: Solved) -> str:
    """Return the program without its documentation."""
    return s.program(keeps_doc=False)


def answer(s: Solved) -> str:
    """Return the usual answer: a program in a tagged fence."""
    return fence(s, short(s))


def without_imports(s: Solved) -> str | None:
    """Return the program without imports, where the benchmark supplies them."""
    if s.imports and not s.problem.context:
        return None
    return s.program(keeps_doc=False, keeps_imports=False)


def stub(s: Solved, body: str) -> str:
    """Return the signature with a body that does nothing."""
    return replace(s, body=s.body_of(body)).program(keeps_doc=False)


def draft(s: Solved) -> str:
    """Return reasoning that holds a wrong draft in a fence."""
    wrong = replace(s, body=s.body_of(s.phrases.abort))
    return (
        "Okay, the function gets a list. Maybe like this:\n\n"
        f"{fence(wrong, short(wrong))}\nWait, that is wrong. Let me import nothing and loop.\n"
    )


def with_tabs(code: str, unit: int) -> str | None:
    """Return code whose indentation by `unit` blanks each is one by tabs.

    None if it has another indentation, or texts over several lines, which would change.
    """
    lines = code.split("\n")
    depths = [len(line) - len(line.lstrip(" ")) for line in lines]
    if not unit or any(depth % unit for depth, line in zip(depths, lines, strict=True) if line):
        return None
    if re.search(r"'''|\"\"\"|`|\\\n", code):
        return None
    return "\n".join(
        "\t" * (depth // unit) + line.lstrip(" ") for depth, line in zip(depths, lines, strict=True)
    )
