"""Problems in two steps: the model explains code, then writes it from what it said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from codem_ray.generation.engine import Request, has_open_fence
from codem_ray.records import EXPLANATION, Explanation, Problem, PromptStyle

_STOPS = ("\n### Instruction", "\n### Response")
_SHORTEST_HIDDEN = 20
"""Lines of code up to this long say too little to be taken out of an explanation."""
_LINE = re.compile(rf"^(?P<mark>.*){re.escape(EXPLANATION)}$", re.M)


def build_question(
    problem: Problem,
    style: PromptStyle,
    render: Callable[[str], str],
    *,
    adds_special_tokens: bool = True,
) -> Request:
    """Ask for the explanation; as `build_request` does for the answer."""
    if problem.explanation is None:
        raise ValueError(f"{problem.task_id} asks for no explanation")
    question = problem.explanation.question
    if style is PromptStyle.COMPLETION:
        # What follows is continued as text; a model that goes on with code has its lines cut off.
        prompt = f"{question}\n\nDescription:"
        return Request(task_id=problem.task_id, prompt=prompt, stop=(*_STOPS, "\n```"))
    prompt = render(question)
    return Request(
        task_id=problem.task_id,
        prompt=prompt,
        stop=_STOPS,
        is_fence_open=has_open_fence(prompt),
        adds_special_tokens=adds_special_tokens,
    )


def explanation_of(asked: Explanation, text: str) -> str:
    """Return what may be passed on of an explanation: short enough, without the code itself."""
    text = text.strip()[: asked.max_characters]
    for line in asked.hidden.splitlines():
        if len(line.strip()) > _SHORTEST_HIDDEN:
            text = text.replace(line.strip(), "")
    return text.rstrip()


def with_explanation(problem: Problem, explanation: str) -> Problem:
    """Return the problem with the explanation in its prompt and instruction.

    In a prompt each of its lines gets the mark of the comment that it stands in.
    """

    def fill(found: re.Match[str]) -> str:
        lines = explanation.splitlines() or [""]
        return "\n".join(f"{found['mark']}{line}".rstrip() for line in lines)

    return replace(
        problem,
        prompt=_LINE.sub(fill, problem.prompt),
        instruction=_LINE.sub(fill, problem.instruction),
    )
