"""Write an engine's completions for the problems of benchmarks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain, islice
from typing import Any

from codem_ray.config import GenerationConfig
from codem_ray.generation.engine import Engine, Request, StreamingEngine
from codem_ray.generation.explaining import build_question, trim_explanation, with_explanation
from codem_ray.generation.prompts import build_request
from codem_ray.prompting.encoding import encode_prompts
from codem_ray.prompting.templates import CHAT_DATE, adds_special_tokens
from codem_ray.records import Completion, Problem, Progress, PromptStyle
from codem_ray.tokens.prompt_encoding import encode_instructions
from codem_ray.tokens.prompt_template import render_prompt

EXPLANATION_BATCH = 64
"""Problems explained before their code is written; small, so that progress is visible."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The problems of one benchmark, asked in one prompt style."""

    problems: Sequence[Problem]
    style: PromptStyle

    @property
    def are_in_two_steps(self) -> bool:
        """Whether a problem asks for an explanation first."""
        return any(problem.explanation is not None for problem in self.problems)


class Prompter:
    """Renders problems with a tuning template and encodes them for the tokenizer of an engine."""

    def __init__(self, tokenizer: Any, template: str, chat_date: date = CHAT_DATE) -> None:
        self._tokenizer, self._template, self._chat_date = tokenizer, template, chat_date
        self._render = partial(render_prompt, template, tokenizer=tokenizer, chat_date=chat_date)
        self._adds = adds_special_tokens(template)

    def requests(self, problems: Sequence[Problem], style: PromptStyle) -> list[Request]:
        """Return the request for the code of each problem."""
        requests = [
            build_request(p, style, self._render, adds_special_tokens=self._adds) for p in problems
        ]
        return self._encoded(requests, [p.instruction for p in problems], style)

    def explanation_requests(
        self, problems: Sequence[Problem], style: PromptStyle
    ) -> list[Request]:
        """Return the request for the explanation that each problem asks for."""
        requests = [
            build_question(p, style, self._render, adds_special_tokens=self._adds) for p in problems
        ]
        questions = [p.explanation.question for p in problems if p.explanation is not None]
        return self._encoded(requests, questions, style)

    def _encoded(
        self, requests: list[Request], instructions: list[str], style: PromptStyle
    ) -> list[Request]:
        """Give the requests the token ids that the model would be trained on."""
        if self._tokenizer is None or not requests:
            return requests
        ids = (
            encode_prompts([request.prompt for request in requests], self._tokenizer)
            if style is PromptStyle.COMPLETION
            else encode_instructions(instructions, self._tokenizer, self._template, self._chat_date)
        )
        return [replace(r, token_ids=tuple(one)) for r, one in zip(requests, ids, strict=True)]


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
    prompter = Prompter(engine.tokenizer, template, chat_date)

    def write(asked: Sequence[Problem], config: GenerationConfig) -> list[Completion]:
        requests = prompter.requests(asked, style)
        return engine.complete(requests, config, progress) if requests else []

    def explain(asked: Sequence[Problem]) -> list[Completion]:
        return engine.complete(prompter.explanation_requests(asked, style), config)

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


def generate_all(
    engine: Engine,
    benchmarks: Sequence[Questions],
    template: str,
    config: GenerationConfig,
    progress: Progress | None = None,
    chat_date: date = CHAT_DATE,
) -> Iterator[tuple[int, list[Completion]]]:
    """Write what `generate` writes for each benchmark; yield its index when it is finished.

    A StreamingEngine gets the requests of all benchmarks at once, except those in two steps, which
    follow. Other engines get one benchmark after another, in the batches of `generate`.
    """
    at_once: list[int] = []
    if isinstance(engine, StreamingEngine):
        at_once = [at for at, asked in enumerate(benchmarks) if not asked.are_in_two_steps]
        prompter = Prompter(engine.tokenizer, template, chat_date)
        requests = [
            prompter.requests(benchmarks[at].problems, benchmarks[at].style) for at in at_once
        ]
        finished = _stream(engine, requests, config, progress)
        yield from ((at_once[place], completions) for place, completions in finished)
    for at, asked in enumerate(benchmarks):
        if at not in at_once:
            yield (
                at,
                generate(
                    engine, asked.problems, asked.style, template, config, progress, chat_date
                ),
            )


def _stream(
    engine: StreamingEngine,
    groups: Sequence[Sequence[Request]],
    config: GenerationConfig,
    progress: Progress | None,
) -> Iterator[tuple[int, list[Completion]]]:
    """Complete all requests in one stream; yield the index of each group when it is finished."""
    owners = [
        (group, place) for group, requests in enumerate(groups) for place in range(len(requests))
    ]
    written: list[dict[tuple[int, int], Completion]] = [{} for _ in groups]
    yield from ((group, []) for group, requests in enumerate(groups) if not requests)
    for at, completion in engine.stream(list(chain.from_iterable(groups)), config):
        group, place = owners[at]
        written[group][place, completion.sample] = completion
        if progress is not None:
            progress(1)
        if len(written[group]) == len(groups[group]) * config.samples:
            yield group, [written[group][key] for key in sorted(written[group])]


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
