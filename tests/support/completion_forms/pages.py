"""Forms of HTML answers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from codem_ray.records import PromptStyle
from completion_forms.form import Form
from completion_forms.solved import Solved

_HTML = frozenset({"html"})
_BEFORE = "Here is the page that you asked for, with all the tags from the list:\n\n"
_AFTER = "\n\nThe page shows a heading; open it in a browser. Let me know if that helps!\n"


def _form(
    name: str,
    make: Callable[[Solved], str],
    style: PromptStyle = PromptStyle.INSTRUCTION,
    *,
    is_right: bool = True,
) -> Form:
    return Form(
        name=name if is_right else f"wrong: {name}",
        style=style,
        make=make,
        languages=_HTML,
        is_right=is_right,
    )


def _page(s: Solved) -> str:
    # A prompt without tags is a request, not the beginning of the page.
    begins = "<html" in s.prompt
    return (s.prompt * begins + s.body).strip("\n")


def _fence(s: Solved, tag: str = "html", marks: str = "```") -> str:
    return f"{marks}{tag}\n{_page(s)}\n{marks}\n"


_WRONG = "```html\n<p>Nothing of that.</p>\n```\n"

PAGE_FORMS: tuple[Form, ...] = (
    _form("page", lambda s: s.body, PromptStyle.COMPLETION),
    _form(
        "page, close, prose", lambda s: f"{s.body.rstrip()}\n```{_AFTER}", PromptStyle.COMPLETION
    ),
    _form("page in a fence", lambda s: _BEFORE + _fence(s), PromptStyle.COMPLETION),
    _form("page, CRLF", lambda s: s.body.replace("\n", "\r\n"), PromptStyle.COMPLETION),
    _form("page, end token", lambda s: s.body.rstrip() + "<|endoftext|>", PromptStyle.COMPLETION),
    _form("page, prompt repeated", lambda s: s.prompt + s.body, PromptStyle.COMPLETION),
    _form("page in a tagged fence", _fence),
    _form("page in a fence without tag", lambda s: _fence(s, "")),
    _form("page in an upper-case fence", lambda s: _fence(s, "HTML")),
    _form("page in an html5 fence", lambda s: _fence(s, "html5")),
    _form("page in a fence with attributes", lambda s: _fence(s, 'html title="index.html"')),
    _form("page in tildes", lambda s: _fence(s, marks="~~~")),
    _form("page, prose around the fence", lambda s: _BEFORE + _fence(s) + _AFTER),
    _form("page in a quote", lambda s: textwrap.indent(_fence(s), "> ", lambda line: True)),
    _form("page in a list", lambda s: "1. Write:\n\n" + textwrap.indent(_fence(s), "   ")),
    _form("page, then styles", lambda s: _fence(s) + "\n```css\np { color: red; }\n```\n"),
    _form("styles, then page", lambda s: "```css\np { color: red; }\n```\n\n" + _fence(s)),
    _form("page without closing fence", lambda s: _BEFORE + _fence(s).removesuffix("```\n")),
    _form("page with glued closing fence", lambda s: f"```html\n{_page(s)}```"),
    _form("bare page", _page),
    _form("bare page, prose around", lambda s: _BEFORE + _page(s) + _AFTER),
    _form("page after a thought", lambda s: f"<think>\nA draft:\n{_WRONG}</think>\n{_fence(s)}"),
    _form("page in answer tags", lambda s: f"<answer>\n{_fence(s)}</answer>"),
    _form("page with byte-order mark", lambda s: "\ufeff" + _fence(s)),
    _form("page, fence in CRLF", lambda s: _fence(s).replace("\n", "\r\n")),
    _form("page twice", lambda s: _fence(s) + "\n" + _fence(s)),
    _form("code instead of a page", lambda s: "```python\nprint(1)\n```\n", is_right=False),
    _form("empty page", lambda s: "", is_right=False),
    _form("empty fence, page", lambda s: "```html\n```\n", is_right=False),
    _form("another page", lambda s: _WRONG, is_right=False),
    _form(
        "page in a thought only", lambda s: f"<think>{_fence(s)}</think>{_WRONG}", is_right=False
    ),
    _form("prose instead of a page", lambda s: _BEFORE + _AFTER, is_right=False),
)
