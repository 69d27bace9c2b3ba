"""A problem becomes the request that a model is asked with."""

from __future__ import annotations

from collections.abc import Callable

from codem_ray.extraction.answers import stop_strings
from codem_ray.generation.engine import Request, has_open_fence
from codem_ray.records import Problem, PromptStyle


def build_request(
    problem: Problem,
    style: PromptStyle,
    render: Callable[[str], str],
    *,
    adds_special_tokens: bool = True,
) -> Request:
    """Ask a problem in one style.

    `render` puts the tuning template around an instruction; it is handed in because `data`, which
    owns the template, is on the same layer as this package. `adds_special_tokens` is about the
    rendered prompt alone.
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
