"""Completions that hold no right answer: none of them may pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codem_ray.records import PromptStyle
from completion_forms.form import (
    ALL,
    SAYS_BEFORE,
    Form,
    answer,
    bare_fence,
    demo,
    draft,
    fence,
    short,
    stub,
)
from completion_forms.solved import Solved
from completion_forms.thoughts import THOUGHTS

_PROSE = (
    "The function takes the values from the list, sorts them and returns the result. import "
    "nothing; return early if the list is empty.\n"
)
_REFUSAL = "I'm sorry, but I can't help with that request.\n"


def _form(
    name: str, make: Callable[[Solved], str | None], style: PromptStyle = PromptStyle.INSTRUCTION
) -> Form:
    return Form(name=f"wrong: {name}", style=style, make=make, languages=ALL, is_right=False)


def _completion(name: str, make: Callable[[Solved], str | None]) -> Form:
    return _form(f"{name} (completion)", make, PromptStyle.COMPLETION)


def wrong(s: Solved) -> Solved:
    """Return the problem with a body that always fails."""
    return replace(s, body=s.body_of(s.phrases.abort))


def _truncated(s: Solved) -> str | None:
    lines = s.body.strip("\n").split("\n")
    if sum(bool(line.strip()) for line in lines) < 6:
        return None
    return "\n".join(lines[: len(lines) // 3])


def _in_another_language(s: Solved) -> str:
    if s.language == "python":
        return f"```javascript\nfunction {s.entry}(values) {{\n  return values;\n}}\n```\n"
    return f"```python\ndef {s.entry}(*values):\n    return values\n```\n"


def _commented(s: Solved) -> str:
    return "\n".join(f"{s.phrases.comment} {line}".rstrip() for line in short(s).split("\n"))


WRONG_FORMS: tuple[Form, ...] = (
    _form("empty", lambda s: ""),
    _form("empty fence", lambda s: fence(s, "")),
    _form("prose", lambda s: _PROSE),
    _form("refusal", lambda s: _REFUSAL),
    _form("stub", lambda s: fence(s, stub(s, s.phrases.stubs[0]))),
    _form("stub, last kind", lambda s: SAYS_BEFORE + fence(s, stub(s, s.phrases.stubs[-1]))),
    _form("other function", lambda s: fence(s, s.phrases.other)),
    _form("only the demo", lambda s: fence(s, demo(s))),
    _form("only the benchmark's tests", lambda s: fence(s, s.problem.tests)),
    _form("wrong body", lambda s: answer(wrong(s))),
    _form("wrong body, bare", lambda s: short(wrong(s))),
    _form(
        "truncated body",
        lambda s: (
            (t := _truncated(s)) and fence(s, replace(s, body=t).program()).removesuffix("```\n")
            if s.language != "java"
            else None
        ),
    ),
    _form("commented out", lambda s: fence(s, _commented(s))),
    _form(
        "wrong first, corrected later",
        lambda s: f"{answer(wrong(s))}\nNo. Corrected:\n\n{answer(s)}",
    ),
    _form(
        "wrong, then stub",
        lambda s: f"{answer(wrong(s))}\nfrom\n\n{fence(s, stub(s, s.phrases.stubs[0]))}",
    ),
    *(
        _form(
            f"right in {name} only",
            lambda s, o=opening, e=ending: f"{o}\n{answer(s)}{e}\n{_PROSE}",
        )
        for name, (opening, ending) in THOUGHTS.items()
    ),
    *(
        _form(
            f"right in {name}, wrong program",
            lambda s, o=opening, e=ending: f"{o}\n{answer(s)}{e}\n{answer(wrong(s))}",
        )
        for name, (opening, ending) in THOUGHTS.items()
    ),
    _form("right in a thought without end", lambda s: f"<think>\n{draft(s)}So:\n{answer(s)}"),
    _form("right before the end of thought", lambda s: f"{answer(s)}\n</think>\n\n{_REFUSAL}"),
    _form(
        "right in analysis, wrong final",
        lambda s: (
            f"<|channel|>analysis<|message|>{answer(s)}<|end|><|start|>assistant"
            f"<|channel|>final<|message|>{answer(wrong(s))}<|return|>"
        ),
    ),
    _form(
        "right in analysis without final",
        lambda s: f"<|channel|>analysis<|message|>Let me see.\n{answer(s)}",
    ),
    _form("another language", _in_another_language),
    _form("output only", lambda s: f"Output:\n\n{bare_fence('[1, 2]')}"),
    _completion("empty", lambda s: ""),
    _completion("blank", lambda s: "\n\n   \n"),
    _completion("closing fence", lambda s: "```\n"),
    _completion("prose", lambda s: "\n" + _PROSE),
    _completion("stub", lambda s: s.body_of(s.phrases.stubs[0])),
    _completion("wrong body", lambda s: wrong(s).body),
    _completion("wrong body, close, prose", lambda s: f"{wrong(s).body}```\n{_PROSE}"),
    _completion(
        "wrong body, close, right usage",
        lambda s: f"{wrong(s).body}```\n\nUse:\n\n{fence(s, demo(s))}",
    ),
    _completion("truncated body", _truncated),
    _completion("other function", lambda s: fence(s, s.phrases.other)),
    _completion("right in thought only", lambda s: f"<think>\n{s.body}\n</think>\n{wrong(s).body}"),
    _completion("end token first", lambda s: f"<|endoftext|>{s.body}"),
)
