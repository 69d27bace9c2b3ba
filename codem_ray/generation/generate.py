"""Write an engine's completions for the problems of a benchmark."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from itertools import chain, islice

from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import Engine, Request
from codem_ray.generation.explaining import build_question, trim_explanation, with_explanation
from codem_ray.generation.prompts import build_request
from codem_ray.prompting.encoding import encode_prompts
from codem_ray.prompting.templates import CHAT_DATE, adds_special_tokens
from codem_ray.records import Completion, Problem, Progress, PromptStyle
from codem_ray.tokens.prompt_encoding import encode_instructions
from codem_ray.tokens.prompt_template import render_prompt

EXPLANATION_BATCH = 64
"""Problems explained before their code is written; small, so that progress is visible."""


def generate(
    engine: Engine,
    problems: Sequence[Problem],
    style: PromptStyle,
    template: str,
    config: GenerationConfig,
    progress: Progress | None = None,
    chat_date: date = CHAT_DATE,
) -> list[Completion]:
    """Write `config.samples` completions for each problem in this process; order is kept."""
    tokenizer = engine.tokenizer
    render = partial(render_prompt, template, tokenizer=tokenizer, chat_date=chat_date)
    adds = adds_special_tokens(template)

    def encoded(requests: list[Request], instructions: list[str]) -> list[Request]:
        """Give the requests the token ids that the model would be trained on."""
        if tokenizer is None or not requests:
            return requests
        ids = (
            encode_prompts([request.prompt for request in requests], tokenizer)
            if style is PromptStyle.COMPLETION
            else encode_instructions(instructions, tokenizer, template, chat_date)
        )
        return [replace(r, token_ids=tuple(one)) for r, one in zip(requests, ids, strict=True)]

    def write(asked: Sequence[Problem], config: GenerationConfig) -> list[Completion]:
        requests = [build_request(p, style, render, adds_special_tokens=adds) for p in asked]
        requests = encoded(requests, [p.instruction for p in asked])
        return engine.complete(requests, config, progress) if requests else []

    def explain(asked: Sequence[Problem]) -> list[Completion]:
        requests = [build_question(p, style, render, adds_special_tokens=adds) for p in asked]
        questions = [p.explanation.question for p in asked if p.explanation is not None]
        return engine.complete(encoded(requests, questions), config)

    in_one_step = iter(write([p for p in problems if p.explanation is None], config))
    explained = [p for p in problems if p.explanation is not None]
    in_two_steps = iter(_explain_and_write(explained, config, explain, write))
    return [
        completion
        for problem in problems
        for completion in islice(
            in_one_step if problem.explanation is None else in_two_steps, config.samples
        )
    ]


def _explain_and_write(
    problems: Sequence[Problem],
    config: GenerationConfig,
    explain: Callable[[Sequence[Problem]], list[Completion]],
    write: Callable[[Sequence[Problem], GenerationConfig], list[Completion]],
) -> list[Completion]:
    """Write each sample from its own explanation, one batch of problems at a time."""
    completions: list[Completion] = []
    for start in range(0, len(problems), EXPLANATION_BATCH):
        chunk = problems[start : start + EXPLANATION_BATCH]
        explanations = explain(chunk)
        by_sample: list[list[Completion]] = []
        for sample in range(config.samples):
            of_sample = explanations[sample :: config.samples]
            texts = [trim_explanation(p, e.text) for p, e in zip(chunk, of_sample, strict=True)]
            explained = [with_explanation(p, t) for p, t in zip(chunk, texts, strict=True)]
            # Equal explanations must not make equal samples.
            config_of_sample = config.model_copy(
                update={"samples": 1, "seed": config.seed + sample}
            )
            by_sample.append(
                [
                    replace(
                        completion,
                        sample=sample,
                        explanation=text,
                        completion_tokens=completion.completion_tokens
                        + explanation.completion_tokens,
                    )
                    for completion, text, explanation in zip(
                        write(explained, config_of_sample), texts, of_sample, strict=True
                    )
                ]
            )
        completions += chain.from_iterable(zip(*by_sample, strict=True))
    return completions
