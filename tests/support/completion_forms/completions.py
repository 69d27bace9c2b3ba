"""Forms of completions that continue the prompt, as base models write them."""

from __future__ import annotations

from collections.abc import Callable

from codem_ray.records import PromptStyle
from completion_forms.form import (
    ALL,
    HOISTED,
    PYTHON,
    SAYS_AFTER,
    SAYS_BEFORE,
    Form,
    bare_fence,
    demo,
    fence,
    with_helper,
    with_tabs,
    without_imports,
)
from completion_forms.solved import BRACED, Solved


def _form(name: str, make: Callable[[Solved], str | None], languages: frozenset[str] = ALL) -> Form:
    return Form(name=name, style=PromptStyle.COMPLETION, make=make, languages=languages)


def _closed(s: Solved, rest: str = "") -> str:
    """Return the body closed by a fence that the prompt opened, and what follows."""
    return f"{s.body.rstrip()}\n```\n{rest}"


def _glued(s: Solved, rest: str = "") -> str:
    return f"{s.body.rstrip()}```{rest}"


def _without_first_indent(s: Solved) -> str | None:
    text = s.body.lstrip("\n").lstrip(" \t")
    return text if text != s.body else None


def _without_indent(s: Solved) -> str | None:
    lines = s.body.strip("\n").split("\n")
    if any(line.strip() and not line.startswith(s.indent) for line in lines) or not s.indent:
        return None
    return "\n".join(line.removeprefix(s.indent) for line in lines) + "\n"


def _with_tabs(s: Solved) -> str | None:
    if s.indent.strip(" "):
        return None
    return with_tabs(s.body, len(s.indent) // (2 if s.language == "java" else 1))


def _without_last_brace(s: Solved) -> str | None:
    text = s.body.rstrip()
    return text[:-1].rstrip() if text.endswith("}") else None


def _with_definition_after(s: Solved) -> str | None:
    if s.problem.stop:
        return None
    return s.body_with(s.phrases.use_helper).rstrip() + "\n\n\n" + s.phrases.helper


def _then_next_problem(s: Solved) -> str:
    comment = s.phrases.comment
    cut = s.phrases.other.rstrip().rsplit("\n", 1)[0]
    return (
        f"{s.body.rstrip()}\n\n\n{comment} Problem 2: import the values from a list.\n{cut}\n    "
    )


def _with_foreign_comments(s: Solved) -> str:
    comment = s.phrases.comment
    return s.body_with(f"{comment} 先检查输入：如果列表为空则返回 «default» — größer als ноль 🙂")


def _then_cut_demo(s: Solved) -> str | None:
    if s.language == "java":
        return None
    text = demo(s)
    return f"{s.body.rstrip()}\n\n\n{text[: len(text) * 2 // 3]}"


def _then_function_again(s: Solved) -> str | None:
    if s.problem.stop or s.language == "java":
        return None
    return f"{s.body.rstrip()}\n\n\n{s.head_without_doc()}{s.body}"


COMPLETION_FORMS: tuple[Form, ...] = (
    _form("body", lambda s: s.body),
    _form("body without last newline", lambda s: s.body.rstrip()),
    _form("body, CRLF", lambda s: s.body.replace("\n", "\r\n")),
    _form("body, tabs", _with_tabs),
    _form("body, first indentation lost", _without_first_indent),
    _form("body, all indentation lost", _without_indent),
    _form("body, close", _closed),
    _form("body, close, prose", lambda s: _closed(s, SAYS_AFTER)),
    _form("body, close, usage", lambda s: _closed(s, "\nUsage:\n\n" + fence(s, demo(s)))),
    _form(
        "body, close, bare usage and output",
        lambda s: _closed(s, f"\n{bare_fence(demo(s))}\nOutput:\n\n{bare_fence('[1, 2]')}"),
    ),
    _form(
        "body, close, shell",
        lambda s: _closed(s, f"\nRun it:\n\n{bare_fence('make && ./solution --n 3', 'bash')}"),
    ),
    _form(
        "body, close, other function",
        lambda s: _closed(s, f"\nSee also:\n\n{fence(s, s.phrases.other)}"),
    ),
    _form(
        "body, close, glued prose", lambda s: f"{s.body.rstrip()}\n```This returns the result.\n"
    ),
    _form("body, glued close", _glued),
    _form("body, glued close, prose", lambda s: _glued(s, SAYS_AFTER)),
    _form("body, prose", lambda s: s.body.rstrip() + SAYS_AFTER),
    _form(
        "body, demo",
        lambda s: f"{s.body.rstrip()}\n\n\n{demo(s)}" if s.language != "java" else None,
    ),
    _form(
        "body, unguarded input",
        lambda s: f"{s.body.rstrip()}\n\n\nn = int(input())\nprint({s.call}, n)\n",
        PYTHON,
    ),
    _form(
        "body, assert lines",
        lambda s: (
            f"{s.body.rstrip()}\n\nassert {s.call} == {s.call}\n# Test the function\nassert False\n"
        ),
        PYTHON,
    ),
    _form("body, next problem", _then_next_problem),
    _form("body, helper behind", _with_definition_after, HOISTED),
    _form("body, stop took a brace", _without_last_brace, BRACED),
    _form("body, demo cut off", _then_cut_demo),
    _form("body, function again", _then_function_again),
    _form(
        "body, docstring of its own",
        lambda s: s.body_with(
            '"""Return the result.\n\nTakes values from a list; import nothing.\n"""'
        ),
        PYTHON,
    ),
    _form("body, end token", lambda s: s.body.rstrip() + "\n<|endoftext|>" + s.prompt),
    _form(
        "body, chat end token", lambda s: s.body.rstrip() + "<|im_end|>\n<|im_start|>user\nThanks"
    ),
    _form("body, </s>", lambda s: s.body.rstrip() + "</s>"),
    _form("body, foreign comments", _with_foreign_comments),
    _form("thought, body", lambda s: f"<think>\nI loop over it.\n</think>\n{s.body}"),
    _form("prompt repeated", lambda s: s.prompt + s.body),
    _form("prompt repeated in a fence", lambda s: SAYS_BEFORE + fence(s, s.prompt + s.body)),
    _form("fence with body", lambda s: SAYS_BEFORE + fence(s, s.body) + SAYS_AFTER),
    _form(
        "fence with body, all indentation lost",
        lambda s: (text := _without_indent(s)) and fence(s, text),
    ),
    _form("program", lambda s: s.program(keeps_doc=False)),
    _form(
        "program in a fence",
        lambda s: SAYS_BEFORE + fence(s, s.program(keeps_doc=False)) + SAYS_AFTER,
    ),
    _form("function without imports", without_imports),
    _form("program with helper before", lambda s: with_helper(s, "before")),
    _form("program with helper after", lambda s: fence(s, with_helper(s, "after")), HOISTED),
    _form("program, close", lambda s: s.program().rstrip() + "\n```\n" + SAYS_AFTER),
)
