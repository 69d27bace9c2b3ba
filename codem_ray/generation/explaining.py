"""Problems in two steps: the model explains code, then writes code from its explanation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from codem_ray.extraction.answers import stop_strings
from codem_ray.generation.engine import Request
from codem_ray.prompting.endings import has_open_fence
from codem_ray.records import EXPLANATION, Problem, PromptStyle

_SHORTEST_HIDDEN = 20
"""Lines of code up to this length reveal too little to be removed from an explanation."""
_LINE = re.compile(rf"^(?P<mark>.*){re.escape(EXPLANATION)}$", re.M)


def build_question(
    problem: Problem,
    style: PromptStyle,
    render: Callable[[str], str],
    *,
    adds_special_tokens: bool = True,
) -> Request:
    """Build the request for the explanation; see `build_request` for the arguments."""
    assert problem.explanation is not None
    question = problem.explanation.question
    stop = stop_strings(problem, PromptStyle.INSTRUCTION)
    if style is PromptStyle.COMPLETION:
        # The model continues plain text. `trim_explanation` removes code that it repeats.
        prompt = f"{question}\n\nDescription:"
        return Request(task_id=problem.task_id, prompt=prompt, stop=(*stop, "\n```"))
    prompt = render(question)
    return Request(
        task_id=problem.task_id,
        prompt=prompt,
        stop=stop,
        is_fence_open=has_open_fence(prompt),
        adds_special_tokens=adds_special_tokens,
    )


def trim_explanation(problem: Problem, text: str) -> str:
    """Shorten an explanation to its limit and remove lines of the explained code from it."""
    assert problem.explanation is not None
    text = text.strip()[: problem.explanation.max_characters]
    for line in problem.explanation.hidden.splitlines():
        if len(line.strip()) > _SHORTEST_HIDDEN:
            text = text.replace(line.strip(), "")
    return text.rstrip()


def with_explanation(problem: Problem, explanation: str) -> Problem:
    """Return the problem with the explanation filled into its prompt and instruction.

    In a prompt the explanation is a comment, so each of its lines gets the comment mark.
    """

    def fill(found: re.Match[str]) -> str:
        lines = explanation.splitlines() or [""]
        return "\n".join(f"{found['mark']}{line}".rstrip() for line in lines)

    return replace(
        problem,
        prompt=_LINE.sub(fill, problem.prompt),
        instruction=_LINE.sub(fill, problem.instruction),
    )
