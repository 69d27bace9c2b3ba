"""Problems in two steps: the model explains code, then writes code from its explanation."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from codem_ray.generation.engine import Request, has_open_fence
from codem_ray.records import EXPLANATION, Explanation, Problem, PromptStyle

_STOPS = ("\n### Instruction", "\n### Response")
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
    question = _explanation(problem).question
    if style is PromptStyle.COMPLETION:
        # Continued as plain text. Lines of code that a model repeats are removed afterwards.
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


def trim_explanation(problem: Problem, text: str) -> str:
    """Shorten an explanation to its limit and remove lines of the explained code from it."""
    limits = _explanation(problem)
    text = text.strip()[: limits.max_characters]
    for line in limits.hidden.splitlines():
        if len(line.strip()) > _SHORTEST_HIDDEN:
            text = text.replace(line.strip(), "")
    return text.rstrip()


def _explanation(problem: Problem) -> Explanation:
    if problem.explanation is None:
        raise ValueError(f"problem {problem.task_id} asks for no explanation")
    return problem.explanation


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
