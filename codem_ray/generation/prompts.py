"""Turns a problem into the request that an engine completes."""

from __future__ import annotations

from collections.abc import Callable

from codem_ray.extraction.answers import stop_strings
from codem_ray.generation.engine import Request
from codem_ray.prompting.endings import has_open_fence
from codem_ray.records import Problem, PromptStyle


def build_request(
    problem: Problem,
    style: PromptStyle,
    render: Callable[[str], str],
    *,
    adds_special_tokens: bool = True,
) -> Request:
    """Build the request for a problem in one prompt style.

    Args:
        problem: The problem; an explanation that it asks for is filled in already.
        style: The prompt style.
        render: Puts the tuning template around an instruction.
        adds_special_tokens: Whether the tokenizer adds its start token to a rendered instruction.
    """
    stop = tuple(stop_strings(problem, style))
    if style is PromptStyle.COMPLETION:
        return Request(task_id=problem.task_id, prompt=problem.prompt, stop=stop)
    prompt = render(problem.instruction)
    return Request(
        task_id=problem.task_id,
        prompt=prompt,
        stop=stop,
        is_fenced=True,
        is_fence_open=has_open_fence(prompt),
        adds_special_tokens=adds_special_tokens,
    )
